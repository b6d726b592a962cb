// Beside the sheet: the panel of the focused cell, fetched from the server, and how far each village has come.
"use strict";
(() => {
  const panel = document.getElementById("panel");
  if (!window.entrySheet || !panel) return;
  const { table, words, inputs } = window.entrySheet;
  const counts = [...document.querySelectorAll("[data-standing-count]")];
  const shelf = (cell) => `xingheng:${words.person}:remark:${cell}`;
  let current = null, timer = 0, asked = null;

  async function fetched(url, options) {
    asked?.abort();
    asked = new AbortController();
    const mine = asked;
    try {
      const reply = await fetch(url, { redirect: "manual", signal: mine.signal, ...options });
      if (reply.type === "opaqueredirect" || (!reply.ok && reply.status !== 422)) throw new TypeError("no panel");
      panel.innerHTML = await reply.text();
      flag(current, !!panel.querySelector("[data-followed]"));
      return reply.ok;
    } catch (error) {
      if (error.name !== "AbortError" && !options) panel.textContent = panel.dataset.cut;
      return false;
    }
  }

  // as parts/sheet.html draws it
  function flag(input, followed) {
    const cell = input.closest("td"), id = `f${input.name.replaceAll("/", "-")}`;
    if (followed === !!cell.querySelector(".cell-flag")) return;
    const labels = input.getAttribute("aria-labelledby");
    if (followed) {
      cell.insertAdjacentHTML("beforeend", `<span class="cell-flag"><span class="icon" aria-hidden="true">flag</span><span class="unseen" id="${id}"></span></span>`);
      cell.querySelector(`#${CSS.escape(id)}`).textContent = words.followed;
      input.setAttribute("aria-labelledby", `${labels} ${id}`);
    } else {
      cell.querySelector(".cell-flag").remove();
      input.setAttribute("aria-labelledby", labels.replace(` ${id}`, ""));
    }
  }

  async function open(input) {
    current = input;
    panel.dataset.cell = input.name;
    if (await fetched(panel.dataset.url + input.name + "/")) {
      const text = panel.querySelector("textarea");
      text.value = localStorage.getItem(shelf(input.name)) || text.value;
    }
  }

  table.addEventListener("focusin", ({ target }) => {
    clearTimeout(timer);
    if (inputs.includes(target) && target !== current) timer = setTimeout(open, 250, target);
  });
  table.addEventListener("cells-kept", ({ detail }) => {
    if (current && !panel.contains(document.activeElement) && detail.answers.some((one) => one.cell === current.name)) open(current);
    stand();
  });

  panel.addEventListener("input", ({ target }) => localStorage.setItem(shelf(current.name), target.value));
  panel.addEventListener("submit", async (event) => {
    event.preventDefault();
    const cell = current.name;
    if (await fetched(event.target.action, { method: "POST", body: new FormData(event.target, event.submitter) })) {
      localStorage.removeItem(shelf(cell));
      panel.focus();
      table.dispatchEvent(new CustomEvent("cells-ask", { detail: cell }));
    }
  });
  addEventListener("keydown", (event) => {
    if (event.key !== "F6" || !current) return;
    event.preventDefault();
    if (panel.contains(document.activeElement)) current.focus();
    else (panel.querySelector("textarea") || panel).focus();
  });

  // as stars.views.sheet has it: of what is open, nothing filled in, some of it, all of it
  function stand() {
    for (const row of table.tBodies[0].rows) {
      const badge = row.cells[0].querySelector("[data-standing]"), own = [...row.querySelectorAll("input")];
      if (!badge || !own.length || ["returned", "submitted"].includes(badge.dataset.standing)) continue;
      const filled = own.filter((input) => input.dataset.stored !== "").length;
      const unsaved = own.some((input) => ["refused", "conflict"].includes(input.closest("td").dataset.state));
      set(badge, filled === own.length && !unsaved ? "ready" : filled || unsaved ? "incomplete" : "not_begun");
    }
    for (const count of counts) {
      const n = table.querySelectorAll(`[data-standing=${count.dataset.standingCount}]`).length;
      count.querySelector("b").textContent = n;
      count.disabled = !n;
    }
  }
  function set(badge, standing) {
    if (badge.dataset.standing === standing) return;
    badge.dataset.standing = standing;
    badge.textContent = counts.find((one) => one.dataset.standingCount === standing).dataset.title;
    badge.className = `badge ${{ ready: "good", incomplete: "wait" }[standing] || ""}`;
  }

  // the next village of that standing, at its first cell without a score
  for (const count of counts) count.addEventListener("click", () => {
    const rows = [...table.tBodies[0].rows].filter((row) => row.querySelector(`[data-standing=${count.dataset.standingCount}]`));
    const here = current ? current.closest("tr").sectionRowIndex : -1;
    const row = rows.find((one) => one.sectionRowIndex > here) || rows[0], own = row ? [...row.querySelectorAll("input")] : [];
    (own.find((input) => !input.value) || own[0])?.focus();
  });
})();
