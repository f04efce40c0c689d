// Comments beside a text: select a passage to comment on it, marks where the threads are, and news every 20 seconds.
// Without this module the form below the threads takes the passage by hand.
const NEWS = 20_000, BEFORE = 64;
const panel = () => document.getElementById("comments");
const letters = (text) => text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");
let selected = null, version = null, places = new Map();

// Where in the document something is: a rendered section, or a part of the editor.
const placeOf = (node) => (node?.nodeType === 1 ? node : node?.parentElement)?.closest("[data-place], .writing-section[id]");

function inField(field) {
  const place = placeOf(field), { selectionStart: start, selectionEnd: end, value } = field;
  if (!place || !value.slice(start, end).trim()) return null;
  return { place: place.dataset.place ?? place.id, quote: value.slice(start, end), before: value.slice(Math.max(0, start - BEFORE), start), near: start, box: field.getBoundingClientRect() };
}

// The editor that took the place of a text area (static/js/cowriting/) knows its passage better than what is drawn of it.
function inEditor(view) {
  const { from, to } = view.state.selection.main, place = placeOf(view.dom);
  // The card of a finding, opened by F8 or a click, says what there is to do with its passage.
  if (!place || !view.state.sliceDoc(from, to).trim() || view.dom.querySelector(".cm-card.cm-tooltip")) return null;
  const words = (start, end) => view.state.sliceDoc(start, end);
  return { place: place.id, quote: words(from, to), before: words(Math.max(0, from - BEFORE), from), near: from, box: view.coordsAtPos(from) ?? view.dom.getBoundingClientRect(), end: view.coordsAtPos(to) };
}

function inText() {
  const selection = getSelection();
  if (!selection.rangeCount || selection.isCollapsed) return null;
  const range = selection.getRangeAt(0), place = placeOf(range.startContainer);
  if (!place || placeOf(range.endContainer) !== place || !selection.toString().trim()) return null;
  const start = document.createRange();
  start.setStart(place, 0);
  start.setEnd(range.startContainer, range.startOffset);
  const before = start.toString();
  return { place: place.dataset.place ?? place.id, quote: selection.toString(), before: before.slice(-BEFORE), near: before.length, box: range.getBoundingClientRect() };
}

function offer() {
  const tools = document.querySelector("[data-comment-tools]"), active = document.activeElement;
  if (!tools || panel()?.contains(active)) return;
  const editor = active?.closest?.("[data-markdown-editor]")?.editor;
  if (editor) selected = inEditor(editor);
  else selected = active?.matches?.("textarea") ? inField(active) : inText();
  tools.hidden = !selected;
  if (!selected) return;
  document.body.append(tools);
  const above = Math.max(selected.box.top, 64) - tools.offsetHeight - 6;
  const bar = editor?.dom.parentElement.querySelector(".md-tools").getBoundingClientRect();
  const isOver = selected.end && bar && above < bar.bottom && above + tools.offsetHeight > bar.top;
  tools.style.top = `${(isOver ? selected.end.bottom + 6 : above) + scrollY}px`;
  tools.style.left = `${Math.min(Math.max(selected.box.left, 8), innerWidth - tools.offsetWidth - 8) + scrollX}px`;
}

function begin(kind) {
  const start = panel()?.querySelector("[data-thread-start]"), form = start?.querySelector("form");
  if (!form || !selected) return;
  start.open = true;
  start.classList.add("is-sheet", "is-about");
  const quote = form.querySelector("[data-thread-quote]");
  quote.textContent = selected.quote;
  quote.hidden = false;
  for (const name of ["place", "quote", "before", "near"]) form.elements[name].value = selected[name];
  form.querySelector("[data-thread-cancel]").hidden = false;
  const suggests = form.querySelector("[data-thread-suggests]");
  suggests.open = kind === "suggest";
  form.elements.suggests.value = kind === "suggest" ? "on" : "";
  if (kind === "suggest") form.elements.suggestion.value = selected.quote;
  const field = kind === "suggest" ? form.elements.suggestion : form.elements.text;
  field.focus();
  field.scrollIntoView({ block: "nearest" });
  document.querySelector("[data-comment-tools]").hidden = true;
}

// The range of a passage in rendered text: its letters decide, marks and spaces do not.
function rangeOf(thread) {
  const place = document.querySelector(`[data-place="${CSS.escape(thread.place)}"]`), wanted = letters(thread.quote.replace(/\]\([^)\n]*\)/g, "]"));
  if (!place || !wanted) return null;
  const nodes = document.createTreeWalker(place, NodeFilter.SHOW_TEXT), found = [];
  let text = "";
  for (let node = nodes.nextNode(); node; node = nodes.nextNode()) {
    [...node.data].reduce((at, sign) => { if (letters(sign)) { text += letters(sign)[0]; found.push([node, at, sign.length]); } return at + sign.length; }, 0);
  }
  const at = text.indexOf(wanted);
  if (at < 0 || text.indexOf(wanted, at + 1) >= 0) return null;
  const range = new Range(), [last, end, size] = found[at + wanted.length - 1];
  range.setStart(found[at][0], found[at][1]);
  range.setEnd(last, end + size);
  return range;
}

function mark(threads) {
  places = new Map(threads.filter((thread) => thread.open && thread.start !== null).map((thread) => [String(thread.id), rangeOf(thread)]).filter(([, range]) => range));
  if (CSS.highlights) CSS.highlights.set("threads", new Highlight(...places.values()));
}

async function news() {
  const at = panel();
  if (!at || document.hidden) return;
  const answer = await fetch(at.dataset.comments, { headers: { Accept: "application/json" } }).catch(() => null);
  if (!answer?.ok) return; // no connection or signed out: the next round asks again
  const { threads, version: newest } = await answer.json();
  mark(threads);
  const isTyping = at.contains(document.activeElement) || at.querySelector("details:is(.thread-start, .thread-reply, .thread-change)[open]");
  if (version !== null && newest !== version && !isTyping) await htmx.ajax("GET", at.dataset.commentsPanel, { target: "#comments", swap: "outerHTML" });
  if (!isTyping || version === null) version = newest;
}

document.addEventListener("selectionchange", () => { clearTimeout(offer.timer); offer.timer = setTimeout(offer, 150); });
document.addEventListener("pointerdown", (event) => { if (event.target.closest("[data-comment-on]")) event.preventDefault(); });
document.addEventListener("click", (event) => {
  const on = event.target.closest("[data-comment-on]"), goes = event.target.closest("[data-thread-goes]");
  if (on) begin(on.dataset.commentOn);
  if (event.target.closest("[data-thread-cancel]")) { const start = event.target.closest("details"); start.open = false; start.classList.remove("is-sheet", "is-about"); start.querySelector("[data-thread-quote]").hidden = true; start.querySelector("form").reset(); }
  const range = goes && places.get(goes.closest("[data-thread]").dataset.thread);
  if (!range) return;
  event.preventDefault();
  if (CSS.highlights) CSS.highlights.set("thread-here", new Highlight(range));
  range.startContainer.parentElement.scrollIntoView({ block: "center" });
});
document.addEventListener("htmx:after:swap", () => news());
news();
setInterval(news, NEWS);
