// Writing a COE together. Without this, or without a connection, the forms save themselves as autosave.js does; with it
// the sections become editors of one shared text, and the rest of the screen follows what others change.
import { listenBeside } from "./beside.js";
import { editorOf } from "./editors.js";
import { listenMarking, mark } from "./marking.js";
import { followParts } from "./parts.js";
import { presence } from "./presence.js";
import { previews } from "./previews.js";
import { Shared } from "./shared.js";
import { listenTools } from "./tools.js";
import { statusOf } from "./status.js";

const root = document.querySelector("[data-cowriting]");
const scheme = location.protocol === "https:" ? "wss:" : "ws:";

// What was typed into the text area before the editor took its place, put where it was typed.
function carryOver(form, shared) {
  const area = form.querySelector("textarea"), text = shared.doc.getText(form.dataset.section);
  const [was, is, now] = [area.defaultValue, area.value, text.toString()];
  if (was === is) return;
  let from = 0, end = 0;
  while (from < Math.min(was.length, is.length) && was[from] === is[from]) from += 1;
  while (end < Math.min(was.length, is.length) - from && was[was.length - 1 - end] === is[is.length - 1 - end]) end += 1;
  const typed = is.slice(from, is.length - end);
  const isSame = now.trimEnd() === was.trimEnd();
  shared.doc.transact(() => {
    if (isSame) text.delete(from, Math.min(was.length - end, text.length) - from);
    if (typed) text.insert(isSame ? Math.min(from, text.length) : text.length, isSame ? typed : `\n\n${typed}`);
  });
}

function upgrade(shared) {
  const say = statusOf(shared);
  for (const form of document.querySelectorAll("form[data-section]")) {
    // What this browser kept of an older state is settled side by side: nothing is merged unseen.
    if (form.elements.base.value !== form.dataset.edits) continue;
    carryOver(form, shared);
    form.removeAttribute("data-autosave");
    try { localStorage.removeItem(`errata:draft:${form.getAttribute("action")}`); } catch { /* forbidden: nothing was kept */ }
    form.querySelector("[type=submit]").hidden = true;
    form.addEventListener("submit", (event) => event.preventDefault());
    mark(form.dataset.section, editorOf(form, shared, (sentence) => say(form, sentence)));
  }
  listenBeside();
  listenMarking();
  listenTools();
  presence(shared);
  previews();
}

if (root) {
  const shared = new Shared(`${scheme}//${location.host}${root.dataset.cowriting}`, root.dataset.place);
  shared.addEventListener("synced", () => upgrade(shared), { once: true });
  followParts(shared, root);
}
