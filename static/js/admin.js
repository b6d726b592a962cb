// Drop-downs with a search are named by their value alone; who can't see them needs the label as well.
"use strict";
(() => {
  function label() {
    for (const box of document.querySelectorAll(".select2-selection")) {
      const select = box.closest(".select2-container").previousElementSibling, label = select?.labels?.[0];
      if (!label || box.dataset.labelled) continue;
      label.id ||= `${select.id}_label`;
      box.dataset.labelled = "1";
      box.setAttribute("aria-labelledby", [label.id, box.getAttribute("aria-labelledby")].filter(Boolean).join(" "));
      box.querySelector("[role=textbox]")?.setAttribute("aria-labelledby", label.id);
    }
  }
  new MutationObserver(label).observe(document.documentElement, { childList: true, subtree: true }); // they come after the page, and with each added row
})();
