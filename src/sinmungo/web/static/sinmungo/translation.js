/* The translation comes into the case's page; without this script it comes as a page of its own. */

const wait = (form) => {
  const told = form.querySelector("[data-waiting]");
  told.textContent = told.dataset.waiting;
  form.querySelector("button").disabled = true;
};

document.addEventListener("submit", async (event) => {
  const form = event.target.closest("form[data-translate]");
  if (!form) return;
  event.preventDefault();
  const body = new FormData(form);
  wait(form);
  const answer = await fetch(form.action, { method: "POST", body, headers: { "X-Part": "translation" } }).catch(() => null);
  const part = document.createElement("template");
  part.innerHTML = answer ? await answer.text() : "";
  const section = part.content.querySelector("#translation");
  if (!section) {
    HTMLFormElement.prototype.submit.call(form); // the session ended, or the network failed: the browser says which
    return;
  }
  section.querySelector("script")?.remove();
  document.getElementById("translation").replaceWith(section);
  document.getElementById("translated")?.focus();
});
