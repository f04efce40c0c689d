// The Markdown toolbar and its shortcuts. Edits go through execCommand, the only way that keeps the browser's undo.
const WRAPS = { bold: ["**", "**", "bold text"], italic: ["_", "_", "italic text"], code: ["`", "`", "code"] };
const PREFIXES = { list: () => "- ", numbers: (index) => `${index + 1}. `, quote: () => "> ", tasks: () => "- [ ] ", heading: () => "### " };
const BLOCKS = {
  table: "| When | What |\n| --- | --- |\n| | |",
  diagram: "```mermaid\nflowchart LR\n  trigger --> impact\n```",
};
const KEYS = { b: "bold", i: "italic", e: "code" };
const SHIFTED = { KeyK: "link", KeyL: "tasks", Digit6: "heading", Digit8: "list", Digit7: "numbers", Digit9: "quote" };

// The text area, or the editor that took its place (static/js/cowriting/), in the words of a text area.
class Editor {
  constructor(view) { this.view = view; }
  get value() { return this.view.state.doc.toString(); }
  get selectionStart() { return this.view.state.selection.main.from; }
  get selectionEnd() { return this.view.state.selection.main.to; }
  put(from, to, insert, anchor, head) {
    this.view.dom.parentElement.dispatchEvent(new Event("editor:step"));
    this.view.dispatch({ changes: { from, to, insert }, selection: { anchor, head }, scrollIntoView: true, userEvent: "input" });
    this.view.focus();
  }
}

const fieldIn = (box) => (box.editor ? new Editor(box.editor) : box.querySelector("textarea"));

function block(area, text) {
  const { selectionEnd: at, value } = area;
  const gap = at === 0 || value.slice(0, at).endsWith("\n\n") ? "" : value[at - 1] === "\n" ? "\n" : "\n\n";
  put(area, at, at, `${gap}${text}\n`, at + gap.length, at + gap.length + text.length);
}

function put(area, from, to, text, selectFrom, selectTo) {
  if (area instanceof Editor) return area.put(from, to, text, selectFrom, selectTo);
  area.focus();
  area.setSelectionRange(from, to);
  if (!document.execCommand("insertText", false, text)) {
    area.setRangeText(text, from, to, "end");
    area.dispatchEvent(new Event("input", { bubbles: true }));
  }
  area.setSelectionRange(selectFrom, selectTo);
}

function wrap(area, [before, after, sample]) {
  const { selectionStart: from, selectionEnd: to, value } = area;
  const inner = value.slice(from, to);
  const isWrapped = value.slice(from - before.length, from) === before && value.slice(to, to + after.length) === after;
  if (isWrapped) {
    const start = from - before.length;
    put(area, start, to + after.length, inner, start, start + inner.length);
  } else {
    const text = inner || sample;
    const start = from + before.length;
    put(area, from, to, before + text + after, start, start + text.length);
  }
}

function prefix(area, mark) {
  const { selectionStart, selectionEnd, value } = area;
  const from = value.lastIndexOf("\n", selectionStart - 1) + 1;
  const end = value.indexOf("\n", selectionEnd);
  const to = end === -1 ? value.length : end;
  const lines = value.slice(from, to).split("\n");
  const isMarked = lines.every((line, index) => line.startsWith(mark(index)));
  const changed = lines.map((line, index) => (isMarked ? line.slice(mark(index).length) : mark(index) + line)).join("\n");
  put(area, from, to, changed, from + (lines.length > 1 ? 0 : changed.length), from + changed.length);
}

function link(area) {
  const { selectionStart: from, selectionEnd: to, value } = area;
  const inner = value.slice(from, to);
  const isAddress = /^https?:\/\/\S+$/.test(inner);
  const words = isAddress ? "words" : inner || "words";
  const address = isAddress ? inner : "https://";
  const text = `[${words}](${address})`;
  const start = isAddress ? from + 1 : from + words.length + 3;
  put(area, from, to, text, start, start + (isAddress ? words : address).length);
}

// The number that is free, in the text and at its end, where one goes on writing.
function footnote(area) {
  const { selectionEnd: at, value } = area;
  let number = 1;
  while (value.includes(`[^${number}]`)) number += 1;
  const mark = `[^${number}]`, rest = value.slice(at).trimEnd();
  const text = `${mark}${rest}${/(^|\n)\[\^[^\]]+\]:.*$/.test(value.trimEnd()) ? "\n" : "\n\n"}${mark}: `;
  put(area, at, value.length, `${text}note`, at + text.length, at + text.length + 4);
}

function fence(area) {
  const { selectionStart: from, selectionEnd: to, value } = area, inner = value.slice(from, to).replace(/\n$/, "");
  put(area, from, to, `\`\`\`\n${inner}\n\`\`\`\n`, from + 4, from + 4 + inner.length);
}

const isBlock = (area) => area.value.slice(area.selectionStart, area.selectionEnd).includes("\n");

function apply(area, name) {
  if (name === "footnote") footnote(area);
  else if (name === "code" && isBlock(area)) fence(area);
  else if (name === "link") link(area);
  else if (BLOCKS[name]) block(area, BLOCKS[name]);
  else if (WRAPS[name]) wrap(area, WRAPS[name]);
  else if (PREFIXES[name]) prefix(area, PREFIXES[name]);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-md]");
  if (button) apply(fieldIn(button.closest("[data-markdown-editor]")), button.dataset.md);
});

document.addEventListener("keydown", (event) => {
  if (!(event.ctrlKey || event.metaKey) || !event.target.matches("[data-markdown-editor] :is(textarea, .cm-content)")) return;
  const name = event.shiftKey ? SHIFTED[event.code] : KEYS[event.key.toLowerCase()];
  if (!name) return;
  event.preventDefault();
  apply(fieldIn(event.target.closest("[data-markdown-editor]")), name);
});

// One stop of the Tab key for the whole toolbar; arrows move within it.
document.addEventListener("keydown", (event) => {
  const tool = event.target.closest?.(".md-tool");
  if (!tool || !["ArrowRight", "ArrowLeft", "Home", "End"].includes(event.key)) return;
  event.preventDefault();
  const tools = [...tool.parentElement.querySelectorAll(".md-tool:not([hidden], :disabled)")], at = tools.indexOf(tool);
  const next = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: -1 }[event.key];
  for (const one of tools) one.tabIndex = -1;
  tools.at(next % tools.length).tabIndex = 0;
  tools.at(next % tools.length).focus();
});

function dress(root) {
  for (const bar of root.querySelectorAll(".md-tools")) {
    bar.hidden = false;
    bar.querySelectorAll(".md-tool").forEach((tool, index) => { tool.tabIndex = index ? -1 : 0; });
  }
}

dress(document);
document.addEventListener("htmx:after:swap", () => dress(document));
