// <a href="#add-line" data-fills="2026-11-16T12:30">: opens the form there and puts the time into its first field.
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[data-fills]");
  const place = link && document.querySelector(link.getAttribute("href"));
  if (!place) return;
  event.preventDefault();
  place.open = true;
  const [time] = place.querySelectorAll('input[type="datetime-local"]');
  time.value = link.dataset.fills;
  place.querySelector("textarea").focus();
});
