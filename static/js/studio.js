// The form beside a policy's document: each change goes to the server as an edit of the text, one after another.
"use strict";
(() => {
  const waiting = [];
  let isBusy = false;
  const studio = () => document.getElementById("studio");
  const text = () => document.getElementById("studio-text");
  const keyOf = (key) => [...studio().querySelectorAll("[data-key]")].find((one) => one.dataset.key === key);

  function ask(edit) {
    waiting.push(edit);
    studio().setAttribute("aria-busy", "true");
    next();
  }

  async function next() {
    if (isBusy || !waiting.length) return;
    isBusy = true;
    const edit = waiting.shift(), form = text().form;
    const values = { ...edit, text: text().value, digest: form.elements.digest.value, csrfmiddlewaretoken: form.elements.csrfmiddlewaretoken.value };
    const kept = remember(values.text);
    try {
      await htmx.ajax("POST", location.pathname, { target: "#studio", swap: "outerHTML", values });
      restore(kept(), edit);
    } finally {
      isBusy = false;
      if (waiting.length) studio().setAttribute("aria-busy", "true");
      else studio().removeAttribute("aria-busy");
    }
    next();
  }

  // what is open, where the cursor is and what is half typed outlasts the exchange; read just before the old form goes
  function remember(sent) {
    let state = {};
    const read = () => {
      const active = document.activeElement, open = [...studio().querySelectorAll("details[open]")].map((one) => one.dataset.open);
      const isText = active === text();
      state = {
        open, scroll: text().scrollTop, left: text().scrollLeft,
        key: active && active.dataset ? active.dataset.key : "", isText,
        typed: active && "defaultValue" in active && active.type !== "checkbox" && active.value !== active.defaultValue ? active.value : null,
        draft: text().value !== sent ? text().value : null,
        range: isText ? [active.selectionStart, active.selectionEnd] : null,
      };
    };
    document.addEventListener("htmx:beforeSwap", read, { once: true });
    return () => state;
  }

  function restore(state, edit) {
    for (const one of studio().querySelectorAll("details[data-open]")) one.open = (state.open || []).includes(one.dataset.open);
    text().scrollTop = state.scroll || 0;
    text().scrollLeft = state.left || 0;
    if (state.draft !== null && state.draft !== undefined) {
      text().value = state.draft;
      waiting.push({ act: "text" });
    }
    const active = state.isText ? text() : state.key && keyOf(state.key);
    if (edit.op === "new") openLast(edit.path);
    else if (active) {
      active.focus({ preventScroll: true });
      if (state.typed !== null && !state.isText) {
        active.value = state.typed;
        active.dataset.halfTyped = "1";
      }
      if (state.range) active.setSelectionRange(...state.range);
    }
  }

  function openLast(chapter) {
    const parts = studio().querySelectorAll(`details[data-open^="${chapter}/"]`);
    const last = parts[parts.length - 1];
    if (!last) return;
    last.open = true;
    const first = last.querySelector("input");
    if (first) first.focus();
  }

  function typed(control) {
    if (control.dataset.many) {
      const all = studio().querySelectorAll(`input[data-many][data-path="${control.dataset.path}"]`);
      return [...all].filter((one) => one.checked).map((one) => one.value);
    }
    return [control.type === "checkbox" ? String(control.checked) : control.value];
  }

  function edit(control, values) {
    ask({ act: "edit", op: control.dataset.op, path: control.dataset.path, values: JSON.stringify(values), optional: control.dataset.optional || "" });
  }

  document.addEventListener("change", (event) => {
    const control = event.target;
    if (control === text()) ask({ act: "text" });
    else if (control.dataset.op && studio().contains(control)) {
      delete control.dataset.halfTyped;
      edit(control, typed(control));
    }
  });
  // what was half typed when the form was exchanged is no change to the browser when it is left
  document.addEventListener("focusout", (event) => {
    const control = event.target;
    if (!control.dataset.halfTyped) return;
    delete control.dataset.halfTyped;
    if (control.isConnected && control.value !== control.defaultValue) edit(control, typed(control));
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button || !studio().contains(button)) return;
    if (button.dataset.line) toLine(Number(button.dataset.line));
    else if (button.dataset.op) {
      const choice = button.parentElement.querySelector(".studio-choice");
      const given = button.dataset.op === "rows" ? JSON.parse(button.dataset.value) : [choice ? choice.value : button.dataset.value || ""];
      edit(button, given);
    }
  });

  function toLine(number) {
    const lines = text().value.split("\n"), start = lines.slice(0, number - 1).join("\n").length + (number > 1 ? 1 : 0);
    text().focus();
    text().setSelectionRange(start, start + (lines[number - 1] || "").length);
    text().scrollTop = Math.max(0, (number - 5) * (text().scrollHeight / Math.max(lines.length, 1)));
  }

  let isLeaving = false;
  document.addEventListener("submit", () => { isLeaving = true; });
  addEventListener("beforeunload", (event) => {
    if (!isLeaving && (studio().dataset.changed || waiting.length)) event.preventDefault();
  });
})();
