// Writing a COE: Alt with an arrow key presses the button of a cause that moves it. htmx keeps the focus where it is.
document.addEventListener("keydown", (event) => {
  if (!event.altKey || event.ctrlKey || event.metaKey) return;
  const button = event.target.closest?.("[data-cause]")?.querySelector(`[data-alt="${event.key}"]`);
  if (!button) return;
  event.preventDefault();
  if (!button.disabled) button.click();
});

// A link to a line or an action item opens what it stands in.
function openPlace() {
  document.getElementById(decodeURIComponent(location.hash.slice(1)))?.querySelector(":scope > details")?.setAttribute("open", "");
}
addEventListener("hashchange", openPlace);
openPlace();
