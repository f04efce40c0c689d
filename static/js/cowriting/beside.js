// What stands beside the text reaches into it: pictures that were sent (pasting.js), findings and their mends (findings.js).
const editorIn = (place) => place?.querySelector?.("[data-markdown-editor]")?.editor;

function put(view, from, to, insert) {
  view.dom.parentElement.dispatchEvent(new Event("editor:step"));
  view.dispatch({ changes: { from, to, insert }, selection: { anchor: from + insert.length }, scrollIntoView: true, userEvent: "input" });
  view.focus();
}

// The words nearest to where they stood when the text was read: what was typed meanwhile moves them.
function find(text, words, start) {
  let best = -1;
  for (let at = text.indexOf(words); at >= 0; at = text.indexOf(words, at + 1)) {
    if (best < 0 || Math.abs(at - start) < Math.abs(best - start)) best = at;
  }
  return best;
}

export function listenBeside() {
  document.addEventListener("picture", (event) => {
    const view = editorIn(event.target);
    if (!view) return;
    event.preventDefault();
    const { from, to } = view.state.selection.main;
    put(view, from, to, `${from && view.state.sliceDoc(from - 1, from) !== "\n" ? "\n\n" : ""}${event.detail.markdown}\n`);
  });
  document.addEventListener("errata:finding", (event) => {
    const view = editorIn(event.target), { words, start, offer } = event.detail;
    const at = view ? find(view.state.doc.toString(), words, start) : -1;
    if (at < 0) return;
    event.preventDefault();
    if (offer !== undefined) return put(view, at, at + words.length, offer);
    view.dispatch({ selection: { anchor: at, head: at + words.length }, scrollIntoView: true });
    view.focus();
  });
}
