// A graph of causes that is larger than its place is shown whole on request; one that arrives later opens at the impact too.
import { centre } from "./pictures.js";

const seen = new WeakSet();

function begin() {
  for (const scroll of document.querySelectorAll(".cause-figure .graph-scroll")) {
    const whole = scroll.parentElement.querySelector("[data-whole]"), isWhole = scroll.classList.contains("is-whole");
    if (whole) whole.hidden = !isWhole && scroll.scrollWidth <= scroll.clientWidth + 1 && scroll.scrollHeight <= scroll.clientHeight + 1;
    if (!seen.has(scroll)) centre(scroll);
    seen.add(scroll);
  }
}

document.addEventListener("click", (event) => {
  const whole = event.target.closest?.("[data-whole]"), scroll = whole?.closest(".cause-figure")?.querySelector(".graph-scroll");
  if (!scroll) return;
  whole.setAttribute("aria-pressed", String(scroll.classList.toggle("is-whole")));
  if (!scroll.classList.contains("is-whole")) centre(scroll);
});
document.addEventListener("htmx:after:swap", begin);
begin();
