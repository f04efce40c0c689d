// Where others are within a section: their cursor with the name, and what they have selected.
import { Decoration, StateEffect, ViewPlugin, WidgetType, Y } from "../../vendor/editor/editor.js";

const moved = StateEffect.define();
export const toneOf = (user) => `writer-${user.id % 6}`;

class Cursor extends WidgetType {
  constructor(user) { super(); this.user = user; }
  eq(other) { return other.user.id === this.user.id && other.user.name === this.user.name; }
  toDOM() {
    const mark = document.createElement("span"), name = document.createElement("span");
    mark.className = `writer-cursor ${toneOf(this.user)}`;
    mark.setAttribute("aria-hidden", "true");
    name.className = "writer-name";
    name.textContent = this.user.name;
    mark.append("\u2060", name);
    return mark;
  }
  ignoreEvent() { return true; }
}

export function cursors(shared, key) {
  const { awareness, doc } = shared, text = doc.getText(key);
  const place = (position) => {
    const found = position && Y.createAbsolutePositionFromRelativePosition(Y.createRelativePositionFromJSON(position), doc);
    return found?.type === text ? found.index : null;
  };

  class Cursors {
    constructor(view) {
      this.view = view;
      this.heard = ({ added, updated, removed }) => {
        if ([...added, ...updated, ...removed].some((id) => id !== doc.clientID)) setTimeout(() => this.view && this.view.dispatch({ effects: moved.of(null) }));
      };
      awareness.on("change", this.heard);
      this.decorations = this.drawn();
    }

    destroy() { awareness.off("change", this.heard); this.view = null; }

    update(update) {
      if (update.selectionSet || update.focusChanged || update.docChanged) this.tell(update);
      if (update.docChanged || update.transactions.some((one) => one.effects.some((effect) => effect.is(moved)))) this.decorations = this.drawn();
    }

    tell({ view, state }) {
      const mine = awareness.getLocalState()?.cursor;
      if (!view.hasFocus) {
        if (mine?.key === key) awareness.setLocalStateField("cursor", null);
        return;
      }
      const { anchor, head } = state.selection.main;
      const cursor = { key, anchor: Y.createRelativePositionFromTypeIndex(text, anchor), head: Y.createRelativePositionFromTypeIndex(text, head) };
      if (JSON.stringify(cursor) !== JSON.stringify(mine)) awareness.setLocalStateField("cursor", cursor);
    }

    drawn() {
      const found = [], { length } = this.view.state.doc;
      for (const [id, { cursor, user } = {}] of awareness.getStates()) {
        if (id === doc.clientID || !user || cursor?.key !== key) continue;
        const anchor = place(cursor.anchor), head = place(cursor.head);
        if (anchor === null || head === null || Math.max(anchor, head) > length) continue;
        if (anchor !== head) found.push(Decoration.mark({ class: `writer-selection ${toneOf(user)}` }).range(Math.min(anchor, head), Math.max(anchor, head)));
        found.push(Decoration.widget({ widget: new Cursor(user), side: head > anchor ? -1 : 1 }).range(head));
      }
      return Decoration.set(found, true);
    }
  }
  return ViewPlugin.fromClass(Cursors, { decorations: (plugin) => plugin.decorations });
}
