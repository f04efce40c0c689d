// Comforts of reading a COE: links at headings, tables that scroll by keyboard, diagrams drawn, the next section by key.
import "./centring.js";
import { draw } from "./drawing.js";

const document_ = document.querySelector(".document");

for (const heading of document_?.querySelectorAll("h3[id], h4[id], h5[id], h6[id]") ?? []) {
  const link = Object.assign(document.createElement("a"), { className: "anchor-link", href: `#${heading.id}`, textContent: "#" });
  link.setAttribute("aria-label", `Link to ${heading.textContent}`);
  heading.append(" ", link);
}

for (const wide of document_?.querySelectorAll(".prose table, .prose pre") ?? []) {
  if (wide.scrollWidth > wide.clientWidth) wide.tabIndex = 0;
}

if (document_) draw(document_, document_.dataset.diagrams);

// [ and ] go to the section before and after.
addEventListener("keydown", (event) => {
  if (!"[]".includes(event.key) || event.target.closest("input, textarea, select, [contenteditable]")) return;
  const parts = [...document.querySelectorAll(".document > section[id]")];
  const here = parts.findLastIndex((part) => part.getBoundingClientRect().top < 90);
  const next = parts[event.key === "]" ? here + 1 : Math.max(here - 1, 0)];
  next?.scrollIntoView();
  if (next) history.replaceState(null, "", `#${next.id}`);
});
