// Every cell of the entry sheet saves itself and shows it. What can't be sent waits, in the page and on this machine, and is sent
// when the line or the session is back; each edit has a key of its own, so that sending it twice does it once.
"use strict";
(() => {
  if (!window.entrySheet || !window.entrySheet.words.cells) return;
  const { table, form, words, inputs, fill, plain, dirty, wrong, check, name, tell, act, commit } = window.entrySheet;
  const MOST = 500, IDLE = 1200, POLL = 20000, SLOWEST = 30000, PATIENCE = 20000; // edits; milliseconds
  const shelf = `xingheng:${words.person}:${location.pathname}:`; // one entry for each edit: two tabs don't overwrite each other
  const byName = new Map(inputs.map((input) => [input.name, input])), idle = new Map();
  const waiting = new Map(); // cell -> the edit that no request has carried yet
  const flight = new Map(); // cell -> the edit of the request under way, or of one that got no answer and is sent again as it was
  const dialog = document.getElementById("signed-out"), conflicts = document.getElementById("conflicts"), first = document.getElementById("sheet-unsaved");
  let token = form.elements.csrfmiddlewaretoken.value, asking = false, cut = "", refused = "", delay = 1000, timer = 0, then = null, look = [];

  const key = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const open = (input) => ["refused", "conflict"].includes(input.closest("td").dataset.state);

  function mark(input, state, note) {
    const cell = input.closest("td");
    cell.dataset.state = state;
    cell.title = state ? words[`state${state[0].toUpperCase()}${state.slice(1)}`] : "";
    for (const old of cell.querySelectorAll(".cell-note")) old.remove();
    input.removeAttribute("aria-describedby");
    if (note) {
      const said = Object.assign(document.createElement("span"), { className: `cell-note ${state}`, id: `n-${input.name.replaceAll("/", "-")}`, textContent: note });
      cell.append(said);
      input.setAttribute("aria-describedby", said.id);
    }
  }

  function keep(edit) {
    try { localStorage.setItem(shelf + edit.key, JSON.stringify(edit)); }
    catch { refused ||= words.full; } // a machine that keeps nothing: the page says so
  }

  function queue(input, origin = "typed") {
    clearTimeout(idle.get(input));
    const cell = input.name, text = plain(input.value).slice(0, 200), under = flight.get(cell), older = waiting.get(cell);
    if (older) { localStorage.removeItem(shelf + older.key); waiting.delete(cell); }
    if (under ? under.text === text : text === input.dataset.stored && !open(input) && origin === "typed") {
      if (!under && !open(input) && older) mark(input, "");
      return;
    }
    const edit = { key: key(), cell, text, base: input.dataset.stored, origin, n: Date.now() };
    waiting.set(cell, edit);
    keep(edit);
    mark(input, "waiting");
  }

  function show() {
    const n = new Set([...waiting.keys(), ...flight.keys()]).size;
    form.dataset.cut = cut && n ? "1" : "";
    tell();
    for (const button of document.querySelectorAll("[form=sheet-form][value^=submit]")) button.toggleAttribute("data-waits", n > 0);
  }

  // what no request carries and no row holds
  const stuck = () => inputs.filter((input) => (open(input) || wrong(input)) && dirty(input) && !waiting.has(input.name) && !flight.has(input.name));
  first.addEventListener("click", () => stuck()[0]?.focus());

  window.entrySheet.say(() => {
    const n = new Set([...waiting.keys(), ...flight.keys()]).size, unsaved = stuck().length, late = inputs.filter((input) => input.closest("td").dataset.state === "conflict").length;
    first.hidden = !unsaved;
    if (refused) return refused;
    if (cut === "offline") return fill(n ? words.offline : words.offlineIdle, { n });
    if (cut) return fill(n ? words.paused : words.pausedIdle, { n });
    const parts = [n && fill(words.saving, { n }), unsaved && fill(words.unsaved, { n: unsaved }), !n && !unsaved && words.saved, late && fill(words.late, { n: late })];
    return parts.filter(Boolean).join(" ");
  });

  function later(wait) {
    clearTimeout(timer);
    timer = setTimeout(send, wait);
  }

  async function send() {
    clearTimeout(timer);
    if (asking || cut === "other") return;
    if (!flight.size) for (const [cell, edit] of [...waiting].slice(0, MOST)) { flight.set(cell, edit); waiting.delete(cell); }
    for (const cell of flight.keys()) if (byName.has(cell) && !waiting.has(cell)) mark(byName.get(cell), "saving");
    asking = true;
    show();
    const seen = Object.fromEntries([...document.querySelectorAll("[data-seen]")].map((one) => [one.dataset.window, Number(one.dataset.seen)]));
    const body = JSON.stringify({ as: Number(words.person), seen, edits: [...flight.values()], look });
    look = [];
    try {
      const reply = await fetch(words.cells, { method: "POST", body, redirect: "manual", signal: AbortSignal.timeout(PATIENCE), keepalive: body.length < 50000,
        headers: { "Content-Type": "application/json", "X-CSRFToken": token } });
      await hear(reply);
    } catch (error) {
      if (error instanceof TypeError || error.name === "TimeoutError" || error.name === "AbortError") away("offline");
      else { asking = false; throw error; }
    }
    asking = false;
    show();
    if (!cut && !refused) later(waiting.size || flight.size ? 0 : POLL);
    if (then && !waiting.size && !flight.size) { const [go] = [then]; then = null; go(); }
  }

  async function hear(reply) {
    if (reply.type === "opaqueredirect" || reply.status === 401) return away("signed-out");
    if (reply.status >= 500 || reply.status === 429) return away("offline");
    const isJson = (reply.headers.get("Content-Type") || "").includes("json");
    if (reply.status === 403 && !isJson) return renew();
    const said = await reply.json();
    if (reply.ok) back(said);
    else if (reply.status === 409) away("other");
    else refused = said.message; // the edits stay where they are, in the page and on the shelf
    return undefined;
  }

  function away(why) {
    if (then) { then = null; table.focus(); }
    cut = why;
    for (const cell of [...flight.keys(), ...waiting.keys()]) if (byName.has(cell)) mark(byName.get(cell), "waiting");
    if (why === "offline") { later(delay); delay = Math.min(delay * 2, SLOWEST); }
    else {
      dialog.querySelector("[data-other]").hidden = why !== "other";
      dialog.querySelector("[data-out]").hidden = why === "other";
      if (!dialog.open) dialog.showModal();
      if (why === "signed-out") { clearTimeout(timer); timer = setTimeout(renew, 3000); }
    }
  }

  // the page's own address says who is signed in now, and brings the word that a new session asks for
  async function renew() {
    clearTimeout(timer);
    try {
      const reply = await fetch(location.pathname, { redirect: "manual", signal: AbortSignal.timeout(PATIENCE) });
      if (reply.type === "opaqueredirect") { away("signed-out"); return; }
      const page = new DOMParser().parseFromString(await reply.text(), "text/html");
      const fresh = page.getElementById("sheet"), word = page.querySelector("#sheet-form [name=csrfmiddlewaretoken]");
      if (!fresh || !word) { refused = words.closed; }
      else if (fresh.dataset.person !== words.person) { away("other"); return; }
      else {
        for (const field of document.getElementsByName("csrfmiddlewaretoken")) field.value = word.value;
        token = word.value;
        cut = "";
        if (dialog.open) dialog.close();
        later(0);
      }
    } catch { away("offline"); }
    show();
  }

  function back(said) {
    cut = "";
    delay = 1000;
    for (const answer of said.answers) settle(answer);
    const answered = new Set(said.answers.map((answer) => answer.cell));
    for (const [window_, now] of Object.entries(said.windows)) {
      const home = document.querySelector(`[data-window="${window_}"]`);
      if (!home) continue;
      form.elements[`version ${window_}`].value = now.version;
      home.dataset.seen = now.seen;
      home.querySelector("[data-left]").textContent = now.left;
      if (now.state !== home.dataset.state) refused = words.moved;
      for (const news of now.news) if (!answered.has(news.cell) && byName.has(news.cell)) hearOf(byName.get(news.cell), news);
    }
    draw();
    table.dispatchEvent(new CustomEvent("cells-kept", { detail: said }));
  }

  function settle(answer) {
    const input = byName.get(answer.cell), sent = flight.get(answer.cell), newer = waiting.get(answer.cell);
    if (!sent || sent.key !== answer.key.replaceAll("-", "")) return;
    flight.delete(answer.cell);
    localStorage.removeItem(shelf + sent.key);
    if (!input) return;
    if (answer.outcome === "saved") {
      input.dataset.stored = answer.stored;
      delete input.dataset.theirs;
      if (newer) { newer.base = answer.stored; keep(newer); }
      else {
        if (plain(input.value) === sent.text && (input !== document.activeElement || sent.text === "/")) input.value = answer.stored;
        mark(input, "saved");
      }
    } else if (answer.outcome === "conflict") {
      Object.assign(input.dataset, { stored: answer.theirs, theirs: answer.theirs, who: answer.who, when: answer.when });
      if (!newer) mark(input, "conflict", fill(words.stored, { score: answer.theirs || words.blank }));
    } else if (!newer) mark(input, "refused", answer.message);
    check(input);
  }

  // somebody else's score: taken over where nothing of one's own stands, else the other side of a conflict
  function hearOf(input, { text, who }) {
    if (waiting.has(input.name) || flight.has(input.name)) return; // based on what it was: the server will say so
    if ("theirs" in input.dataset) { Object.assign(input.dataset, { stored: text, theirs: text, who }); return; }
    if (dirty(input)) return;
    commit(); // what was typed here before is a step of her own, what comes now is not
    input.dataset.stored = text;
    input.value = text;
    mark(input, "news", fill(words.news, { who }));
    check(input);
  }

  function draw() {
    const late = inputs.filter((input) => "theirs" in input.dataset), list = conflicts.querySelector("ul");
    conflicts.hidden = !late.length;
    list.replaceChildren(...late.map((input) => {
      const line = document.createElement("li"), { theirs, who, when } = input.dataset;
      const said = { cell: name(input), mine: plain(input.value) || words.blank, theirs: theirs || words.blank, who: who || words.somebody, when };
      const text = Object.assign(document.createElement("span"), { textContent: fill(words.conflict, said) });
      const button = (label, value) => {
        const made = Object.assign(document.createElement("button"), { type: "button", className: "button small", textContent: fill(label, said) });
        made.addEventListener("click", () => decide(input, value));
        return made;
      };
      line.append(text, button(words.mine, input.value), button(words.theirs, theirs));
      return line;
    }));
  }

  function decide(input, value) {
    delete input.dataset.theirs;
    act([[input, input.value, value]], "", "decided");
    draw();
    input.focus();
  }

  table.addEventListener("input", ({ target }) => {
    clearTimeout(idle.get(target));
    idle.set(target, setTimeout(() => { queue(target); send(); }, IDLE));
  });
  table.addEventListener("change", ({ target }) => { queue(target); send(); });
  table.addEventListener("cells-set", ({ detail }) => {
    for (const input of detail.inputs) queue(input, ["confirmed", "suggested"].includes(detail.how) ? detail.how : "typed");
    send();
  });
  table.addEventListener("cells-ask", ({ detail }) => { look.push(detail); send(); });
  addEventListener("online", () => { if (cut === "offline") send(); });
  for (const event of ["focus", "visibilitychange"]) addEventListener(event, () => { if (cut === "signed-out" && !document.hidden) renew(); });
  addEventListener("pagehide", () => { for (const input of inputs) if (dirty(input) && !open(input)) queue(input); send(); });

  // the cells go their own way; the form carries the button alone, once everything typed has arrived
  form.addEventListener("formdata", ({ formData }) => { for (const input of inputs) formData.delete(input.name); });
  form.addEventListener("submit", (event) => {
    const button = event.submitter, isSave = !button || button.value === "save";
    if (inputs.includes(document.activeElement)) queue(document.activeElement);
    if (!isSave && !waiting.size && !flight.size) return;
    event.preventDefault();
    then = isSave ? null : () => form.requestSubmit(button);
    if (cut) { then = null; show(); }
    send();
  });

  // what an earlier page could not send
  const left = Object.keys(localStorage).filter((one) => one.startsWith(shelf)).map((one) => JSON.parse(localStorage.getItem(one)));
  for (const edit of left.sort((a, b) => a.n - b.n)) {
    const input = byName.get(edit.cell);
    (flight.has(edit.cell) || flight.size >= MOST ? waiting : flight).set(edit.cell, edit);
    if (input) { input.value = edit.text; check(input); mark(input, "waiting"); }
  }
  draw();
  show();
  later(flight.size ? 0 : POLL);
})();
