// Writing a COE: Alt with an arrow key presses the button of a cause that moves it. htmx keeps the focus where it is.
document.addEventListener("keydown", (event) => {
  if (!event.altKey || event.ctrlKey || event.metaKey) return;
  const button = event.target.closest?.("[data-cause]")?.querySelector(`[data-alt="${event.key}"]`);
  if (!button) return;
  event.preventDefault();
  if (!button.disabled) button.click();
});

// Enter in the one line of a cause saves it, as in a field of one line; its text holds no line ends.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.isComposing || !event.target.matches?.(".cause-form textarea")) return;
  event.preventDefault();
  const form = event.target.form;
  form.requestSubmit(form.querySelector('[value="save"]') ?? form.querySelector("[type=submit]"));
});

// A link to a line or an action item opens what it stands in.
function openPlace() {
  document.getElementById(decodeURIComponent(location.hash.slice(1)))?.querySelector(":scope > details")?.setAttribute("open", "");
}
addEventListener("hashchange", openPlace);
openPlace();
