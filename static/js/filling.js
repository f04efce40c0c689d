// <a href="#add-line" data-fills="2026-11-16 12:30" data-near="7">: opens the form there, puts the time into its first
// field, and says beside which line it is added, so that a time without a date is of that day.
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[data-fills]");
  const place = link && document.querySelector(link.getAttribute("href"));
  if (!place) return;
  event.preventDefault();
  place.open = true;
  place.querySelector('input[name="at"]').value = link.dataset.fills;
  place.querySelector('input[name="near"]').value = link.dataset.near ?? "";
  place.querySelector("textarea").focus();
});
