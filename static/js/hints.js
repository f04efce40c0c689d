// data-hints-of="ID of a select" around elements with data-hint="value": only the hint of what is chosen is shown.
// Without this script all of them are.
for (const place of document.querySelectorAll("[data-hints-of]")) {
  const select = document.getElementById(place.dataset.hintsOf);
  if (!select) continue;
  place.dataset.follows = "";
  const show = () => {
    for (const hint of place.querySelectorAll("[data-hint]")) hint.hidden = hint.dataset.hint !== select.value;
  };
  select.addEventListener("change", show);
  show();
}
