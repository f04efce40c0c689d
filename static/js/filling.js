// <a href="#add-line" data-fills="2026-11-16 12:30" data-near="7">: opens the form there, puts the time into its first
// field, and says beside which line it is added, so that a time without a date is of that day. In a gap the time is the
// first thing to correct: its clock is selected.
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[data-fills]");
  const place = link && document.querySelector(link.getAttribute("href"));
  if (!place) return;
  event.preventDefault();
  place.open = true;
  const at = place.querySelector('input[name="at"]');
  at.value = link.dataset.fills;
  place.querySelector('input[name="near"]').value = link.dataset.near ?? "";
  const isGap = link.closest(".gap-question") !== null;
  (isGap ? at : place.querySelector("textarea")).focus();
  if (isGap) at.setSelectionRange(at.value.indexOf(" ") + 1, at.value.length);
});
