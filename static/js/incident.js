// The note box is emptied only of what the server has taken; words typed while the note was on its way stay. Whoever was
// too late with a move sees in place who was faster.
const sent = new WeakMap();
const boxOf = (element) => element?.closest?.("form[data-clears]")?.querySelector("textarea");

document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
  const box = boxOf(ctx.sourceElement);
  if (box) sent.set(box, box.value);
});

document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => {
  const box = boxOf(ctx.sourceElement);
  const taken = box && sent.get(box);
  if (taken && ctx.response.status < 300 && box.value.startsWith(taken)) box.value = box.value.slice(taken.length).trimStart();
});

// A conflict brings the screen as it is now, with the sentence on it: it is shown although errors are not swapped in.
document.addEventListener("htmx:response:error", (event) => {
  const { ctx } = event.detail;
  if (ctx.response.status !== 409 || ctx.target?.id !== "incident") return;
  event.stopImmediatePropagation();
  window.htmx.swap({ text: ctx.text, target: ctx.target, sourceElement: ctx.target, swap: "outerMorph" });
}, { capture: true });

// What came out of a dialog or a menu is done: it closes, except when the form is shown again with what is wrong about it.
document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => {
  if (ctx.response?.status === 422) return;
  const dialog = ctx.sourceElement?.closest?.("#incident dialog");
  if (dialog && ctx.response?.status < 300) dialog.querySelector("form").reset();
  dialog?.close();
  const menu = ctx.sourceElement?.closest?.("#incident details[data-menu]");
  if (menu) menu.open = false;
});
