// The shared document of a COE: sends what is typed, one packet at a time, keeps it until the server has stored it, and
// takes in what others type. Loses nothing when the connection, the session or the server goes.
import { Awareness, Y, applyAwarenessUpdate, decoding, encodeAwarenessUpdate, encoding, removeAwarenessStates } from "../../vendor/editor/editor.js";
import { Kept } from "./kept.js";

const SYNC = 0, AWARENESS = 1, STEP1 = 0, STEP2 = 1, UPDATE = 2;
const SIGNED_OUT = 4401, NOT_ALLOWED = 4403, NOT_THERE = 4404;
const SHORTEST = 400, LONGEST = 8000, SIGNED_OUT_PAUSE = 4000, SILENT = 45_000;

export class Shared extends EventTarget {
  constructor(address, place) {
    super();
    Object.assign(this, { address, place, doc: new Y.Doc(), waiting: [], flying: null, kept: null, refusal: null });
    Object.assign(this, { isSynced: false, wasOpened: false, closedBy: 0, pause: SHORTEST, line: Promise.resolve() });
    this.awareness = new Awareness(this.doc);
    this.doc.on("update", (update, origin) => { if (origin !== this) this.#typed(update, origin); });
    this.awareness.on("update", ({ added, updated, removed }, origin) => { if (origin !== this) this.#tellPresence([...added, ...updated, ...removed]); });
    addEventListener("online", () => this.#soon(0));
    addEventListener("offline", () => this.socket?.close());
    addEventListener("focus", () => { if (this.closedBy === SIGNED_OUT) this.#soon(0); });
    addEventListener("pagehide", () => this.kept?.mirror(this.#unsaved()));
    addEventListener("beforeunload", (event) => { if (this.#unsaved() && !this.kept?.isPossible) event.preventDefault(); });
    setInterval(() => { if (this.socket?.readyState === 1 && Date.now() - this.heardAt > SILENT) this.socket.close(); }, 5000);
    this.#open();
  }

  get state() {
    if (this.refusal) return "refused";
    if (!this.isSynced) return this.closedBy === SIGNED_OUT ? "signed-out" : [NOT_ALLOWED, NOT_THERE].includes(this.closedBy) ? "refused" : "offline";
    return this.waiting.length || this.flying ? "saving" : "saved";
  }

  get hasUnsaved() { return Boolean(this.waiting.length || this.flying); }

  #open() {
    clearTimeout(this.timer);
    if (this.socket && this.socket.readyState < 2) return;
    const socket = new WebSocket(this.address);
    socket.binaryType = "arraybuffer";
    this.socket = socket;
    this.heardAt = Date.now();
    // In the order in which they came, although reading what this browser kept takes a moment.
    socket.onmessage = ({ data }) => { this.heardAt = Date.now(); this.line = this.line.then(() => socket === this.socket && this.#hear(data)); };
    socket.onclose = ({ code, reason }) => this.#closed(socket, code, reason);
  }

  #soon(pause) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.#open(), pause);
  }

  #closed(socket, code, reason) {
    if (socket !== this.socket) return;
    this.isSynced = false;
    this.closedBy = code;
    this.#land(false);
    removeAwarenessStates(this.awareness, [...this.awareness.states.keys()].filter((id) => id !== this.doc.clientID), this);
    if (code === NOT_ALLOWED || code === NOT_THERE) this.refusal = { because: reason || "You may not edit this COE any more.", isFinal: true };
    else this.#soon(code === SIGNED_OUT ? SIGNED_OUT_PAUSE : this.pause * (0.75 + Math.random() / 2));
    this.pause = Math.min(this.pause * 2, LONGEST);
    this.#show();
  }

  // The packet on its way has arrived, or is to be sent once more.
  #land(isStored) {
    const landed = this.flying ?? [];
    this.flying = null;
    if (isStored) this.#forget(landed);
    else this.waiting = [...landed, ...this.waiting];
  }

  async #forget(entries) {
    if (!this.hasUnsaved) this.kept.mirror(null);
    await this.kept.forget(await Promise.all(entries.map((entry) => entry.name)));
  }

  #typed(update, origin) {
    this.waiting.push({ update, name: origin?.name ?? this.kept?.add(update) ?? null });
    if (this.refusal && !this.refusal.isFinal) { this.refusal = null; this.needsAll = true; }
    this.#flush();
    this.#show();
  }

  #flush() {
    if (!this.isSynced || this.flying || this.refusal || !this.waiting.length) return;
    [this.flying, this.waiting] = [this.waiting, []];
    const packet = this.needsAll ? Y.encodeStateAsUpdate(this.doc, this.theirs) : Y.mergeUpdates(this.flying.map((entry) => entry.update));
    this.needsAll = false;
    this.#send(UPDATE, packet);
  }

  #send(kind, data) {
    const encoder = encoding.createEncoder();
    encoding.writeVarUint(encoder, SYNC);
    encoding.writeVarUint(encoder, kind);
    encoding.writeVarUint8Array(encoder, data);
    this.#push(encoding.toUint8Array(encoder));
  }

  #push(bytes) { if (this.socket.readyState === 1) this.socket.send(bytes); }

  #tellPresence(clients) {
    if (!this.isSynced || !clients.includes(this.doc.clientID)) return;
    const encoder = encoding.createEncoder();
    encoding.writeVarUint(encoder, AWARENESS);
    encoding.writeVarUint8Array(encoder, encodeAwarenessUpdate(this.awareness, [this.doc.clientID]));
    this.#push(encoding.toUint8Array(encoder));
  }

  async #hear(data) {
    if (typeof data === "string") return this.#hearWords(JSON.parse(data));
    const decoder = decoding.createDecoder(new Uint8Array(data));
    if (decoding.readVarUint(decoder) === AWARENESS) return applyAwarenessUpdate(this.awareness, decoding.readVarUint8Array(decoder), this);
    const kind = decoding.readVarUint(decoder), payload = decoding.readVarUint8Array(decoder);
    if (kind === STEP1) this.#answerWithAll(payload);
    else Y.applyUpdate(this.doc, payload, this);
    if (kind === STEP2) this.#synced();
  }

  // The server says what it has; it gets the rest in one piece.
  #answerWithAll(theirs) {
    this.theirs = theirs;
    this.#land(false);
    if (this.refusal?.isFinal) this.refusal = null;
    [this.flying, this.waiting] = [this.waiting, []];
    this.#send(STEP2, Y.encodeStateAsUpdate(this.doc, theirs));
    this.#send(STEP1, Y.encodeStateVector(this.doc));
  }

  #synced() {
    this.isSynced = this.wasOpened = true;
    this.closedBy = 0;
    this.pause = SHORTEST;
    this.#tellPresence([this.doc.clientID]);
    this.dispatchEvent(new Event("synced"));
    this.#flush();
    this.#show();
  }

  async #hearWords(words) {
    if (words.document) await this.#know(words.document);
    else if (words.saved) { this.#land(true); this.#flush(); }
    else if (words.missing) this.#land(false);
    else if (words.refused) { this.#land(false); this.refusal = { because: words.because, isFinal: words.is_final }; }
    else if (words.changed) this.dispatchEvent(new CustomEvent("changed", { detail: words }));
    this.#show();
  }

  // Which document this is; what this browser kept of it is typed anew.
  async #know(name) {
    if (this.kept) return;
    this.kept = new Kept(`${this.place}:${name}`);
    for (const { name: place, update } of await this.kept.all()) {
      const before = this.waiting.length;
      Y.applyUpdate(this.doc, update, { name: place });
      if (this.waiting.length === before) this.waiting.push({ update, name: place });
    }
  }

  #unsaved() {
    const entries = [...(this.flying ?? []), ...this.waiting];
    return entries.length ? Y.mergeUpdates(entries.map((entry) => entry.update)) : null;
  }

  #show() { this.dispatchEvent(new Event("state")); }
}
