/* What a script adds to the console; every page works without it. */

const decision = document.getElementById("decision");
const beat = document.getElementById("beat");
document.documentElement.classList.add("scripted");

/* The policy's proposal follows the answers as they are given. */
if (decision) {
  let asked = new AbortController();
  decision.addEventListener("change", async (event) => {
    if (!event.target.name?.startsWith("factor-")) return;
    asked.abort(); // an answer to earlier answers must not come after this one
    asked = new AbortController();
    const { signal } = asked;
    try {
      const answer = await fetch(decision.dataset.recommend, { method: "POST", body: new FormData(decision), signal });
      const text = answer.ok ? await answer.text() : "";
      const place = document.getElementById("follows");
      if (text && place && !signal.aborted) place.outerHTML = text;
    } catch (error) {
      if (error.name !== "AbortError") throw error;
    }
  });
}

/* Seconds that the page was in front, and no others. */
if (beat) {
  let since = document.visibilityState === "visible" ? Date.now() : null;
  const send = () => {
    if (since === null) return;
    const seconds = Math.floor((Date.now() - since) / 1000);
    if (seconds < 1) return;
    since += seconds * 1000;
    const body = new FormData(beat);
    body.append("seconds", String(seconds));
    navigator.sendBeacon(beat.action, body);
  };
  setInterval(send, 15000);
  document.addEventListener("visibilitychange", () => {
    send();
    since = document.visibilityState === "visible" ? Date.now() : null;
  });
}

/* Keys move to a link or a button and never press it. */
const links = () => [...document.querySelectorAll("[data-keys=list] a[href]")];
const step = (by) => {
  const all = links();
  const here = all.indexOf(document.activeElement);
  const current = all.findIndex((link) => link.closest("[aria-current]"));
  const from = here >= 0 ? here : current;
  const next = all[Math.min(Math.max(from + by, 0), all.length - 1)];
  next?.focus();
};
const keys = {
  j: () => step(1),
  k: () => step(-1),
  "?": () => document.getElementById("keys")?.showModal(),
};
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input:not([type=radio], [type=checkbox]), textarea, select, dialog")) return;
  const key = event.key.toLowerCase();
  const act = keys[key] ?? (() => document.querySelector(`[data-key="${CSS.escape(key)}"]:not([disabled])`)?.focus());
  if (keys[key] || document.querySelector(`[data-key="${CSS.escape(key)}"]`)) {
    event.preventDefault();
    act();
  }
});
