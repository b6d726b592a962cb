// How long a form takes: the gaps between inputs, those under two minutes, summed for each form of the page. The sum stays in
// this browser until the form is submitted, and goes along with it; the server adds it to everybody's and keeps no name.
"use strict";
(() => {
  const form = document.getElementById("sheet-form");
  if (!form) return;
  const LONGEST_GAP = 120000, CELL = /^(\d+\/\d+)\/\d+\/\d+$/, place = `active-time ${location.pathname}`;
  const keyOf = (input) => (CELL.exec(input.name || "") || [])[1];
  const open = new Set([...form.elements].map(keyOf).filter(Boolean));
  let kept = {}, last = 0;
  try { kept = JSON.parse(localStorage.getItem(place)) || {}; } catch { /* counted anew */ }
  kept = Object.fromEntries(Object.entries(kept).filter(([key]) => open.has(key))); // what was submitted is done with

  function tell(key) {
    const name = `seconds ${key}`;
    let field = form.elements[name];
    if (!field) {
      field = Object.assign(document.createElement("input"), { type: "hidden", name });
      form.append(field);
    }
    field.value = Math.round(kept[key] / 1000);
  }

  const keep = () => { try { localStorage.setItem(place, JSON.stringify(kept)); } catch { /* full or forbidden: this visit still counts */ } };
  keep();
  Object.keys(kept).forEach(tell);
  form.addEventListener("input", (event) => {
    const key = keyOf(event.target), now = Date.now();
    if (!key) return;
    if (now - last < LONGEST_GAP) kept[key] = (kept[key] || 0) + now - last;
    last = now;
    if (kept[key]) { tell(key); keep(); }
  });
})();
