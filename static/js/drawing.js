// Diagrams drawn by the closed page (templates/coe/reader/diagrams.html), one after another; each drawing is kept, so that
// a text that is shown again does not jump.
const MOST = 20, kept = new Map(), waiting = [];
let frame = null, isReady = false, isBusy = false;

function isDark() {
  const { theme } = document.documentElement.dataset;
  return theme === "dark" || (theme === "system" && matchMedia("(prefers-color-scheme: dark)").matches);
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

function put(code, { svg, error }) {
  if (typeof svg === "string") show(code, svg);
  else tell(code, String(error));
}

// What was typed over meanwhile is not drawn.
function next() {
  while (!isBusy && waiting.length && !waiting[0].code.isConnected) waiting.shift();
  if (!isReady || isBusy || !waiting.length) return;
  isBusy = true;
  frame.contentWindow.postMessage({ id: 0, source: waiting[0].text, dark: waiting[0].dark }, "*");
}

function heard({ source, data }) {
  if (source !== frame.contentWindow) return;
  if (data.ready) isReady = true;
  else if (isBusy) {
    const { code, key } = waiting.shift();
    isBusy = false;
    if (kept.size >= MOST * 4) kept.clear();
    kept.set(key, data);
    if (code.isConnected) put(code, data);
  }
  next();
}

function start(address) {
  frame = document.createElement("iframe");
  frame.className = "diagram-frame";
  frame.setAttribute("sandbox", "allow-scripts");
  frame.setAttribute("aria-hidden", "true");
  frame.tabIndex = -1;
  frame.title = "Draws diagrams";
  addEventListener("message", heard);
  frame.src = address;
  document.body.append(frame);
}

// Draws what is in `root`; `page` is the address of the closed page.
export function draw(root, page) {
  const codes = [...root.querySelectorAll("pre > code.language-mermaid")].filter((code) => !code.closest(".diagram")).slice(0, MOST);
  if (!codes.length) return;
  for (const code of codes) {
    const dark = isDark(), text = code.textContent, key = `${dark} ${text}`;
    if (kept.has(key)) put(code, kept.get(key));
    else waiting.push({ code, key, text, dark });
  }
  if (!frame) start(page);
  next();
}
