// Pictures pasted or dropped on an element with data-pictures="<address>" are sent there. The element is then told by an
// event "picture" with detail.markdown: an editor that inserts it itself calls preventDefault(); else it goes into the
// textarea. While sending, and when refused, the element says so below itself.
const TYPES = /^image\/(png|jpe?g|webp|gif|svg\+xml)$/;
let latest = null;

const pictures = (transfer) => [...(transfer?.files ?? [])].filter((file) => TYPES.test(file.type));

function say(place, text, isBad = false) {
  let state = place.parentElement.querySelector(":scope > .picture-state");
  if (!state) {
    state = document.createElement("span");
    state.setAttribute("role", "status");
    place.after(state);
  }
  state.className = `picture-state${isBad ? " is-bad" : ""}`;
  state.textContent = text;
}

function insert(place, markdown) {
  const event = new CustomEvent("picture", { bubbles: true, cancelable: true, detail: { markdown } });
  if (!place.dispatchEvent(event)) return;
  const box = place.matches("textarea") ? place : place.querySelector("textarea");
  if (!box) return;
  const [start, end] = [box.selectionStart, box.selectionEnd];
  const before = start && box.value[start - 1] !== "\n" ? "\n\n" : "";
  box.setRangeText(`${before}${markdown}\n`, start, end, "end");
  box.dispatchEvent(new Event("input", { bubbles: true }));
}

function send(place, file, alt = "") {
  return new Promise((done) => {
    const asked = new XMLHttpRequest(), body = new FormData();
    body.append("picture", file, file.name || "pasted");
    if (alt) body.append("alt", alt);
    asked.open("POST", place.dataset.pictures);
    asked.setRequestHeader("Accept", "application/json");
    asked.setRequestHeader("X-CSRFToken", document.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "");
    asked.upload.onprogress = (event) => say(place, `Sending ${file.name}: ${Math.round((100 * event.loaded) / event.total)} %`);
    asked.onload = () => {
      let said = {};
      try {
        said = JSON.parse(asked.responseText);
      } catch {
        // A lost session or a proxy answers with a page: the sentence below is all that can be said.
      }
      if (asked.status === 200 && said.markdown) {
        insert(place, said.markdown);
        say(place, `${file.name} is in the text.${alt ? "" : " Say between the brackets what it shows."}`);
      } else say(place, said.sentence ?? "The picture was not taken. Load the screen again, then try once more.", true);
      done();
    };
    asked.onerror = () => { say(place, "The picture was not sent: no connection.", true); done(); };
    asked.send(body);
  });
}

async function take(event, transfer) {
  const place = event.target.closest?.("[data-pictures]");
  const files = place ? pictures(transfer) : [];
  if (!files.length) return;
  event.preventDefault();
  event.stopPropagation();
  place.classList.remove("is-over");
  for (const file of files) await send(place, file);
}

// A picture that was chosen, with what it shows (static/js/cowriting/tools.js).
document.addEventListener("picture:chosen", (event) => send(event.target.closest("[data-pictures]"), event.detail.file, event.detail.alt));

// First of all listeners: an editor would paste the name of the file.
document.addEventListener("paste", (event) => take(event, event.clipboardData), true);
document.addEventListener("drop", (event) => take(event, event.dataTransfer), true);
document.addEventListener("dragover", (event) => {
  const place = event.target.closest?.("[data-pictures]");
  if (!place || !event.dataTransfer?.types.includes("Files")) return;
  event.preventDefault();
  place.classList.add("is-over");
}, true);
document.addEventListener("dragleave", (event) => event.target.closest?.("[data-pictures]")?.classList.remove("is-over"), true);

// "Insert into the text": into the text that was written in last.
document.addEventListener("focusin", (event) => { latest = event.target.closest?.("[data-pictures]") ?? latest; });
document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-inserts]");
  const place = latest?.isConnected ? latest : document.querySelector("[data-pictures]");
  if (!button || !place) return;
  insert(place, button.dataset.inserts);
  place.scrollIntoView({ block: "center" });
});

function dress() {
  for (const button of document.querySelectorAll("[data-inserts]")) button.hidden = false;
}
dress();
document.addEventListener("htmx:after:swap", dress);
