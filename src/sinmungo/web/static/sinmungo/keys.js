/* Keys move to a link, a button or a field and never press it: only Enter does. They can be switched off. */

const STORED = "sinmungo-keys";
const SEQUENCE_MS = 1500;
const DESKS = { q: "/console/", a: "/console/appeals/", l: "/console/lead/" };
const TYPING = "input:not([type=radio], [type=checkbox], [type=submit], [type=button]), textarea, select, dialog, [contenteditable]";

const sheet = document.getElementById("keys");
const toggle = document.getElementById("keys-on");
const stored = () => {
  try {
    return localStorage.getItem(STORED);
  } catch {
    return null; // a browser that keeps nothing still has its keys
  }
};
let areOn = stored() !== "off";

if (toggle) {
  toggle.checked = areOn;
  toggle.addEventListener("change", () => {
    areOn = toggle.checked;
    try {
      localStorage.setItem(STORED, areOn ? "on" : "off");
    } catch {
      return;
    }
  });
}
for (const opener of document.querySelectorAll("[data-opens=keys]")) {
  opener.addEventListener("click", () => sheet?.showModal());
}

/** Focus something, opening what it is folded into. */
export const goTo = (place) => {
  if (!place) return false;
  for (let fold = place.closest("details:not([open])"); fold; fold = fold.parentElement.closest("details:not([open])")) {
    fold.open = true;
  }
  place.focus();
  place.scrollIntoView({ block: "nearest" });
  return document.activeElement === place;
};

const links = () => [...document.querySelectorAll("[data-keys=list] a[href]")];
const step = (by) => {
  const all = links();
  const here = all.indexOf(document.activeElement);
  const current = all.findIndex((link) => link.closest("[aria-current]"));
  const from = here >= 0 ? here : current;
  return goTo(all[Math.min(Math.max(from + by, 0), all.length - 1)]);
};
const search = () => {
  const field = document.querySelector("input[type=search]");
  if (field) return goTo(field);
  location.assign("/console/search");
  return true;
};
/** Answer the question in hand with its nth answer; the next open question comes into hand. */
const answer = (n) => {
  const questions = [...document.querySelectorAll("fieldset.question:not(:disabled)")];
  const here = document.activeElement.closest("fieldset.question");
  const question = here ?? questions.find((each) => !each.querySelector(":checked")) ?? questions[0];
  const choice = question?.querySelectorAll("input[type=radio]")[n - 1];
  if (!choice) return false;
  choice.checked = true;
  choice.dispatchEvent(new Event("change", { bubbles: true }));
  const next = questions[questions.indexOf(question) + 1];
  return goTo(next ? (next.querySelector(":checked") ?? next.querySelector("input")) : document.getElementById("follows"));
};
const marked = (key) =>
  [...document.querySelectorAll(`[data-key="${CSS.escape(key)}"]:not([disabled])`)].find((place) => !place.closest("[hidden], fieldset:disabled"));
const named = {
  j: () => step(1),
  k: () => step(-1),
  f: () => goTo(document.querySelector("#facts:not([disabled])")),
  "/": search,
  "?": () => {
    sheet?.showModal();
    return Boolean(sheet);
  },
};

/* Switched off, a letter reaches no other script of a page either. */
addEventListener("keydown", (event) => {
  const isLetter = event.key.length === 1 && event.key !== " " && !event.ctrlKey && !event.metaKey && !event.altKey;
  if (!areOn && isLetter && !event.target.closest?.(TYPING)) event.stopPropagation();
}, true);

let wentAt = 0;
document.addEventListener("keydown", (event) => {
  if (!areOn || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.target.closest(TYPING)) return;
  // a Korean keyboard sends 자모 for a letter: its place on the keyboard says which one is meant
  const key = /^Key[A-Z]$/.test(event.code) && !/^[a-z]$/i.test(event.key) ? event.code.slice(3).toLowerCase() : event.key.toLowerCase();
  if (event.timeStamp - wentAt < SEQUENCE_MS && wentAt && DESKS[key]) {
    event.preventDefault();
    location.assign(DESKS[key]);
    return;
  }
  wentAt = key === "g" ? event.timeStamp : 0;
  const act = named[key] ?? (/^[1-9]$/.test(key) ? () => answer(Number(key)) : () => goTo(marked(key)));
  if (act()) event.preventDefault();
});
