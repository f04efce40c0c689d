// The card at a mark: what was found there with its reason and remedy, and what is said about the passage. It opens on
// hover, by a click and by keys; what is opened by keys takes the focus and gives it back.
import { StateEffect, StateField, hoverTooltip, showTooltip } from "../../vendor/editor/editor.js";
import { all } from "./marks.js";

const WEIGHTS = { must: "Must", should: "Should", consider: "Consider" };
const pin = StateEffect.define();

function element(tag, given = {}, ...children) {
  const made = Object.assign(document.createElement(tag), given);
  made.append(...children.filter((child) => child !== null));
  return made;
}

const button = (words, act, kind = "") => element("button", { type: "button", className: `button is-small ${kind}`, textContent: words, onclick: act });

export const close = (view) => view.dispatch({ effects: pin.of(null) });

function mend(view, { row }) {
  const mark = all(view.state, "finding").find((one) => one.row.fingerprint === row.fingerprint && one.row.start === row.start);
  close(view);
  view.focus();
  if (!mark || view.state.sliceDoc(mark.from, mark.to) !== row.words) return;
  view.dom.parentElement.dispatchEvent(new Event("editor:step"));
  view.dispatch({ changes: { from: mark.from, to: mark.to, insert: row.offer }, selection: { anchor: mark.from + row.offer.length }, userEvent: "input" });
}

function waiving(view, row, waive) {
  const field = element("input", { type: "text", maxLength: 300, required: true, name: "reason" });
  const form = element("form", { className: "card-waive", hidden: true }, element("label", {}, "Why it stands as it is", field), element("button", { type: "submit", className: "button is-small", textContent: "Waive" }));
  form.onsubmit = (event) => { event.preventDefault(); close(view); view.focus(); waive(row, field.value); };
  const opens = button("Waive", () => { form.hidden = false; field.focus(); }, "is-quiet");
  return [opens, form];
}

function findingPart(view, mark, waive) {
  const { row } = mark, [opens, form] = waiving(view, row, waive);
  return element("section", { className: `card-finding is-${row.severity}` },
    element("p", { className: "card-rule" }, element("strong", { textContent: WEIGHTS[row.severity] }), ` ${row.name}`),
    element("p", { className: "card-says", textContent: row.message }),
    element("p", { className: "card-why" }, `${row.why} `, element("cite", { textContent: row.source })),
    element("p", { className: "card-mend" }, element("strong", { textContent: "To mend it: " }), row.mend),
    element("div", { className: "card-tools" }, row.offer === null ? null : button(`Write “${row.offer}”`, () => mend(view, mark)), opens), form);
}

function threadPart(view, { row }, openThread) {
  const change = row.suggestion === null ? null : element("p", { className: "card-change" },
    element("span", { className: "visually-hidden", textContent: "Suggests instead of " }), element("del", { textContent: row.quote }),
    row.suggestion ? element("ins", { textContent: row.suggestion }) : null);
  return element("section", { className: "card-thread" },
    element("p", { className: "card-rule" }, element("strong", { textContent: row.suggestion === null ? "Comment" : "Suggestion" }), ` ${row.by}`),
    row.text ? element("p", { className: "card-says", textContent: row.text }) : null, change,
    element("div", { className: "card-tools" }, button("Open the thread", () => { close(view); openThread(row.id); })));
}

// What is at a place as a tooltip of the editor, null for nothing.
function cardAt(state, at, acts, isFocused = false) {
  const findings = all(state, "finding", at), threads = all(state, "thread", at), marks = [...findings, ...threads];
  if (!marks.length) return null;
  const create = (view) => {
    const dom = element("div", { className: "cm-card", role: "dialog" }, ...findings.map((mark) => findingPart(view, mark, acts.waive)), ...threads.map((mark) => threadPart(view, mark, acts.openThread)));
    dom.setAttribute("aria-label", "At this passage");
    dom.onkeydown = (event) => { event.stopPropagation(); if (event.key === "Escape") { event.preventDefault(); close(view); view.focus(); } };
    return { dom, mount: () => { if (isFocused) requestAnimationFrame(() => dom.querySelector("button")?.focus()); } };
  };
  return { pos: Math.min(...marks.map((mark) => mark.from)), end: Math.max(...marks.map((mark) => mark.to)), above: false, create };
}

export function cards(acts) {
  const pinned = StateField.define({
    create: () => null,
    update(card, { docChanged, effects, state }) {
      let now = docChanged ? null : card;
      for (const effect of effects) if (effect.is(pin)) now = effect.value && cardAt(state, effect.value.at, acts, effect.value.isFocused);
      return now;
    },
    provide: (field) => showTooltip.from(field),
  });
  const hovered = hoverTooltip((view, at) => (view.state.field(pinned) ? null : cardAt(view.state, at, acts)), { hideOnChange: true });
  return [pinned, hovered];
}

export function open(view, at, isFocused) {
  if (!all(view.state, "finding", at).length && !all(view.state, "thread", at).length) return false;
  view.dispatch({ effects: pin.of({ at, isFocused }) });
  return true;
}
