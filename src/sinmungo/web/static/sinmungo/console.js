/* What a script adds to the console; every page works without it. */

import "./keys.js";
import "./answering.js";

const beat = document.getElementById("beat");
document.documentElement.classList.add("scripted");

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

/* How long a decision may still be taken back; read aloud once, not every second. */
for (const place of document.querySelectorAll("[data-countdown]")) {
  const over = Date.now() + Number(place.dataset.countdown) * 1000;
  const seconds = place.querySelector("[data-seconds]");
  const tick = () => {
    const left = Math.max(Math.ceil((over - Date.now()) / 1000), 0);
    seconds.textContent = String(left);
    if (left > 0) return;
    clearInterval(timer);
    place.textContent = place.dataset.over;
  };
  const timer = setInterval(tick, 500);
}
