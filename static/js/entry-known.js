// What the system knows, what was filed last time, and what the checks found. Nothing is confirmed that is not on the screen.
"use strict";
(() => {
  const sheet = window.entrySheet, findings = document.getElementById("findings"), share = document.getElementById("prefilled");
  if (!sheet || !findings) return;
  const { table, inputs, act, fill, tell } = sheet, panel = document.getElementById("panel");
  const box = table.parentElement, buttons = [...document.querySelectorAll("[data-take]")];
  const how = { known: "confirmed", last: "suggested" };

  // blank cells wholly inside the window and the table's own frame, clear of its heads, foot and first column
  function seen(kind) {
    const frame = box.getBoundingClientRect(), head = table.tHead.getBoundingClientRect(), foot = table.tFoot.getBoundingClientRect();
    const bar = document.querySelector(".sheet-foot").getBoundingClientRect();
    const top = Math.max(frame.top, head.bottom, 0), bottom = Math.min(frame.bottom, foot.top, bar.top, innerHeight);
    const left = frame.left + table.rows[0].cells[0].offsetWidth, right = Math.min(frame.right, innerWidth);
    return inputs.filter((input) => {
      if (input.value || !input.dataset[kind]) return false;
      const at = input.getBoundingClientRect();
      return at.top >= top - 1 && at.bottom <= bottom + 1 && at.left >= left - 1 && at.right <= right + 1;
    });
  }

  function take(cells, kind) {
    act(cells.map((input) => [input, input.value, input.dataset[kind]]), "", how[kind]);
    if (!seen("known").length && !seen("last").length) onward();
    draw();
  }

  // to the next part of the table that has something to offer: it is looked at, then taken
  function onward() {
    const next = inputs.find((input) => !input.value && (input.dataset.known || input.dataset.last));
    if (!next) return;
    box.scrollIntoView({ block: "start" });
    const cell = next.closest("td"), corner = table.rows[0].cells[0];
    box.scrollTo(cell.offsetLeft - corner.offsetWidth, cell.offsetTop - table.tHead.offsetHeight);
  }

  function draw() {
    for (const button of buttons) {
      const n = seen(button.dataset.take).length;
      button.hidden = !n;
      button.textContent = fill(button.dataset.title, { n });
    }
    const known = inputs.filter((input) => input.dataset.known), confirmed = known.filter((input) => input.dataset.stored === input.dataset.known).length;
    share.textContent = known.length ? fill(share.dataset.share, { known: known.length, all: inputs.length, share: `${Math.round(known.length * 100 / inputs.length)}%`, confirmed }) : "";
    const lines = findings.querySelectorAll("li");
    findings.hidden = !lines.length;
    findings.querySelector("summary").textContent = fill(findings.dataset.title, { n: lines.length, must: findings.querySelectorAll("li.must").length });
    for (const input of inputs) {
      const cell = input.closest("td"), line = findings.querySelector(`[data-cell="${input.name}"]`);
      cell.classList.toggle("found", Boolean(line));
      cell.classList.toggle("must", Boolean(line && line.classList.contains("must")));
      cell.classList.toggle("confirmed", Boolean(input.dataset.known) && input.dataset.stored === input.dataset.known);
    }
  }

  let waits = 0;
  const soon = () => { cancelAnimationFrame(waits); waits = requestAnimationFrame(draw); };
  for (const button of buttons) button.addEventListener("click", () => take(seen(button.dataset.take), button.dataset.take));
  box.addEventListener("scroll", soon);
  addEventListener("scroll", soon);
  addEventListener("resize", soon);
  // what opens, closes or grows above the sheet moves it; the bar itself is left out, since these buttons are what it grows by
  document.addEventListener("toggle", soon, true);
  const moved = new ResizeObserver(soon);
  for (const part of [findings, document.getElementById("conflicts"), box]) if (part) moved.observe(part);
  table.addEventListener("input", soon);
  table.addEventListener("cells-set", soon);
  table.addEventListener("cells-kept", ({ detail }) => {
    for (const row of detail.looked) for (const line of findings.querySelectorAll(`[data-cell^="${row}/"]`)) line.remove();
    for (const note of detail.notes) {
      const line = document.createElement("li"), button = Object.assign(document.createElement("button"), { type: "button", className: "link", textContent: note.where });
      line.dataset.cell = note.cell;
      line.classList.toggle("must", note.blocking);
      line.append(button, ` ${note.text}${note.answered ? ` ${findings.dataset.answered}` : ""}`);
      findings.querySelector("ul").append(line);
    }
    soon();
  });
  // Ctrl+Enter: what is offered in this cell; with Shift, on the screen
  table.addEventListener("keydown", (event) => {
    const input = event.target;
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    for (const kind of ["known", "last"]) {
      const cells = event.shiftKey ? seen(kind) : [input].filter((one) => one.dataset[kind]);
      if (cells.length) take(cells, kind);
    }
  });
  findings.addEventListener("click", ({ target }) => {
    const line = target.closest("li"), input = line && inputs.find((one) => one.name === line.dataset.cell);
    if (input) input.focus();
  });
  panel?.addEventListener("click", ({ target }) => {
    const input = inputs.find((one) => one.name === panel.dataset.cell);
    if (target.dataset.confirm === undefined || !input) return;
    act([[input, input.value, target.dataset.confirm]], "", "confirmed");
    input.focus();
  });
  draw();
  tell();
})();
