// <form data-reading>: the reader is open and seen for a while; then it is marked as read, once, without leaving the page.
const SEEN_SECONDS = 20;
const form = document.querySelector("form[data-reading]");
let seen = 0;

async function tell() {
  const answer = await fetch(form.action, { method: "POST", body: new FormData(form), headers: { "X-Requested-With": "errata" } });
  if (answer.status === 204) form.replaceWith(Object.assign(document.createElement("p"), { className: "row-note", textContent: "Marked as read" }));
}

if (form) {
  const clock = setInterval(() => {
    if (document.visibilityState !== "visible") return;
    seen += 1;
    if (seen < SEEN_SECONDS) return;
    clearInterval(clock);
    tell();
  }, 1000);
}
