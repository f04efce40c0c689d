// Comforts of reading a COE: links at headings, tables that scroll by keyboard, diagrams drawn, the next section by key.
const document_ = document.querySelector(".document");

for (const heading of document_?.querySelectorAll("h3[id], h4[id], h5[id], h6[id]") ?? []) {
  const link = Object.assign(document.createElement("a"), { className: "anchor-link", href: `#${heading.id}`, textContent: "#" });
  link.setAttribute("aria-label", `Link to ${heading.textContent}`);
  heading.append(" ", link);
}

for (const wide of document_?.querySelectorAll(".prose table, .prose pre") ?? []) {
  if (wide.scrollWidth > wide.clientWidth) wide.tabIndex = 0;
}

// A drawing comes back as an SVG that is shown as a picture: nothing in it runs, nothing is loaded by it.
function show(code, svg) {
  const block = code.parentElement;
  const picture = document.createElement("img");
  picture.alt = "Diagram; its source follows.";
  picture.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  const fold = document.createElement("details");
  fold.className = "diagram-source";
  fold.append(Object.assign(document.createElement("summary"), { textContent: "Source of the diagram" }));
  const figure = Object.assign(document.createElement("figure"), { className: "diagram" });
  block.before(figure);
  fold.append(block);
  figure.append(picture, fold);
}

function tell(code, error) {
  const note = Object.assign(document.createElement("p"), { className: "diagram-error", textContent: `This diagram cannot be drawn: ${error}` });
  code.parentElement.before(note);
}

const diagrams = [...(document_?.querySelectorAll("code.language-mermaid") ?? [])].slice(0, 20);
if (diagrams.length) {
  const frame = document.createElement("iframe");
  frame.className = "diagram-frame";
  frame.setAttribute("sandbox", "allow-scripts");
  frame.setAttribute("aria-hidden", "true");
  frame.tabIndex = -1;
  frame.title = "Draws diagrams";
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const theme = document.documentElement.dataset.theme;
  const draw = (id) => frame.contentWindow.postMessage({ id, source: diagrams[id].textContent, dark: theme === "dark" || (theme === "system" && dark) }, "*");
  addEventListener("message", ({ source, data }) => {
    if (source !== frame.contentWindow) return;
    if (data.ready) return draw(0);
    const code = diagrams[data.id];
    if (!code) return;
    if (typeof data.svg === "string") show(code, data.svg);
    else tell(code, String(data.error));
    if (diagrams[data.id + 1]) draw(data.id + 1);
  });
  frame.src = document_.dataset.diagrams;
  document.body.append(frame);
}

// [ and ] go to the section before and after.
addEventListener("keydown", (event) => {
  if (!"[]".includes(event.key) || event.target.closest("input, textarea, select, [contenteditable]")) return;
  const parts = [...document.querySelectorAll(".document > section[id]")];
  const here = parts.findLastIndex((part) => part.getBoundingClientRect().top < 90);
  const next = parts[event.key === "]" ? here + 1 : Math.max(here - 1, 0)];
  next?.scrollIntoView();
  if (next) history.replaceState(null, "", `#${next.id}`);
});
