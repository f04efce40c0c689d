// Marks in the text: what the linter found and where threads are. They follow edits; a finding whose own words change goes
// until it is read again. Marks are taken in only for the very text that the server read (its checksum is compared).
import { Decoration, EditorView, StateEffect, StateField } from "../../vendor/editor/editor.js";

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let sum = byte;
  for (let bit = 0; bit < 8; bit += 1) sum = sum & 1 ? (sum >>> 1) ^ 0xedb88320 : sum >>> 1;
  return sum;
});
const bytes = new TextEncoder();
// As zlib.crc32 has it; crypto.subtle is not there on an installation without TLS.
const checksum = (text) => (bytes.encode(text).reduce((sum, byte) => (sum >>> 8) ^ TABLE[(sum ^ byte) & 255], ~0) ^ ~0) >>> 0;

const kinds = {
  finding: { set: StateEffect.define(), classOf: (one) => `cm-finding is-${one.severity}`, isShort: true },
  thread: { set: StateEffect.define(), classOf: (one) => `cm-thread${one.suggestion === null ? "" : " is-suggestion"}`, isShort: false },
};

function isTouched(changes, from, to) {
  let touched = false;
  changes.iterChangedRanges((start, end) => { touched ||= start < to && end > from; });
  return touched;
}

for (const kind of Object.values(kinds)) {
  kind.field = StateField.define({
    create: () => Decoration.none,
    update(marks, { changes, docChanged, effects }) {
      let now = marks;
      if (docChanged) {
        if (kind.isShort) now = now.update({ filter: (from, to) => !isTouched(changes, from, to) });
        now = now.map(changes);
      }
      for (const effect of effects) if (effect.is(kind.set)) now = effect.value;
      return now;
    },
    provide: (field) => EditorView.decorations.from(field),
  });
}

export const fields = Object.values(kinds).map((kind) => kind.field);

// Whether the text on the screen is the text that was read, and the marks are in it now.
export function put(view, name, rows, sum) {
  const { doc } = view.state, { set, classOf } = kinds[name];
  if (sum === undefined) return rows.length === 0;
  if (checksum(doc.toString().trimEnd()) !== sum) return false;
  const fit = rows.filter((row) => row.start !== null && row.end > row.start && row.end <= doc.length);
  const sure = name === "thread" ? fit : fit.filter((row) => doc.sliceString(row.start, row.end) === row.words);
  view.dispatch({ effects: set.of(Decoration.set(sure.map((row) => Decoration.mark({ class: classOf(row), row }).range(row.start, row.end)), true)) });
  return true;
}

// Every mark of a kind, as {from, to, row}, in the order of the text; `at` takes those that hold a place.
export function all(state, name, at = null) {
  const found = [];
  state.field(kinds[name].field).between(at ?? 0, at ?? state.doc.length, (from, to, { spec }) => { found.push({ from, to, row: spec.row }); });
  return found;
}
