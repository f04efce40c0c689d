// The graph of causes: pressing a node writes at its row; dragging it onto another joins the two, by the form that is there.
import "./centring.js";

const FAR = 6;
let drag = null;

const nodeAt = (event) => document.elementFromPoint(event.clientX, event.clientY)?.closest?.(".cause-graph [data-node]");

function point(svg, event) {
  return new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
}

document.addEventListener("pointerdown", (event) => {
  const node = event.target.closest?.(".cause-graph [data-node]");
  if (!node || event.button || event.pointerType === "touch") return;
  drag = { node, svg: node.ownerSVGElement, x: event.clientX, y: event.clientY, from: point(node.ownerSVGElement, event), line: null };
});

document.addEventListener("pointermove", (event) => {
  if (!drag) return;
  if (!drag.line && Math.hypot(event.clientX - drag.x, event.clientY - drag.y) < FAR) return;
  if (!drag.line) {
    drag.line = drag.svg.appendChild(document.createElementNS("http://www.w3.org/2000/svg", "path"));
    drag.line.setAttribute("class", "cause-drag");
    drag.svg.classList.add("is-dragging");
  }
  const to = point(drag.svg, event);
  drag.line.setAttribute("d", `M${drag.from.x} ${drag.from.y}L${to.x} ${to.y}`);
  const over = nodeAt(event);
  for (const node of drag.svg.querySelectorAll("[data-node]")) node.classList.toggle("is-target", node === over && node !== drag.node);
});

function letGo() {
  const ended = drag;
  drag = null;
  ended.line?.remove();
  ended.svg.classList.remove("is-dragging");
  for (const node of ended.svg.querySelectorAll(".is-target")) node.classList.remove("is-target");
  return ended;
}

document.addEventListener("pointerup", (event) => {
  if (!drag) return;
  const over = nodeAt(event), { node, line } = letGo();
  const form = document.querySelector("form[data-joins]");
  if (!line || !over || over === node || !form) return;
  form.elements.cause.value = node.dataset.node;
  form.elements.effect.value = over.dataset.node;
  form.requestSubmit();
});
document.addEventListener("pointercancel", () => drag && letGo());
// A link that is dragged would be carried off as an address.
document.addEventListener("dragstart", (event) => { if (event.target.closest?.(".cause-graph")) event.preventDefault(); });

document.addEventListener("click", (event) => {
  const node = event.target.closest?.(".cause-graph [data-node]");
  const row = node && document.getElementById(`cause-${node.dataset.node}`);
  if (!row) return;
  event.preventDefault();
  row.querySelector("textarea").focus({ preventScroll: true });
  row.scrollIntoView({ block: "center" });
});
