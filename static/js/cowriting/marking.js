// Reads findings and threads of the text as it is, after every pause; leads from one to the next, and between a passage and
// its thread.
import { EditorView, Prec, keymap } from "../../vendor/editor/editor.js";
import { cards, close, open } from "./cards.js";
import { all, fields, put } from "./marks.js";

const PAUSE = 1200, AGAIN = 2500, MOST_TRIES = 8;
const root = document.querySelector("[data-cowriting]");
const views = new Map();
let timer, tries = 0;

async function read(address) {
  const answer = await fetch(address, { headers: { Accept: "application/json" } }).catch(() => null);
  return answer?.ok && !answer.redirected ? answer.json() : null; // no connection, or signed out: the marks stay as they are
}

function count(view, key) {
  const found = all(view.state, "finding").length;
  for (const tool of document.getElementById(key).querySelectorAll("[data-md=finding]")) {
    tool.hidden = false;
    tool.disabled = !found;
    tool.querySelector("[data-count]").textContent = found || "";
    tool.title = found ? `Next of ${found} findings (F8; back with Shift F8; Alt Enter opens what is at the cursor)` : "No finding in this section";
  }
}

async function refresh() {
  const [found, said] = await Promise.all([read(root.dataset.findings), read(root.dataset.threads)]);
  let isAll = true;
  for (const [key, view] of views) {
    const at = (row) => row.place === key;
    if (found) isAll &&= put(view, "finding", found.findings.filter((row) => at(row) && row.waived_because === null), found.texts[key]);
    if (said) isAll = put(view, "thread", said.threads.filter((row) => at(row) && row.open), said.texts[key]) && isAll;
    count(view, key);
  }
  tries = isAll ? 0 : tries + 1;
  if (!isAll && tries < MOST_TRIES) soon(AGAIN);
}

function soon(pause = PAUSE) {
  clearTimeout(timer);
  timer = setTimeout(refresh, pause);
}

function waive({ fingerprint, rule }, reason) {
  const address = `${root.dataset.findings}${fingerprint}/waive/`;
  window.htmx.ajax("POST", address, { source: root, target: "#standing", swap: "outerMorph", values: { rule, reason, csrfmiddlewaretoken: document.querySelector("[name=csrfmiddlewaretoken]").value } }).then(() => soon(0));
}

function openThread(id) {
  const thread = document.getElementById(`thread-${id}`);
  if (!thread) return;
  thread.tabIndex = -1;
  thread.scrollIntoView({ block: "center" });
  thread.focus({ preventScroll: true });
}

function step(view, way) {
  const marks = all(view.state, "finding"), { from } = view.state.selection.main;
  if (!marks.length) return false;
  const next = way > 0 ? marks.find((mark) => mark.from > from) ?? marks[0] : marks.findLast((mark) => mark.from < from) ?? marks.at(-1);
  const says = `Finding ${marks.indexOf(next) + 1} of ${marks.length}. ${next.row.severity}: ${next.row.message} Alt Enter opens it.`;
  view.dispatch({ selection: { anchor: next.from, head: next.to }, scrollIntoView: true, effects: EditorView.announce.of(says) });
  view.focus();
  open(view, next.from, false);
  return true;
}

function clicked(event, view) {
  const at = view.posAtCoords({ x: event.clientX, y: event.clientY });
  if (at === null || !view.state.selection.main.empty || !event.target.closest?.(".cm-finding, .cm-thread")) return close(view);
  const threads = all(view.state, "thread", at);
  if (threads.length && !all(view.state, "finding", at).length) openThread(threads[0].row.id);
  else open(view, at, false);
}

// What an editor needs to show marks.
export const marking = () => [
  ...fields,
  cards({ waive, openThread }),
  EditorView.domEventHandlers({ click: (event, view) => { clicked(event, view); } }),
  Prec.high(keymap.of([
    { key: "F8", run: (view) => step(view, 1), shift: (view) => step(view, -1), preventDefault: true },
    { key: "Alt-Enter", run: (view) => open(view, view.state.selection.main.from, true) },
    { key: "Escape", run: (view) => { close(view); return false; } },
  ])),
];

export function mark(key, view) {
  views.set(key, view);
  soon(0);
}

export function listenMarking() {
  for (const name of ["input", "editor:merged"]) document.addEventListener(name, (event) => { if (event.target.closest?.("[data-section]")) soon(); });
  document.addEventListener("htmx:after:swap", () => soon(200));
  document.addEventListener("click", (event) => {
    const tool = event.target.closest?.("[data-md=finding]"), goes = event.target.closest?.("[data-thread-goes]");
    if (tool) step(tool.closest("[data-markdown-editor]").editor, 1);
    if (!goes) return;
    const id = Number(goes.closest("[data-thread]").dataset.thread);
    for (const view of views.values()) {
      const there = all(view.state, "thread").find((one) => one.row.id === id);
      if (!there) continue;
      event.preventDefault();
      view.dispatch({ selection: { anchor: there.from, head: there.to }, effects: EditorView.scrollIntoView(there.from, { y: "center" }) });
      view.focus();
    }
  });
}
