// A graph of causes that is larger than its place is shown whole on request; one that arrives later opens at the impact too.
import { centre } from "./pictures.js";

// What is a little too large is made a little smaller: its words stay legible.
const LITTLE = 1.3;
const seen = new WeakSet();

function show(scroll, whole, isWhole) {
  scroll.classList.toggle("is-whole", isWhole);
  whole?.setAttribute("aria-pressed", String(isWhole));
  if (!isWhole) centre(scroll);
}

function begin() {
  for (const scroll of document.querySelectorAll(".cause-figure .graph-scroll")) {
    const whole = scroll.parentElement.querySelector("[data-whole]");
    const excess = Math.max(scroll.scrollWidth / scroll.clientWidth, scroll.scrollHeight / scroll.clientHeight);
    if (whole) whole.hidden = excess <= 1.01 && !scroll.classList.contains("is-whole");
    if (!seen.has(scroll)) show(scroll, whole, excess > 1.01 && excess <= LITTLE);
    seen.add(scroll);
  }
}

document.addEventListener("click", (event) => {
  const whole = event.target.closest?.("[data-whole]"), scroll = whole?.closest(".cause-figure")?.querySelector(".graph-scroll");
  if (scroll) show(scroll, whole, !scroll.classList.contains("is-whole"));
});
document.addEventListener("htmx:after:swap", begin);
begin();
