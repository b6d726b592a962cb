// The entry sheet: move with arrows and Enter, paste a block from Excel, undo a paste, check each score, mark what is unsaved.
// The sheet is an ordinary form without it; the server says the last word on every score.
"use strict";
(() => {
  const table = document.getElementById("sheet"), undoButton = document.getElementById("sheet-undo");
  if (!table) return;

  // what is settled stands to the left: begin at what is open
  const card = document.querySelector(".window.returned, .window.open");
  const begin = (cell) => { table.parentElement.scrollLeft = cell.offsetLeft - table.rows[0].cells[0].offsetWidth; };
  if (card) {
    card.parentElement.scrollLeft = card.offsetLeft;
    begin(document.querySelector(card.querySelector("h2 a").hash));
  }
  const read = card ? null : table.querySelector("td.bad, td.changed");
  if (read) begin(read);
  if (!undoButton) return; // a sheet to read
  const form = table.closest("form"), words = table.dataset, rows = table.tBodies[0].rows;
  const status = document.getElementById("sheet-status");
  const inputs = [...table.querySelectorAll("tbody input")];
  let pasted = [], leaving = false;

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

  function tell(first) {
    const unsaved = inputs.filter(dirty).length, bad = inputs.filter(wrong);
    const parts = first ? [first] : [];
    if (bad.length) parts.push(`${name(bad[0])}${words.colon}${fill(words.range, { max: bad[0].dataset.max })}` + (bad.length > 1 ? ` ${fill(words.more, { n: bad.length - 1 })}` : ""));
    parts.push(unsaved ? fill(words.unsaved, { n: unsaved }) : words.saved);
    status.textContent = parts.join(" ");
    undoButton.hidden = !pasted.length;
    for (const foot of table.querySelectorAll("tfoot td[data-of]")) count(foot);
  }

  function count(foot) {
    let filled = 0;
    for (const row of rows) {
      const input = row.cells[foot.cellIndex].querySelector("input");
      if (input ? input.value.trim() : row.cells[foot.cellIndex].dataset.filed) filled += 1;
    }
    foot.textContent = `${filled}/${foot.dataset.of}`;
  }

  // cells that take no score are stepped over
  function go(r, c, down, right) {
    for (r += down, c += right; rows[r] && c >= 0 && c < rows[r].cells.length; r += down, c += right) {
      const input = at(r, c);
      if (input) { input.focus(); input.select(); return; }
    }
  }

  table.addEventListener("keydown", (event) => {
    const input = event.target;
    if (event.isComposing || !(input instanceof HTMLInputElement)) return;
    const [r, c] = place(input), whole = input.selectionStart === 0 && input.selectionEnd === input.value.length;
    const moves = {
      Enter: () => go(r, c, event.shiftKey ? -1 : 1, 0),
      ArrowDown: () => go(r, c, 1, 0),
      ArrowUp: () => go(r, c, -1, 0),
      ArrowRight: (whole || input.selectionStart === input.value.length) && (() => go(r, c, 0, 1)),
      ArrowLeft: (whole || input.selectionEnd === 0) && (() => go(r, c, 0, -1)),
      Escape: dirty(input) && (() => { input.value = input.dataset.stored; check(input); tell(); input.select(); }),
    };
    if (!event.ctrlKey && !event.metaKey && !event.altKey && moves[event.key]) { event.preventDefault(); moves[event.key](); }
    else if ((event.ctrlKey || event.metaKey) && event.key === "z" && pasted.length) { event.preventDefault(); undo(); }
    else if ((event.ctrlKey || event.metaKey) && event.key === "s") { event.preventDefault(); form.requestSubmit(form.querySelector("[value=save]")); }
  });

  table.addEventListener("input", (event) => { pasted = []; check(event.target); tell(); });
  table.addEventListener("focusin", (event) => { if (event.target.select) event.target.select(); });

  table.addEventListener("paste", (event) => {
    const text = event.clipboardData.getData("text/plain").replace(/\r\n?/g, "\n").replace(/\n$/, "");
    if (!/[\t\n]/.test(text)) return; // one value: as the browser does it
    event.preventDefault();
    const [r0, c0] = place(event.target);
    let outside = 0;
    pasted = [];
    text.split("\n").forEach((line, r) => line.split("\t").forEach((value, c) => {
      const input = at(r0 + r, c0 + c), typed = plain(value);
      if (!input) { if (typed) outside += 1; return; }
      pasted.push([input, input.value]);
      input.value = typed;
      check(input);
    }));
    tell(fill(words.pasted, { n: pasted.length }) + (outside ? ` ${fill(words.outside, { n: outside })}` : ""));
  });

  function undo() {
    for (const [input, before] of pasted) { input.value = before; check(input); }
    pasted = [];
    tell(words.undone);
  }

  undoButton.addEventListener("click", undo);
  form.addEventListener("submit", () => { leaving = true; });
  addEventListener("pageshow", () => { leaving = false; });
  addEventListener("beforeunload", (event) => { if (!leaving && inputs.some(dirty)) { event.preventDefault(); event.returnValue = ""; } });

  const bad = table.querySelector("td.bad input"), start = bad || inputs[0];
  if (start) begin(start.closest("td"));
  if (bad) bad.focus();
  else tell();
})();
