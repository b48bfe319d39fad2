// Keeps the numbers of an incident as they are now, until the reader presses "stop".
const EVERY = 15_000;
const box = document.querySelector("[data-live]");
const button = document.querySelector("[data-live-stop]");
let stopped = false;

async function renew() {
  if (stopped || document.hidden) return;
  const answer = await fetch(box.dataset.live, { headers: { Accept: "text/html" } }).catch(() => null);
  if (answer?.ok) box.innerHTML = await answer.text();
}

button.hidden = false;
button.addEventListener("click", () => {
  stopped = !stopped;
  button.setAttribute("aria-pressed", String(stopped));
  void renew();
});
setInterval(renew, EVERY);
