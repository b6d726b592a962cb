// Small conveniences; every page works without them.
"use strict";
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-print]");
  if (button) window.print();
});
document.addEventListener("change", (event) => {
  const all = event.target.closest("[data-check-all]");
  if (all) for (const box of all.form.querySelectorAll(`input[name="${all.dataset.checkAll}"]:not(:disabled)`)) box.checked = all.checked;
});
document.addEventListener("change", (event) => {
  const name = document.querySelector(`[data-file-of="${event.target.id}"]`);
  if (name) name.textContent = [...event.target.files].map((file) => file.name).join("、");
});
// what waits on this machine to be saved goes with whoever signs out, and not without a word
document.addEventListener("submit", (event) => {
  const asks = event.target.dataset.signOut, kept = Object.keys(localStorage).filter((key) => key.startsWith("xingheng:"));
  if (!asks) return;
  if (kept.length && !confirm(asks)) event.preventDefault();
  else for (const key of kept) localStorage.removeItem(key);
});
// a second press while the first is on its way would only be refused
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "1";
});
addEventListener("pageshow", () => { for (const form of document.forms) delete form.dataset.sent; });
