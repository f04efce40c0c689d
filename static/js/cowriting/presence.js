// Who else is here: in the head of the editor, and beside the heading of the section where each is.
import { toneOf } from "./cursors.js";

const initials = (name) => name.split(/\s+/).map((word) => word[0]).slice(0, 2).join("").toUpperCase();

function avatar(user, words) {
  const mark = document.createElement("span"), letters = document.createElement("span"), name = document.createElement("span");
  mark.className = `writer ${toneOf(user)}`;
  mark.title = words;
  letters.setAttribute("aria-hidden", "true");
  letters.textContent = initials(user.name);
  name.className = "visually-hidden";
  name.textContent = words;
  mark.append(letters, name);
  return mark;
}

export function presence(shared) {
  const { awareness, doc } = shared, head = document.querySelector("[data-writers]");
  const show = () => {
    const people = new Map();
    for (const [id, { user, cursor } = {}] of awareness.getStates()) {
      if (id === doc.clientID || !user) continue;
      const known = people.get(user.id) ?? { user, keys: new Set() };
      if (cursor) known.keys.add(cursor.key);
      people.set(user.id, known);
    }
    const all = [...people.values()].sort((one, other) => one.user.id - other.user.id);
    head.hidden = !all.length;
    head.querySelector("[data-people]").replaceChildren(...all.map(({ user }) => avatar(user, `${user.name} is here`)));
    for (const place of document.querySelectorAll("[data-writers-of]")) {
      place.replaceChildren(...all.filter(({ keys }) => keys.has(place.dataset.writersOf)).map(({ user }) => avatar(user, `${user.name} is writing here`)));
    }
  };
  awareness.on("change", show);
  awareness.setLocalStateField("cursor", null);
  show();
}
