// Alt with an arrow key presses the button that moves the row one is in; htmx gives the focus back by its id.
document.addEventListener("keydown", (event) => {
  if (!event.altKey || event.ctrlKey || event.metaKey) return;
  const button = event.target.closest?.("[data-movable]")?.querySelector(`[data-alt="${event.key}"]`);
  if (!button) return;
  event.preventDefault();
  if (button.disabled) return;
  button.focus();
  button.click();
});
