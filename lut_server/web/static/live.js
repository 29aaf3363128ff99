// Keeps what moves up to date while somebody looks.  Without it, reloading the page does.
// Elements marked data-live are replaced by their newest state: with data-events at each event of
// the campaign, with data-every at most so many seconds later.
"use strict";
(() => {
  const QUIET_MS = 400;
  let due = null, running = false, again = false;

  async function refresh() {
    if (running) { again = true; return; }
    running = true;
    try {
      const answer = await fetch(location.href, { credentials: "same-origin" });
      if (!answer.ok || answer.redirected) return;
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      const next = fresh.querySelectorAll("[data-live]");
      document.querySelectorAll("[data-live]").forEach((old, index) => {
        const now = next[index];
        if (!now || old.innerHTML === now.innerHTML || old.contains(document.activeElement)) return;
        old.innerHTML = now.innerHTML;
      });
      const open = fresh.querySelector("[data-events]");
      const buttons = document.querySelector(".buttons");
      if (!open && source) { source.close(); source = null; if (buttons) buttons.remove(); }
    } catch { /* the server is away; the next event or tick tries again */ } finally {
      running = false;
      if (again) { again = false; soon(); }
    }
  }

  function soon() {
    if (due === null) due = setTimeout(() => { due = null; refresh(); }, QUIET_MS);
  }

  let source = null;
  const events = document.querySelector("[data-events]");
  if (events) {
    source = new EventSource(events.dataset.events);
    source.addEventListener("campaign", soon);
    source.addEventListener("finished", () => { source.close(); soon(); });
  }
  const every = document.querySelector("[data-every]");
  if (every) setInterval(() => { if (!document.hidden) refresh(); }, 1000 * Number(every.dataset.every));
})();
