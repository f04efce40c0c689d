// A pressed button shows that it works and cannot be pressed twice.
const buttonOf = (event) => event.submitter ?? event.target.querySelector("button:not([type=button])");

document.addEventListener("submit", (event) => {
  const button = buttonOf(event);
  if (!button) return;
  if (button.getAttribute("aria-busy") === "true") {
    event.preventDefault();
    event.stopImmediatePropagation();
  }
}, { capture: true });

document.addEventListener("submit", (event) => {
  const button = buttonOf(event);
  const isTakenOver = event.defaultPrevented && !event.target.matches("[hx-post], [hx-get]");
  if (!button || isTakenOver || event.target.method === "dialog") return;
  button.setAttribute("aria-busy", "true");
});

function rest() {
  for (const button of document.querySelectorAll("[aria-busy=true]")) button.removeAttribute("aria-busy");
}

document.addEventListener("htmx:finally:request", rest);
// Coming back to a screen the browser had kept: nothing is working any more.
window.addEventListener("pageshow", (event) => { if (event.persisted) rest(); });
