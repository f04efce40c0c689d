// What the writing screen uses of CodeMirror and Yjs, as one file. Our own code is in static/js/cowriting/.
export * as Y from "yjs";
export * as encoding from "lib0/encoding";
export * as decoding from "lib0/decoding";
export { Awareness, applyAwarenessUpdate, encodeAwarenessUpdate, removeAwarenessStates } from "y-protocols/awareness";
export { YSyncConfig, ySync, ySyncAnnotation, ySyncFacet, yUndoManagerKeymap, yCollab } from "y-codemirror.next";
export { Annotation, EditorSelection, EditorState, Prec, StateEffect, StateField } from "@codemirror/state";
export { Decoration, drawSelection, EditorView, keymap, placeholder, ViewPlugin, WidgetType, hoverTooltip, showTooltip } from "@codemirror/view";
export { defaultKeymap, insertNewlineKeepIndent } from "@codemirror/commands";
export { autocompletion, completionKeymap, startCompletion } from "@codemirror/autocomplete";
export { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
export { markdown, markdownLanguage } from "@codemirror/lang-markdown";
export { tags } from "@lezer/highlight";

import { StyleModule } from "style-mod";

// A <style> element would need an exception in our Content-Security-Policy; a constructed style sheet needs none.
const sheet = new CSSStyleSheet(), mounted = [];
StyleModule.mount = (root, modules) => {
  const fresh = [modules].flat().filter((module) => !mounted.includes(module));
  if (fresh.length) {
    mounted.push(...fresh);
    sheet.replaceSync(mounted.map((module) => module.getRules()).join("\n"));
  }
  if (!root.adoptedStyleSheets.includes(sheet)) root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
};
