// The checks of stars/checks.yaml in the offline form: the kinds of stars/selectors/checks.py over what the form was given, and
// the same words for the same rows. Scores are whole hundredths; a blank cell, zero and "does not apply" are three things.
"use strict";
(() => {
  const NORMAL = 0.6745; // of a normal distribution, the median deviation in units of the standard deviation

  function scoreOf(typed, given) {
    if (typed === "") return given.not_filed;
    if (typed === "/" || typed === "不适用") return given.not_applicable;
    const [whole, decimals = ""] = typed.split(".");
    return Number(whole || "0") * 100 + Number(decimals.slice(0, 2).padEnd(2, "0"));
  }

  function shown(score, given) {
    if (score === given.not_filed) return "";
    if (score === given.not_applicable) return "不适用";
    const size = Math.abs(score), rest = size % 100;
    return `${score < 0 ? "-" : ""}${(size - rest) / 100}${rest ? `.${String(rest).padStart(2, "0")}`.replace(/0$/, "") : ""}`;
  }

  function median(numbers) {
    const sorted = [...numbers].sort((a, b) => a - b), middle = sorted.length >> 1;
    return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  // a half goes to the even side, as the server rounds
  function rounded(value) {
    const low = Math.floor(value);
    return value - low === 0.5 ? low + (low % 2 ? 1 : 0) : Math.round(value);
  }

  function isFar(score, earlier, most, least) {
    const middle = median(earlier), spread = Math.max(median(earlier.map((one) => Math.abs(one - middle))) / NORMAL, least);
    return Math.abs(score - middle) > most * spread;
  }

  // each kind: of one row, the places that it finds and the words of its sentence
  const KINDS = {
    limits(rule, { row, sheet, given }) {
      if (!row.holds) return [];
      return row.scores.flatMap((score, place) => {
        const { max, part } = sheet.indicators[place], asked = row.asked.includes(place), no = score === given.not_applicable;
        if (score === given.not_filed) return [];
        const fits = asked ? (score >= 0 && score <= max) || (no && part) : no;
        return fits ? [] : [[place, { score: shown(score, given) }]];
      });
    },
    prefill(rule, { row, given }) {
      return Object.entries(row.known).flatMap(([place, known]) => {
        const score = row.scores[place];
        if (known.score === given.not_filed || score === given.not_filed || known.score === score || known.contested) return [];
        return [[Number(place), { score: shown(score, given), known: shown(known.score, given) }]];
      });
    },
    fact(rule, { row, sheet, given }) {
      return Object.entries(row.known).flatMap(([place, known]) => {
        const full = sheet.indicators[place].max;
        return known.found && row.scores[place] === full ? [[Number(place), { max: shown(full, given) }]] : [];
      });
    },
    outlier(rule, { row, sheet, given }) {
      const { robust_z: most, least_values: values, least_spread_percent: percent } = rule.given;
      return row.asked.flatMap((place) => {
        const score = row.scores[place], earlier = row.past[place] || [];
        if (score < 0 || earlier.length < values || !isFar(score, earlier, most, sheet.indicators[place].max * percent / 100)) return [];
        const said = { score, usual: rounded(median(earlier)), low: Math.min(...earlier), high: Math.max(...earlier) };
        return [[place, Object.fromEntries(Object.entries(said).map(([name, value]) => [name, shown(value, given)]))]];
      });
    },
    sum(rule, { row, sheet, given }) {
      const filed = row.asked.filter((place) => row.scores[place] !== given.not_applicable);
      if (filed.length < rule.given.least_items || filed.some((place) => row.scores[place] === given.not_filed)) return [];
      const add = (values) => values.reduce((sum, value) => sum + value, 0);
      const total = add(filed.map((place) => row.scores[place])), full = add(filed.map((place) => sheet.indicators[place].max));
      const { at_least_percent: low = null, at_most_percent: high = null } = rule.given;
      return (low !== null && total * 100 >= full * low) || (high !== null && total * 100 <= full * high) ? [[filed[0], {}]] : [];
    },
    contradiction(rule, { row, sheet, given }) {
      const { when, against } = rule.given, at = (item) => sheet.indicators.findIndex((one) => one.name === item);
      const [first, second] = [at(when.item), at(against.item)];
      if (sheet.sheet !== rule.given.sheet || first < 0 || second < 0) return [];
      const is = (place, word) => row.scores[place] === { zero: 0, full: sheet.indicators[place].max, not_applicable: given.not_applicable }[word];
      return is(first, when.is) && is(second, against.is) ? [[second, {}]] : [];
    },
  };

  // of the rows named, "sheet/period/post"; the blocking ones first
  function findings(given, rows) {
    const found = given.rules.flatMap((rule) => rows.flatMap((name) => {
      const [, window_, post] = /^(.*)\/(\d+)$/.exec(name), sheet = given.windows[window_], row = sheet.rows[post];
      return KINDS[rule.kind](rule, { row, sheet, given }).map(([place, words]) => ({
        cell: `${name}/${place}`,
        where: `${row.village} · ${sheet.indicators[place].title}`,
        text: (rule.why + rule.todo).replace(/{(\w+)}/g, (_, word) => words[word]),
        blocking: rule.blocking,
        answered: row.answered.includes(place),
      }));
    }));
    return [...found.filter((one) => one.blocking), ...found.filter((one) => !one.blocking)];
  }

  window.offlineChecks = { findings, scoreOf };
  const sheet = window.entrySheet, said = document.getElementById("offline-checks");
  if (!sheet || !said) return;
  const { table, inputs, plain, wrong } = sheet, given = JSON.parse(said.textContent);

  function look(cells) {
    for (const input of cells) {
      const [, window_, post, place] = /^(.*)\/(\d+)\/(\d+)$/.exec(input.name);
      given.windows[window_].rows[post].scores[place] = wrong(input) ? given.not_filed : scoreOf(plain(input.value), given);
    }
    const looked = [...new Set(cells.map((input) => input.name.replace(/\/\d+$/, "")))];
    table.dispatchEvent(new CustomEvent("cells-kept", { detail: { answers: [], looked, notes: findings(given, looked) } }));
  }
  table.addEventListener("change", ({ target }) => look([target]));
  table.addEventListener("cells-set", ({ detail }) => look(detail.inputs));
  look(inputs);
})();
