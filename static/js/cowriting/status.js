// Says of every section whether what was typed is stored, and where it is while it is not.
const clock = () => new Date().toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });

function wordsOf(shared) {
  if (shared.state === "saving") return ["Saving…", false];
  if (shared.state === "saved") return [`Saved ${clock()}`, false];
  const isKept = shared.kept?.isPossible ? "kept in this browser" : "not kept anywhere: copy it";
  if (shared.state === "signed-out") return [`You are signed out. What you typed is ${isKept}. Sign in in another tab; it is saved then.`, true];
  if (shared.state === "refused") return [`Not saved: ${shared.refusal?.because ?? ""} What you typed is ${isKept}.`, true];
  return [`Offline: ${isKept}. It is saved once the connection is back.`, true];
}

export function statusOf(shared) {
  // What was not put in at all is said until the next key, whatever is stored meanwhile.
  const touched = new Set(), refused = new Set(), banner = document.querySelector("[data-cowriting-state]");
  const place = (form) => form.querySelector("[data-autosave-state]");
  const say = (form, sentence, isBad = true) => {
    place(form).textContent = sentence;
    place(form).classList.toggle("is-lost", isBad);
  };

  const show = () => {
    const [words, isBad] = wordsOf(shared);
    for (const form of touched) if (!refused.has(form)) say(form, words, isBad);
    if (shared.state === "saved") touched.clear();
    banner.hidden = !isBad;
    if (isBad && banner.firstElementChild.textContent !== words) banner.firstElementChild.textContent = words;
    banner.querySelector("[data-copy-all]").hidden = !(shared.state === "refused" && shared.hasUnsaved);
  };

  document.addEventListener("input", (event) => {
    const form = event.target.closest?.("form[data-section]");
    if (!form || form.hasAttribute("data-autosave")) return;
    touched.add(form);
    refused.delete(form);
    show();
  });
  banner.querySelector("[data-copy-all]").addEventListener("click", () => {
    const texts = [...touched].map((form) => `${form.querySelector("label").textContent.trim()}\n\n${form.elements.text.value}`);
    navigator.clipboard.writeText(texts.join("\n\n"));
  });
  shared.addEventListener("state", show);
  show();
  return (form, sentence) => { refused.add(form); say(form, sentence); };
}
