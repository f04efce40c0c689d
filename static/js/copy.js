// data-copy="text" or data-copy-from="#id" on a button: puts it on the clipboard and says so.
function textOf(button) {
  const source = button.dataset.copyFrom && document.querySelector(button.dataset.copyFrom);
  return source ? source.value ?? source.textContent.trim() : button.dataset.copy;
}

function tell(text, tone) {
  document.dispatchEvent(new CustomEvent("toast", { detail: { text, tone } }));
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy], [data-copy-from]");
  if (!button) return;
  try {
    await navigator.clipboard.writeText(textOf(button));
    tell("Copied.", "success");
  } catch {
    // Refused by the browser, or the screen is not served over HTTPS.
    tell("This browser does not allow copying here: select the text and copy it by hand.", "warning");
  }
});
