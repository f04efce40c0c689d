// A graph of causes that is larger than its place begins where the impact is, and is shown whole on request.
const seen = new WeakSet();

function centre(scroll) {
  const impact = scroll.querySelector(".cause-node.is-impact rect")?.getBoundingClientRect(), box = scroll.getBoundingClientRect();
  if (!impact) return;
  scroll.scrollLeft += impact.left + impact.width / 2 - box.left - box.width / 2;
  scroll.scrollTop += impact.top + impact.height / 2 - box.top - box.height / 2;
}

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
