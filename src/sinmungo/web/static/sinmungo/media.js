/* Pictures of a case are shown in its page, and hidden again; without this script a page of its own shows one.
   Every showing is asked for, so that it is written down: nothing clear was here before. */

const REST = 1000; // milliseconds that a pointer rests on a picture before it is asked for
const veils = new WeakMap(); // a shown figure -> the veiled one that it stands in for
const figures = (treatment = "") => [...document.querySelectorAll(`#media [data-picture${treatment}]`)];
const isVeiled = (figure) => figure.dataset.picture === "veiled";
const said = document.getElementById("media-said");
const tell = (figure) => { if (said) said.textContent = figure.querySelector("[data-said]").textContent; };

const swap = (old, fresh, focus) => {
  const had = old.contains(document.activeElement);
  old.replaceWith(fresh);
  if (focus || had) (fresh.querySelector("[data-hide]") ?? fresh.querySelector("button"))?.focus({ preventScroll: isVeiled(fresh) });
  tell(fresh);
};

const hide = (figure, focus = false) => {
  const veiled = veils.get(figure);
  if (veiled) swap(figure, veiled, focus);
};

const show = async (form, focus = true) => {
  const figure = form.closest("[data-picture]");
  if (!figure || figure.getAttribute("aria-busy")) return null;
  figure.setAttribute("aria-busy", "true");
  const body = new FormData(form);
  const answer = await fetch(form.action, { method: "POST", body, headers: { "X-Part": "media" } }).catch(() => null);
  const part = document.createElement("template");
  part.innerHTML = answer?.ok ? await answer.text() : "";
  const fresh = part.content.querySelector("[data-picture]");
  figure.removeAttribute("aria-busy");
  if (!fresh) {
    if (focus) HTMLFormElement.prototype.submit.call(form); // the session ended, or the network failed: the browser says which
    return null;
  }
  if (!figure.isConnected) return null;
  veils.set(fresh, veils.get(figure) ?? figure);
  swap(figure, fresh, focus);
  return fresh;
};

document.addEventListener("submit", (event) => {
  const form = event.target.closest("#media form[data-show]");
  if (!form) return;
  event.preventDefault();
  show(form);
});

document.addEventListener("click", (event) => {
  const figure = event.target.closest("[data-hide]")?.closest("[data-picture]");
  if (!figure || !veils.has(figure)) return;
  event.preventDefault();
  hide(figure, true);
});

/* V shows the picture that has the focus, or the next veiled one, and hides what is shown; Escape hides all. */
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (event.target.closest("input:not([type=radio], [type=checkbox]), textarea, select")) return;
  if (event.key === "Escape") figures().forEach((figure) => hide(figure, figure.contains(document.activeElement)));
  const isOff = document.getElementById("keys-on")?.checked === false; // single keys can be switched off
  if (event.key.toLowerCase() !== "v" || event.repeat || isOff) return;
  const here = document.activeElement?.closest?.("#media [data-picture]") ?? figures("=veiled")[0];
  if (here && isVeiled(here)) show(here.querySelector("form[data-show]"));
  else if (here) hide(here, true);
  else figures().forEach((figure) => hide(figure));
});

/* A mouse that moves onto a picture and rests there asks for it; leaving hides it. Touch and scrolling never do. */
let resting = null;
let hovered = null;
const leave = () => { clearTimeout(resting?.timer); resting = null; };
document.addEventListener("pointermove", (event) => {
  const figure = event.pointerType === "mouse" ? event.target.closest?.("#media [data-picture]") : null;
  if (hovered && figure !== hovered) { hide(hovered); hovered = null; }
  if (!figure || !isVeiled(figure) || !event.target.matches("img")) return leave();
  if (resting?.figure === figure) return;
  leave();
  const timer = setTimeout(async () => {
    const fresh = await show(figure.querySelector("form[data-show]"), false);
    if (fresh) hovered = fresh;
  }, REST);
  resting = { figure, timer };
});

/* Whoever chose to see pictures at once asks for each as it comes into view. */
if (document.querySelector("#media[data-at-once]")) {
  const watch = new IntersectionObserver((entries) => entries.filter((entry) => entry.isIntersecting).forEach((entry) => {
    watch.unobserve(entry.target);
    show(entry.target.querySelector("form[data-show]"), false);
  }));
  figures().forEach((figure) => watch.observe(figure));
}
document.querySelectorAll("#media [data-with-script]").forEach((hint) => { hint.hidden = false; });
