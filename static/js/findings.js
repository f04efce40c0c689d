// Findings beside the text: what was opened stays open when they are read again, a finding leads to its words, and what
// it offers is put into the text that is on the screen. Without this the link goes to the place and the server mends.
const opened = new Set();
document.addEventListener("click", (event) => {
  const fold = event.target.closest?.("summary")?.parentElement;
  if (!fold?.matches("[data-keeps-open]")) return;
  // The browser turns it after this.
  if (fold.open) opened.delete(fold.id);
  else opened.add(fold.id);
});
function keep() {
  for (const id of opened) {
    const fold = document.getElementById(id);
    // Only what is shut: setting it again would be seen as a change, for ever.
    if (fold && !fold.open) fold.open = true;
  }
}
const aside = document.getElementById("standing")?.parentElement;
if (aside) new MutationObserver(keep).observe(aside, { childList: true, subtree: true, attributeFilter: ["open"] });

// The words nearest to where they stood when the text was read: what was typed meanwhile moves them.
function find(text, words, start) {
  let best = -1;
  for (let at = text.indexOf(words); at >= 0; at = text.indexOf(words, at + 1)) {
    if (best < 0 || Math.abs(at - start) < Math.abs(best - start)) best = at;
  }
  return best;
}

function fieldOf(place, words) {
  const fields = document.getElementById(place)?.querySelectorAll("textarea, input[type=text]") ?? [];
  return [...fields].find((field) => field.offsetParent !== null && field.value.includes(words));
}

// Where the text area became an editor of the shared text, the words are chosen and written there.
function viewOf(place, words) {
  const view = document.getElementById(place)?.querySelector("[data-markdown-editor]")?.editor;
  return view?.state.doc.toString().includes(words) ? view : undefined;
}

function inView(place, words, start, offer) {
  const view = viewOf(place, words);
  if (!view) return false;
  const from = find(view.state.doc.toString(), words, start), to = from + words.length;
  if (offer === undefined) view.dispatch({ selection: { anchor: from, head: to }, scrollIntoView: true });
  else view.dispatch({ changes: { from, to, insert: offer }, selection: { anchor: from + offer.length } });
  view.focus();
  return true;
}

// Another editor that shows the text in its own way listens for `errata:finding` at the place and prevents the default.
function told(place, detail) {
  const target = document.getElementById(place);
  return target && !target.dispatchEvent(new CustomEvent("errata:finding", { bubbles: true, cancelable: true, detail }));
}

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[data-finding-words]");
  if (!link) return;
  const { findingPlace: place, findingWords: words, findingStart: start } = link.dataset;
  if (told(place, { words, start: Number(start) }) || inView(place, words, Number(start))) return event.preventDefault();
  document.querySelector(`[id="${CSS.escape(place)}"] > details`)?.setAttribute("open", "");
  const field = fieldOf(place, words);
  if (!field) return;
  event.preventDefault();
  const at = find(field.value, words, Number(start));
  field.scrollIntoView({ block: "center" });
  field.focus({ preventScroll: true });
  field.setSelectionRange(at, at + words.length);
});

document.addEventListener("submit", (event) => {
  const { findingOffer: offer, findingPlace: place, findingWords: words, findingStart: start } = event.target.dataset;
  if (offer === undefined) return;
  if (told(place, { words, start: Number(start), offer }) || inView(place, words, Number(start), offer)) return event.preventDefault();
  const field = fieldOf(place, words);
  if (!field) return;
  event.preventDefault();
  const at = find(field.value, words, Number(start));
  field.setRangeText(offer, at, at + words.length, "end");
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.focus();
});
