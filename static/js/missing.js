// Where something is still missing before a review: counted at each part in the list of parts, and in all.
function count() {
  const standing = document.getElementById("standing"), found = new Map();
  const places = standing?.dataset.missingAt.split(" ").filter(Boolean) ?? [];
  for (const place of places) {
    const part = document.getElementById(place)?.closest(".writing-section")?.id;
    if (part) found.set(part, (found.get(part) ?? 0) + 1);
  }
  for (const link of document.querySelectorAll(".writing .toc a")) {
    const many = found.get(link.hash.slice(1));
    link.querySelector(".toc-missing")?.remove();
    if (!many) continue;
    const mark = Object.assign(document.createElement("span"), { className: "toc-missing num", textContent: many });
    mark.append(Object.assign(document.createElement("span"), { className: "visually-hidden", textContent: " missing" }));
    link.append(" ", mark);
  }
  const all = document.querySelector("[data-missing-count]");
  all.textContent = places.length;
  all.hidden = !places.length;
}
document.addEventListener("htmx:after:swap", count);
count();

// A part that was chosen from the sheet is what is to be seen.
document.getElementById("parts")?.addEventListener("click", (event) => {
  if (event.target.closest("a")) event.currentTarget.hidePopover();
});
