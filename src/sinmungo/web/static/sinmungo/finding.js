/* Choosing cases of a page together; without it each box is ticked alone. */

const selection = document.getElementById("selection");
if (selection) {
  const all = document.getElementById("all");
  const count = document.getElementById("chosen");
  const boxes = () => [...selection.querySelectorAll("input[name=case]")];
  const tell = () => {
    const ticked = boxes().filter((box) => box.checked).length;
    count.textContent = ticked ? String(ticked) : "";
    all.checked = ticked === boxes().length;
    all.indeterminate = ticked > 0 && !all.checked;
  };
  all.addEventListener("change", () => {
    for (const box of boxes()) box.checked = all.checked;
    tell();
  });
  selection.addEventListener("change", tell);
  /* Space on a case that J or K moved to ticks its box, as it would on the box itself. */
  selection.addEventListener("keydown", (event) => {
    if (event.key !== " " || !event.target.matches("h3 a")) return;
    event.preventDefault();
    event.target.closest("li").querySelector("input[name=case]").click();
  });
  tell();
}
