// What was typed and is not acknowledged yet, kept in this browser per person and document, and forgotten once it is.
const opening = new Promise((resolve) => {
  try {
    const request = indexedDB.open("errata-typed", 1);
    request.onupgradeneeded = () => request.result.createObjectStore("updates", { autoIncrement: true }).createIndex("place", "place");
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => resolve(null);
  } catch {
    resolve(null); // forbidden in this browser: the screen says that nothing is kept
  }
});

const done = (request, otherwise) => new Promise((resolve) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => resolve(otherwise);
});

const encode = (bytes) => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
const decode = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

export class Kept {
  constructor(place) {
    this.place = place;
    this.isPossible = true;
  }

  // Resolves to the name under which it is kept, null when this browser keeps nothing.
  async add(update) {
    const database = await opening;
    const name = database && await done(database.transaction("updates", "readwrite").objectStore("updates").add({ place: this.place, update }), null);
    this.isPossible = name !== null;
    return name;
  }

  async all() {
    const database = await opening;
    if (!database) return [];
    const index = database.transaction("updates").objectStore("updates").index("place");
    const [names, values] = await Promise.all([done(index.getAllKeys(this.place), []), done(index.getAll(this.place), [])]);
    const found = names.map((name, at) => ({ name, update: values[at].update }));
    const last = this.#mirrored();
    return last ? [...found, { name: null, update: last }] : found;
  }

  async forget(names) {
    const database = await opening;
    if (!database) return;
    const store = database.transaction("updates", "readwrite").objectStore("updates");
    for (const name of names) if (name !== null) store.delete(name);
  }

  // The tab closes now and the other store may be too late: this one is written before it is gone.
  mirror(update) {
    try {
      if (update) localStorage.setItem(`errata:typed:${this.place}`, encode(update));
      else localStorage.removeItem(`errata:typed:${this.place}`);
    } catch {
      // Full or forbidden: the other store has all but the last moment.
    }
  }

  #mirrored() {
    try {
      const text = localStorage.getItem(`errata:typed:${this.place}`);
      return text && decode(text);
    } catch {
      return null; // forbidden or not ours
    }
  }
}
