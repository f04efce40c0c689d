// The note box keeps what is being typed: it is emptied only of what the server has taken, and an answer that failed
// leaves the screen as it is and says so.
const sent = new WeakMap();

function say(text) {
  document.dispatchEvent(new CustomEvent("toast", { detail: { text, tone: "error" } }));
}

const boxOf = (element) => element?.closest?.("form[data-clears]")?.querySelector("textarea");

document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
  const box = boxOf(ctx.sourceElement);
  if (box) sent.set(box, box.value);
});

document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => {
  const box = boxOf(ctx.sourceElement);
  const taken = box && sent.get(box);
  // Words typed while the note was on its way stay.
  if (taken && ctx.response.status < 300 && box.value.startsWith(taken)) box.value = box.value.slice(taken.length).trimStart();
  if (ctx.response.status === 403) say("Not done: this screen is too old. Load it anew; copy what you typed first.");
  if (ctx.response.status >= 500) say("Not done: the server had an error. What you typed is still here; try again.");
});

document.addEventListener("htmx:error", ({ detail: { ctx } }) => {
  if (ctx?.sourceElement?.matches?.("form")) say("Not done: the connection is lost. What you typed is still here.");
});
