// What is typed into the offline form: kept in this browser where it allows that, saved to a file and read back from one. Nothing
// leaves the machine: the file is taken to the office, or sent on, and uploaded on the filing page.
"use strict";
(() => {
  const sheet = window.entrySheet, said = document.getElementById("offline-page");
  if (!sheet || !said) return;
  const { table, form, inputs, fill, plain, check, act, tell, say } = sheet;
  const about = JSON.parse(said.textContent), words = form.dataset, opener = document.getElementById("offline-open");
  const shelf = `xingheng:offline:${["county", "year", "territory", "quarter", "policy"].map((name) => about.page[name]).join("/")}:`;
  const byName = new Map(inputs.map((input) => [input.name, input])), LONGEST = 200;
  const edits = new Map(); // cell -> { base, typed, at }; one of a cell that this form has closed is carried along
  let keeps = true, inFile = "", word = "";
  const state = () => JSON.stringify([...edits].sort());

  function put(cell, edit) {
    edits.set(cell, edit);
    try { localStorage.setItem(shelf + cell, JSON.stringify(edit)); }
    catch { keeps = false; }
  }

  function drop(cell) {
    edits.delete(cell);
    try { localStorage.removeItem(shelf + cell); }
    catch { keeps = false; }
  }

  function record(input) {
    const typed = plain(input.value).slice(0, LONGEST), base = input.dataset.stored;
    if (typed === base) drop(input.name);
    else put(input.name, { base, typed, at: new Date().toISOString() });
  }

  function show(first) {
    const isSafe = state() === inFile || !edits.size;
    form.dataset.cut = isSafe || keeps ? "" : "1"; // entry-grid.js asks before such a page is left
    word = edits.size ? fill(isSafe ? words.inFile : keeps ? words.kept : words.loose, { n: edits.size }) : words.none;
    tell(first);
  }

  function save() {
    if (!edits.size) { tell(); return; } // the server takes no empty file
    const cells = [...edits].map(([cell, edit]) => ({ cell, ...edit }));
    const data = { kind: about.kind, format: about.format, page: about.page, saved_at: new Date().toISOString(), cells };
    const url = URL.createObjectURL(new Blob([JSON.stringify(data)], { type: "application/json" }));
    const link = Object.assign(document.createElement("a"), { href: url, download: about.file_name });
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(url), 60000);
    inFile = state();
    show(words.saved);
  }

  // a file of this page and policy, whichever download of the form has saved it
  function read(text) {
    const data = JSON.parse(text), same = ["county", "year", "territory", "quarter", "policy"].every((name) => data.page[name] === about.page[name]);
    if (data.kind !== about.kind || data.format !== about.format || !same) return null;
    const isEdit = (one) => [one.cell, one.base, one.typed, one.at].every((value) => typeof value === "string");
    return data.cells.every(isEdit) ? data.cells : null;
  }

  async function open(file) {
    let cells = null;
    try { cells = read(await file.text()); } catch { /* no data file of ours: said below */ }
    if (!cells) { show(words.foreign); return; }
    const here = cells.filter(({ cell }) => byName.has(cell));
    act(here.map(({ cell, typed }) => [byName.get(cell), byName.get(cell).value, typed]), "", "");
    for (const { cell, base, typed, at } of cells) put(cell, { base, typed, at });
    if (edits.size === cells.length) inFile = state();
    show(fill(words.opened, { n: cells.length }) + (here.length < cells.length ? ` ${fill(words.carried, { n: cells.length - here.length })}` : ""));
  }

  say(() => word);
  table.dataset.cells = "file";
  table.addEventListener("input", ({ target }) => { record(target); show(); });
  table.addEventListener("cells-set", ({ detail }) => { detail.inputs.forEach(record); show(); });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    event.stopImmediatePropagation();
    save();
  }, true);
  opener.addEventListener("change", async () => {
    const [file] = opener.files;
    if (file) await open(file);
    opener.value = "";
  });

  try {
    const left = Object.keys(localStorage).filter((one) => one.startsWith(shelf));
    for (const one of left) edits.set(one.slice(shelf.length), JSON.parse(localStorage.getItem(one)));
    localStorage.setItem(`${shelf}?`, "1");
    localStorage.removeItem(`${shelf}?`);
  } catch { keeps = false; }
  for (const [cell, { typed }] of [...edits]) {
    const input = byName.get(cell);
    if (!input) continue;
    if (typed === input.dataset.stored) { drop(cell); continue; } // filed since, and in a form downloaded after that
    input.value = typed;
    check(input);
  }
  show();
})();
