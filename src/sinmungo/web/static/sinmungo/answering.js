/* The form of a decision: what follows from the answers, saved reasons and their blanks. */

import { goTo } from "./keys.js";

const BLANK = /\{\{[^{}]*\}\}/;
const form = document.getElementById("decision");
const facts = document.querySelector("#decision #facts");

/* The policy's proposal follows the answers as they are given. */
if (form) {
  let asked = new AbortController();
  form.addEventListener("change", async (event) => {
    if (!event.target.name?.startsWith("factor-")) return;
    asked.abort(); // an answer to earlier answers must not come after this one
    asked = new AbortController();
    const { signal } = asked;
    form.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(form.dataset.recommend, { method: "POST", body: new FormData(form), signal });
      const text = answer.ok ? await answer.text() : "";
      if (text && !signal.aborted) replaceFollows(text);
    } catch (error) {
      if (error.name !== "AbortError") throw error;
    } finally {
      if (!signal.aborted) form.removeAttribute("aria-busy");
    }
  });
}

function replaceFollows(text) {
  const place = document.getElementById("follows");
  if (!place) return;
  const hadFocus = place.contains(document.activeElement);
  place.outerHTML = text;
  if (hadFocus) document.getElementById("follows")?.focus({ preventScroll: true });
}

/* The buttons wait for the policy's answer: nobody decides on what stood there before. */
form?.addEventListener("submit", async (event) => {
  const button = event.submitter;
  if (button?.value === "violation" && selectBlank()) {
    event.preventDefault();
    return;
  }
  if (form.getAttribute("aria-busy") !== "true" || button?.value !== "violation") return;
  event.preventDefault();
  while (form.getAttribute("aria-busy") === "true") await new Promise((resolve) => setTimeout(resolve, 20));
  form.requestSubmit(button);
});

/** Select the first blank from a place on, or the first of all; says so. */
function selectBlank(from = 0) {
  if (!facts) return false;
  const found = BLANK.exec(facts.value.slice(from));
  const start = found ? from + found.index : -1;
  document.querySelector("[data-blank-told]").textContent = BLANK.test(facts.value) ? facts.dataset.blank : "";
  if (!found) return from > 0 && BLANK.test(facts.value) ? selectBlank() : false;
  facts.focus();
  facts.setSelectionRange(start, start + found[0].length);
  return true;
}

const reasons = form?.querySelector("[data-reasons]");
if (reasons && facts) {
  const insert = () => {
    const body = reasons.selectedOptions[0]?.dataset.body ?? "";
    const before = facts.value.trim();
    facts.value = before ? `${before}\n${body}` : body;
    if (!selectBlank()) goTo(form.querySelector("button[value=violation]:not([disabled])"));
  };
  form.querySelector("[data-insert]").addEventListener("click", (event) => {
    event.preventDefault();
    insert();
  });
  reasons.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing) return;
    event.preventDefault();
    insert();
  });
}

/* In the facts Tab goes to the next blank while there is one, and Escape leaves for the decision. */
facts?.addEventListener("keydown", (event) => {
  if (event.isComposing) return;
  if (event.key === "Tab" && !event.shiftKey && BLANK.test(facts.value)) {
    const rest = BLANK.test(facts.value.slice(facts.selectionEnd));
    if (rest) {
      event.preventDefault();
      selectBlank(facts.selectionEnd);
    }
  }
  if (event.key === "Escape") goTo(form.querySelector("button[value=violation]:not([disabled])"));
});
facts?.addEventListener("input", () => {
  document.querySelector("[data-blank-told]").textContent = BLANK.test(facts.value) ? facts.dataset.blank : "";
});
