// The entry sheet under the fingers: arrows and Enter, a picked block, paste and copy, fill down, undo and redo, each score checked.
// The sheet is an ordinary form without it; the server says the last word on every score. entry-save.js keeps what is set here.
"use strict";
(() => {
  const table = document.getElementById("sheet");
  if (!table) return;

  // what is settled stands to the left: begin at what is open
  const card = document.querySelector(".window.returned, .window.open");
  const box = table.parentElement, corner = table.rows[0].cells[0]; // as wide and as high as what never scrolls away
  const begin = (cell) => { box.scrollLeft = cell.offsetLeft - corner.offsetWidth; };
  if (card) {
    card.parentElement.scrollLeft = card.offsetLeft;
    begin(document.querySelector(card.querySelector("h2 a").hash));
  }
  const read = card ? null : table.querySelector("td.bad, td.changed");
  if (read) begin(read);
  const status = document.getElementById("sheet-status");
  if (!status) return; // a sheet to read
  const bar = status.parentElement, form = table.closest("form"), words = table.dataset, rows = table.tBodies[0].rows;
  const undoButton = document.getElementById("sheet-undo"), redoButton = document.getElementById("sheet-redo");
  const inputs = [...table.querySelectorAll("tbody input")];
  const done = [], undone = []; // steps: [[input, before, after], …]
  let typing = null, picked = [], anchor = null, leaving = false; // typing: the cell and what it said before

  const fill = (text, values) => text.replace(/{(\w+)}/g, (_, name) => values[name]);
  const at = (r, c) => rows[r] && rows[r].cells[c] && rows[r].cells[c].querySelector("input");
  const place = (input) => [input.closest("tr").sectionRowIndex, input.closest("td").cellIndex];
  const plain = (text) => text.normalize("NFKC").trim().replace(/^[-–—]$/, "");
  const dirty = (input) => plain(input.value) !== input.dataset.stored;

  function wrong(input) {
    const typed = plain(input.value);
    if (typed === "" || typed === "/" || typed === "不适用") return false;
    return !/^(\d+(\.\d{0,2})?|\.\d{1,2})0*$/.test(typed) || Number(typed) > Number(input.dataset.max);
  }

  function check(input) {
    const bad = wrong(input), cell = input.closest("td");
    if (bad) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
    input.title = bad ? fill(words.range, { max: input.dataset.max }) : "";
    cell.classList.toggle("dirty", dirty(input));
    cell.classList.remove("bad");
    return !bad;
  }

  function name(input) {
    return input.getAttribute("aria-labelledby").split(" ").map((id) => document.getElementById(id).firstChild.textContent.trim()).join(" · ");
  }

  // what is said last: a word of the moment, the mistakes, and how the rest stands (entry-save.js puts its own words there)
  let state = () => { const n = inputs.filter(dirty).length; return n ? fill(words.unsaved, { n }) : words.saved; };
  function tell(first) {
    const bad = inputs.filter(wrong), parts = first ? [first] : [];
    if (bad.length) parts.push(`${name(bad[0])}${words.colon}${fill(words.range, { max: bad[0].dataset.max })}` + (bad.length > 1 ? ` ${fill(words.more, { n: bad.length - 1 })}` : ""));
    parts.push(state());
    status.textContent = parts.join(" ");
    undoButton.hidden = !done.length && !typing;
    redoButton.hidden = !undone.length;
    for (const foot of table.querySelectorAll("tfoot td[data-of]")) count(foot);
  }

  function count(foot) {
    let filled = 0;
    for (const row of rows) {
      const input = row.cells[foot.cellIndex].querySelector("input");
      if (input ? input.value.trim() && !wrong(input) && input.closest("td").dataset.state !== "refused" : row.cells[foot.cellIndex].dataset.filed) filled += 1;
    }
    foot.textContent = `${filled}/${foot.dataset.of}`;
  }

  // cells that take no score are stepped over
  function go(r, c, down, right, picking) {
    for (r += down, c += right; rows[r] && c >= 0 && c < rows[r].cells.length; r += down, c += right) {
      const input = at(r, c);
      if (input) {
        if (picking) pick(input);
        else input.focus();
        return;
      }
    }
  }

  function pick(to) {
    anchor ||= document.activeElement;
    const [[r1, c1], [r2, c2]] = [place(anchor), place(to)], from = anchor;
    unpick();
    for (let r = Math.min(r1, r2); r <= Math.max(r1, r2); r += 1)
      for (let c = Math.min(c1, c2); c <= Math.max(c1, c2); c += 1) if (at(r, c)) picked.push(at(r, c));
    for (const input of picked) input.closest("td").classList.add("picked");
    to.focus();
    anchor = from;
  }

  function unpick() {
    for (const input of picked) input.closest("td").classList.remove("picked");
    picked = [];
    anchor = null;
  }

  // every change but plain typing goes through here: one event for whoever keeps the cells
  function set(step, how) {
    for (const [input, , after] of step) {
      input.value = after;
      check(input);
    }
    const active = document.activeElement;
    if (step.some(([input]) => input === active)) active.select(); // what is typed next takes its place, as it would on arrival
    table.dispatchEvent(new CustomEvent("cells-set", { detail: { inputs: step.map(([input]) => input), how } }));
  }

  function act(step, said, how) {
    commit();
    const changes = step.filter(([, before, after]) => before !== after);
    if (changes.length) {
      done.push(changes);
      undone.length = 0;
    }
    if (changes.length || (how && step.length)) set(how ? step : changes, how);
    tell(said);
  }

  // what was typed into a cell since it was entered is a step of its own
  function commit() {
    if (!typing) return;
    const [input, before] = typing;
    typing = null;
    if (input.value !== before) {
      done.push([[input, before, input.value]]);
      undone.length = 0;
    }
    tell();
  }

  function turn(from, to, pairs, said) {
    commit();
    const step = from.pop();
    if (!step) return;
    to.push(step);
    set(step.map(pairs));
    step[0][0].focus();
    tell(said);
  }
  const undo = () => turn(done, undone, ([input, before, after]) => [input, after, before], words.undone);
  const redo = () => turn(undone, done, (change) => change, words.redone);

  // the picked block takes the score of its first row; without one, the cell takes that of the cell above
  function fillDown(input) {
    const [r, c] = place(input);
    const block = picked.length > 1 ? picked : [input];
    const top = picked.length > 1 ? Math.min(...picked.map((one) => place(one)[0])) : r - 1;
    const step = block.filter((one) => place(one)[0] > top).flatMap((one) => {
      let source = null;
      for (let above = top; above >= 0 && !source; above -= 1) source = at(above, place(one)[1]);
      return source ? [[one, one.value, source.value]] : [];
    });
    act(step, fill(words.filled, { n: step.length }));
    if (picked.length <= 1) go(r, c, 1, 0);
  }

  table.addEventListener("keydown", (event) => {
    const input = event.target;
    if (event.isComposing || !(input instanceof HTMLInputElement)) return;
    const [r, c] = place(input), whole = input.selectionStart === 0 && input.selectionEnd === input.value.length;
    const ends = whole || input.selectionStart === input.value.length, starts = whole || input.selectionEnd === 0;
    const command = event.ctrlKey || event.metaKey, key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const commands = {
      z: event.shiftKey ? redo : undo,
      y: redo,
      d: () => fillDown(input),
      s: () => form.requestSubmit(form.querySelector("[value=save]")),
    };
    const picking = {
      ArrowDown: () => go(r, c, 1, 0, true),
      ArrowUp: () => go(r, c, -1, 0, true),
      ArrowRight: ends && (() => go(r, c, 0, 1, true)),
      ArrowLeft: starts && (() => go(r, c, 0, -1, true)),
      Enter: () => go(r, c, -1, 0),
    };
    const clear = picked.length > 1 && (() => act(picked.map((one) => [one, one.value, ""])));
    const moves = {
      Enter: () => go(r, c, 1, 0),
      ArrowDown: () => go(r, c, 1, 0),
      ArrowUp: () => go(r, c, -1, 0),
      ArrowRight: ends && (() => go(r, c, 0, 1)),
      ArrowLeft: starts && (() => go(r, c, 0, -1)),
      Escape: (picked.length > 1 && unpick) || (dirty(input) && (() => { act([[input, input.value, input.dataset.stored]], "", "taken-back"); input.select(); })),
      Delete: clear,
      Backspace: clear,
    };
    const chosen = event.altKey || (command && event.key === "Enter") ? null : command ? commands[key] : event.shiftKey ? picking[event.key] : moves[event.key];
    if (chosen) { event.preventDefault(); chosen(); }
  });

  table.addEventListener("focusin", (event) => {
    if (!event.target.select) return;
    event.target.select();
    if (!picked.includes(event.target)) unpick();
  });
  table.addEventListener("focusout", () => commit());
  table.addEventListener("pointerdown", (event) => {
    const input = event.target.closest("td") && event.target.closest("td").querySelector("input");
    if (event.shiftKey && input && inputs.includes(document.activeElement)) { event.preventDefault(); pick(input); }
    else unpick();
  });
  table.addEventListener("beforeinput", ({ target }) => { typing ||= [target, target.value]; });
  table.addEventListener("input", (event) => { check(event.target); tell(); });

  table.addEventListener("copy", (event) => {
    if (picked.length <= 1) return;
    const lines = new Map();
    for (const input of picked) lines.set(place(input)[0], [...(lines.get(place(input)[0]) || []), input.value]);
    event.clipboardData.setData("text/plain", [...lines.values()].map((line) => line.join("\t")).join("\n"));
    event.preventDefault();
  });

  table.addEventListener("paste", (event) => {
    const text = event.clipboardData.getData("text/plain").replace(/\r\n?/g, "\n").replace(/\n$/, "");
    if (!/[\t\n]/.test(text)) return; // one value: as the browser does it
    event.preventDefault();
    const [r0, c0] = place(event.target), step = [];
    let outside = 0;
    text.split("\n").forEach((line, r) => line.split("\t").forEach((value, c) => {
      const input = at(r0 + r, c0 + c), typed = plain(value);
      if (input) step.push([input, input.value, typed]);
      else if (typed) outside += 1;
    }));
    act(step, fill(words.pasted, { n: step.length }) + (outside ? ` ${fill(words.outside, { n: outside })}` : ""));
  });

  undoButton.addEventListener("click", undo);
  redoButton.addEventListener("click", redo);
  form.addEventListener("submit", () => { leaving = true; });
  addEventListener("pageshow", () => { leaving = false; });
  addEventListener("beforeunload", (event) => {
    if (!leaving && (words.cells ? form.dataset.cut : inputs.some(dirty))) { event.preventDefault(); event.returnValue = ""; }
  });

  window.entrySheet = { table, form, words, inputs, fill, plain, dirty, wrong, check, name, tell, act, commit, say: (how) => { state = how; } };
  // a cell that gets the focus comes out from under the frozen heads, the counts and the bar of buttons
  const frozen = new ResizeObserver(() => {
    box.style.scrollPadding = `${corner.offsetHeight}px 0 ${table.tFoot.offsetHeight}px ${corner.offsetWidth}px`;
    document.documentElement.style.scrollPaddingBottom = `${bar.offsetHeight}px`;
  });
  for (const part of [corner, table.tFoot, bar]) frozen.observe(part);

  const left = (one, other) => (place(other)[1] < place(one)[1] ? other : one); // the first village may take no score in the first column
  const bad = table.querySelector("td.bad input"), start = bad || inputs.reduce(left, inputs[0]);
  if (start) begin(start.closest("td"));
  if (bad) bad.focus();
  else tell();
})();
