// Shortcuts: Ctrl-K and / search, ? lists them, "g" then a letter goes to a place, j and k walk the rows of a list.
let waiting = 0;

const isTyping = (target) => target.closest("input, textarea, select, [contenteditable]") !== null;

function openShortcuts() {
  const dialog = document.getElementById("shortcuts");
  if (dialog && !dialog.open) dialog.showModal();
}

function focusSearch() {
  const box = document.querySelector("[data-search]");
  if (!box) return;
  box.focus();
  box.select();
}

function walk(step) {
  const links = [...document.querySelectorAll("[data-rows] .row-title, [data-rows] tbody a:first-of-type")];
  if (!links.length) return;
  const now = links.indexOf(document.activeElement);
  const next = now === -1 ? (step > 0 ? 0 : links.length - 1) : Math.min(Math.max(now + step, 0), links.length - 1);
  links[next].focus();
  links[next].scrollIntoView({ block: "nearest" });
}

function goTo(letter) {
  document.querySelector(`[data-key="g ${CSS.escape(letter)}"]`)?.click();
}

document.addEventListener("keydown", (event) => {
  const isSearch = (event.ctrlKey || event.metaKey) && !event.shiftKey && event.key.toLowerCase() === "k";
  if (isSearch) {
    event.preventDefault();
    focusSearch();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  if (document.querySelector("dialog[open]")) return;
  if (waiting && performance.now() - waiting < 1500) {
    waiting = 0;
    goTo(event.key);
    return;
  }
  const known = { "/": focusSearch, "?": openShortcuts, j: () => walk(1), k: () => walk(-1) };
  if (event.key === "g") {
    waiting = performance.now();
  } else if (known[event.key]) {
    event.preventDefault();
    known[event.key]();
  }
});

for (const key of document.querySelectorAll(".search kbd")) {
  if (/Mac|iPhone|iPad/.test(navigator.platform)) key.textContent = "⌘ K";
}
