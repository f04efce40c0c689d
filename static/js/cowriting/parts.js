// Timeline, causes, action items and header, changed by somebody: fetched anew when nothing unsaved is typed in them,
// else only said, so that nothing typed goes.
const waiting = new Map();

const isTyped = (part) => part.contains(document.activeElement) && document.activeElement.matches("input, textarea, select")
  || [...part.querySelectorAll("input:not([type=hidden]), textarea, select")].some((field) =>
    field.matches("select") ? [...field.options].some((option) => option.selected !== option.defaultSelected)
      : ["checkbox", "radio"].includes(field.type) ? field.checked !== field.defaultChecked : field.value !== field.defaultValue);

function offer(part, who, reload) {
  let note = part.querySelector(":scope > [data-changed-by]");
  if (!note) {
    note = document.createElement("p");
    note.className = "changed-by";
    note.dataset.changedBy = "";
    note.setAttribute("role", "status");
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button is-small";
    button.textContent = "Show what is saved";
    button.addEventListener("click", reload);
    note.append(document.createElement("span"), button);
    part.querySelector("h2").after(note);
  }
  note.firstElementChild.textContent = `Changed by ${who}.`;
}

export function followParts(shared, root) {
  const load = (name) => window.htmx.ajax("GET", root.dataset.parts.replace("PART", name) + (name === "timeline" ? location.search : ""), { target: document.getElementById(name), swap: "outerMorph" });
  shared.addEventListener("changed", ({ detail }) => {
    for (const name of detail.changed) {
      clearTimeout(waiting.get(name));
      waiting.set(name, setTimeout(() => {
        const part = document.getElementById(name);
        if (!part) return;
        if (isTyped(part)) { if (String(detail.by) !== root.dataset.writer) offer(part, detail.name, () => load(name)); }
        else load(name);
      }, 300));
    }
  });
}
