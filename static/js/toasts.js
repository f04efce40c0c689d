// Messages that pass: dismissed by hand, or by themselves after eight seconds unless they say that something went wrong.
// Anyone may send one: document.dispatchEvent(new CustomEvent("toast", {detail: {text, tone}})).
const STAY = 8000;

function leaveLater(toast) {
  if (toast.matches(".is-error, .is-warning, .is-bad, .is-warn")) return;
  let timer = setTimeout(() => toast.remove(), STAY);
  const hold = () => clearTimeout(timer);
  const release = () => { timer = setTimeout(() => toast.remove(), STAY / 2); };
  toast.addEventListener("pointerenter", hold);
  toast.addEventListener("focusin", hold);
  toast.addEventListener("pointerleave", release);
  toast.addEventListener("focusout", release);
}

function show({ text, tone = "info" }) {
  const place = document.querySelector("[data-toasts]");
  const toast = document.getElementById("toast-shape").content.firstElementChild.cloneNode(true);
  toast.classList.add(`is-${tone}`);
  toast.querySelector("p").textContent = text;
  place.append(toast);
  leaveLater(toast);
}

document.addEventListener("click", (event) => {
  event.target.closest("[data-dismiss]")?.closest("[data-toast]")?.remove();
});

// An htmx request that failed is not swapped in (see the configuration in base.html); its sentence is shown instead.
document.addEventListener("htmx:response:error", ({ detail: { ctx } }) => {
  if (ctx.response.status === 422) return;
  const page = new DOMParser().parseFromString(ctx.text, "text/html");
  const text = page.querySelector("[data-sentence]")?.textContent.trim();
  show({ text: text || "That did not work and nothing was changed. Try again, or load the screen anew.", tone: "error" });
});
document.addEventListener("htmx:error", ({ detail: { ctx } }) => {
  if (!ctx?.response && !ctx?.sourceElement?.dataset.live) show({ text: "The server could not be reached. Nothing was changed; try again.", tone: "error" });
});

document.addEventListener("toast", (event) => show(event.detail));
for (const toast of document.querySelectorAll("[data-toast]")) leaveLater(toast);
