// data-confirm="What will happen." on a form or its button: asks before the form is sent, by htmx or by the browser.
// It listens while the event goes down the tree, so nobody else has seen it yet.
const dialog = document.getElementById("confirm");
const agreed = new WeakSet();

function ask(text, label, onYes) {
  dialog.querySelector("#confirm-text").textContent = text;
  const yes = dialog.querySelector("[data-confirm-yes]");
  yes.textContent = label;
  dialog.returnValue = "";
  dialog.addEventListener("close", () => { if (dialog.returnValue === "yes") onYes(); }, { once: true });
  dialog.showModal();
  dialog.querySelector("button").focus();
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  const text = event.submitter?.dataset.confirm ?? form.dataset.confirm;
  if (!text || agreed.delete(form)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const submitter = event.submitter;
  ask(text, submitter?.textContent.trim() || "Go on", () => {
    agreed.add(form);
    form.requestSubmit(submitter);
  });
}, { capture: true });
