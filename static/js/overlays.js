// Dialogs (data-opens, data-closes) and menus (<details data-menu>): opening, closing, giving the focus back.
const isPlainClick = (event) => !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0;

function closeMenus(except = null) {
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    if (!menu.contains(except)) menu.open = false;
  }
}

function openDialog(event, opener) {
  const dialog = document.getElementById(opener.dataset.opens);
  if (!dialog || !isPlainClick(event)) return;
  event.preventDefault();
  closeMenus();
  dialog.showModal();
  dialog.querySelector("[autofocus], .dialog-body :is(input:not([type=hidden]), textarea, select)")?.focus();
}

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  if (opener) openDialog(event, opener);
  const closer = event.target.closest("[data-closes]");
  if (closer) closer.closest("dialog")?.close();
  // A press on the backdrop has the dialog itself as its target; one that began inside (selecting text) does not.
  if (event.target instanceof HTMLDialogElement && pressedOn === event.target) event.target.close();
  closeMenus(event.target);
  if (event.target.closest(".menu-list a, .menu-list [data-copy]")) closeMenus();
});

let pressedOn = null;
document.addEventListener("pointerdown", (event) => { pressedOn = event.target; });

document.addEventListener("keydown", (event) => {
  const menu = event.target.closest?.("details[data-menu][open]");
  if (event.key === "Escape" && menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
  if (menu && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
    event.preventDefault();
    const items = [...menu.querySelectorAll(".menu-item")];
    const step = event.key === "ArrowDown" ? 1 : -1;
    items[(items.indexOf(document.activeElement) + step + items.length) % items.length]?.focus();
  }
});

document.addEventListener("focusin", (event) => closeMenus(event.target));
