// One choice for all cells that somebody else changed meanwhile; each can still be chosen by itself.
"use strict";
document.addEventListener("click", ({ target }) => {
  const side = target.dataset.chooseAll;
  if (side) for (const choice of document.querySelectorAll(`[data-side="${side}"]`)) choice.checked = true;
});
