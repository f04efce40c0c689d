// Forms with data-autosave save themselves a second after the last key. What could not be saved stays in this browser
// and is offered again when the form is opened. A form may be sent by its button at any time.
const PAUSE = 1000, RETRY = 10_000;
const timers = new WeakMap(), running = new WeakSet();

const placeOf = (form) => `errata:draft:${form.getAttribute("action") || location.pathname}`;
const textOf = (form) => JSON.stringify([...new FormData(form)].filter(([name, value]) => name !== "csrfmiddlewaretoken" && typeof value === "string"));

function say(form, text, isLost = false) {
  const state = form.querySelector("[data-autosave-state]");
  if (!state) return;
  state.textContent = text;
  state.classList.toggle("is-lost", isLost);
}

function keep(form) {
  try {
    localStorage.setItem(placeOf(form), textOf(form));
    return true;
  } catch {
    return false; // storage is full or forbidden: the screen says that nothing was kept
  }
}

function forget(form) {
  try {
    localStorage.removeItem(placeOf(form));
  } catch {
    // storage is forbidden: there is nothing to forget
  }
}

function kept(form) {
  try {
    return localStorage.getItem(placeOf(form));
  } catch {
    return null; // storage is forbidden: nothing was ever kept
  }
}

function later(form, pause) {
  clearTimeout(timers.get(form));
  timers.set(form, setTimeout(() => save(form), pause));
}

async function save(form) {
  if (!form.matches("[data-autosave]")) return; // an editor of the shared text took over meanwhile
  if (running.has(form)) return later(form, PAUSE);
  running.add(form);
  const sent = textOf(form);
  say(form, "Saving…");
  try {
    const headers = { "X-Autosave": "1", Accept: "application/json" };
    const answer = await fetch(form.action, { method: "POST", body: new FormData(form), headers, redirect: "error" });
    if (answer.status === 409) return say(form, "Not saved: somebody else saved meanwhile. Your text is kept in this browser.", true);
    if (answer.status === 422) return say(form, `Not saved: ${await refusal(answer)} ${keep(form) ? "What you typed is kept in this browser." : ""}`, true);
    if (!answer.ok) throw new Error(`answered ${answer.status}`);
    if (textOf(form) === sent) forget(form);
    const said = await adopt(form, answer);
    const clock = new Date().toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
    say(form, said ? `Saved ${clock}: ${said}` : `Saved ${clock}`);
  } catch {
    // No connection, a lost session, a restarting server: try again, the text is safe.
    say(form, keep(form) ? "Not saved. Kept in this browser; trying again." : "Not saved, and this browser keeps nothing: copy your text.", true);
    later(form, RETRY);
  } finally {
    running.delete(form);
  }
}

async function adopt(form, answer) {
  if (!answer.headers.get("Content-Type")?.includes("json")) return "";
  const { fields = {}, said = "" } = await answer.json();
  for (const [name, value] of Object.entries(fields)) {
    if (form.elements[name]) form.elements[name].value = value;
  }
  return said;
}

// The first sentence of why it cannot be saved as it stands.
async function refusal(answer) {
  const { errors = {} } = answer.headers.get("Content-Type")?.includes("json") ? await answer.json() : {};
  return Object.values(errors).flat()[0]?.message ?? "something in it cannot be saved.";
}

// What a person typed, without what the form only carries along: a save by the button raises `base` and nothing else.
const typed = (form, text) => JSON.stringify(JSON.parse(text).filter(([name]) => form.elements[name]?.type !== "hidden").map(([name, value]) => [name, value.trim()]));

function offer(form) {
  const text = kept(form);
  if (!text || typed(form, text) === typed(form, textOf(form))) return forget(form);
  for (const [name, value] of JSON.parse(text)) {
    const field = form.elements[name];
    // `base` comes back too: what was typed on an older state must not overwrite a newer one unseen.
    if (field && "value" in field && (name === "base" || !["hidden", "checkbox"].includes(field.type))) field.value = value;
  }
  say(form, "Text that was not saved last time is back. Saving…");
  later(form, PAUSE);
}

document.addEventListener("input", (event) => {
  const form = event.target.closest("form[data-autosave]");
  if (!form) return;
  keep(form);
  later(form, PAUSE);
});

// Sent by its button: the server has it now, or shows the form again with what was typed.
document.addEventListener("submit", (event) => {
  if (event.defaultPrevented || !event.target.matches("[data-autosave]")) return;
  clearTimeout(timers.get(event.target));
});
for (const form of document.querySelectorAll("form[data-autosave]")) offer(form);
