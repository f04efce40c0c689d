// One section: the text area becomes an editor of the shared text. The text area stays, always says the same, and tells
// of changes by "input", so that everything else on the screen need not know of the editor.
import { EditorState, EditorView, HighlightStyle, Prec, Y, autocompletion, completionKeymap, defaultKeymap, drawSelection, insertNewlineKeepIndent, keymap, markdown, markdownLanguage, syntaxHighlighting, tags, yCollab, yUndoManagerKeymap, ySyncAnnotation } from "../../vendor/editor/editor.js";
import { cursors } from "./cursors.js";
import { marking } from "./marking.js";
import { mentions } from "./mentions.js";

// The toolbar has these (static/js/markdown.js); what a new line takes away with it, blanks at its end, stays in prose.
const OURS = new Set(["Mod-i", "Mod-/", "Enter"]);
const LARGEST = 200_000, MOST_LINES = 5000;
const size = new TextEncoder();

const look = EditorView.theme({
  "&": { color: "var(--ink)", backgroundColor: "transparent" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--serif)", fontSize: "1.0625rem", lineHeight: "1.65", overflowX: "auto" },
  ".cm-content": { minHeight: "7rem", padding: "1.125rem 0.75rem 0.625rem", caretColor: "var(--ink)" },
  ".cm-line": { padding: "0" },
  ".cm-cursor": { borderLeftColor: "var(--ink)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": { background: "color-mix(in srgb, var(--accent) 25%, transparent)" },
  ".cm-tooltip": { color: "var(--ink)", backgroundColor: "var(--panel)", border: "1px solid var(--line-strong)", borderRadius: "var(--radius-2)", boxShadow: "var(--shadow-over)" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": { fontFamily: "var(--sans)", fontSize: "var(--size-2)" },
  ".cm-tooltip-autocomplete ul li[aria-selected]": { color: "var(--ink)", backgroundColor: "var(--accent-ground)" },
  ".cm-completionDetail": { color: "var(--ink-second)", fontStyle: "normal" },
});

const colours = HighlightStyle.define([
  { tag: tags.heading, fontWeight: "650" },
  { tag: tags.strong, fontWeight: "650" },
  { tag: tags.emphasis, fontStyle: "italic" },
  { tag: tags.strikethrough, textDecoration: "line-through" },
  { tag: [tags.link, tags.url], color: "var(--accent)" },
  { tag: tags.monospace, fontFamily: "var(--mono)", fontSize: "0.9375em" },
  { tag: [tags.processingInstruction, tags.contentSeparator], color: "var(--ink-third)" },
  { tag: tags.quote, color: "var(--ink-second)" },
]);

// What no section holds is not put in at all: it stays on the clipboard, and nothing here is lost.
const limits = (say) => EditorState.changeFilter.of((transaction) => {
  if (!transaction.docChanged || transaction.annotation(ySyncAnnotation) !== undefined) return true;
  const { newDoc, startState } = transaction;
  const isSmall = newDoc.length < LARGEST / 4 && newDoc.lines <= MOST_LINES;
  if (isSmall || newDoc.length <= startState.doc.length) return true;
  if (newDoc.lines <= MOST_LINES && size.encode(newDoc.toString()).length <= LARGEST) return true;
  say(`A section holds at most ${LARGEST / 1000} KB in ${MOST_LINES} lines. That was not put in: split it, or link the rest.`);
  return false;
});

const plain = (text) => text.replace(/\r\n?/g, "\n").replaceAll("\0", "");

export function editorOf(form, shared, say) {
  const key = form.dataset.section, area = form.querySelector("textarea"), text = shared.doc.getText(key);
  const box = area.closest("[data-markdown-editor]");
  const undo = new Y.UndoManager(text);
  let isOwn = false;
  const view = new EditorView({
    state: EditorState.create({
      doc: text.toString(),
      extensions: [
        EditorState.lineSeparator.of("\n"),
        EditorView.clipboardInputFilter.of(plain),
        limits(say),
        yCollab(text, null, { undoManager: undo }),
        cursors(shared, key),
        marking(),
        autocompletion({ override: [mentions(box.closest("[data-mentions]")?.dataset.mentions)], icons: false }),
        Prec.high(keymap.of([{ key: "Mod-s", run: () => true, preventDefault: true }])),
        keymap.of([...yUndoManagerKeymap, ...completionKeymap, { key: "Enter", run: insertNewlineKeepIndent, shift: insertNewlineKeepIndent }, ...defaultKeymap.filter(({ key }) => !OURS.has(key))]),
        markdown({ base: markdownLanguage, completeHTMLTags: false }),
        syntaxHighlighting(colours),
        EditorView.lineWrapping,
        drawSelection(),
        look,
        EditorView.contentAttributes.of({
          "aria-label": form.querySelector("label").textContent.trim(), ...(area.hasAttribute("aria-describedby") && { "aria-describedby": area.getAttribute("aria-describedby") }), spellcheck: "true", autocorrect: "on", autocapitalize: "sentences",
        }),
        EditorView.updateListener.of((update) => {
          if (!update.docChanged) return;
          area.value = update.state.doc.toString();
          isOwn = !update.transactions.some((one) => one.annotation(ySyncAnnotation));
          area.dispatchEvent(new Event(isOwn ? "input" : "editor:merged", { bubbles: true }));
        }),
      ],
    }),
    parent: box,
  });
  area.value = text.toString();
  area.hidden = true;
  box.classList.add("is-live");
  box.editor = view;
  // What a button does is undone for itself, not with what was typed before.
  box.addEventListener("editor:step", () => undo.stopCapturing());
  form.querySelector("label").addEventListener("click", (event) => { event.preventDefault(); view.focus(); });
  area.addEventListener("focus", () => view.focus());
  return view;
}
