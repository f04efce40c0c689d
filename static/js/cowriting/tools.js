// Tools that only the shared editor has: a picture from the disk, with what it shows, and the beginning of a mention.
import { startCompletion } from "../../vendor/editor/editor.js";

function mention(view) {
  const { from, to } = view.state.selection.main, before = view.state.sliceDoc(Math.max(0, from - 1), from);
  const insert = /[\p{L}\d/.]/u.test(before) ? " @" : "@";
  view.dispatch({ changes: { from, to, insert }, selection: { anchor: from + insert.length }, userEvent: "input.type" });
  view.focus();
  startCompletion(view);
}

export function listenTools() {
  const dialog = document.getElementById("picture"), form = dialog.querySelector("form");
  let box = null;
  for (const tool of document.querySelectorAll(".md-editor.is-live [data-md=picture], .md-editor.is-live [data-md=mention]")) tool.hidden = false;
  document.addEventListener("click", (event) => {
    const tool = event.target.closest?.(".is-live [data-md=picture], .is-live [data-md=mention]");
    if (!tool) return;
    box = tool.closest("[data-markdown-editor]");
    if (tool.dataset.md === "mention") return mention(box.editor);
    form.reset();
    dialog.showModal();
    form.elements.picture.focus();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const [file] = form.elements.picture.files, alt = form.elements.alt.value.trim();
    dialog.close();
    box.editor.focus();
    box.dispatchEvent(new CustomEvent("picture:chosen", { bubbles: true, detail: { file, alt } }));
  });
}
