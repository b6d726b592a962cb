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
// a second press while the first is on its way would only be refused
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "1";
});
addEventListener("pageshow", () => { for (const form of document.forms) delete form.dataset.sent; });
