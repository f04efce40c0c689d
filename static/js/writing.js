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

// A title is one line, however many it takes on the screen: Enter does not break it, it saves itself.
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.isComposing && event.target.matches?.("#header textarea[name=title]")) event.preventDefault();
});

// Two versions of a section: what is made of them takes the place of what this browser kept, as autosave.js keeps it.
const settling = document.querySelector("form[data-settles]");
const place = settling && `errata:draft:${settling.getAttribute("action")}`;
settling?.addEventListener("submit", () => {
  const made = [...new FormData(settling)].filter(([name]) => name !== "csrfmiddlewaretoken");
  try {
    localStorage.setItem(place, JSON.stringify(made));
  } catch {
    // Storage is full or forbidden: the text is on its way all the same.
  }
});
document.querySelector("[data-drops]")?.addEventListener("click", () => {
  try {
    localStorage.removeItem(place);
  } catch {
    // Storage is forbidden: nothing was kept.
  }
});

// A link to a line or an action item opens what it stands in.
function openPlace() {
  document.getElementById(decodeURIComponent(location.hash.slice(1)))?.querySelector(":scope > details")?.setAttribute("open", "");
}
addEventListener("hashchange", openPlace);
openPlace();
