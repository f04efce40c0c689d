// What is known already is put into the text by a button, at its end; the writer goes on from there.
function write(section, said) {
  const view = section.querySelector("[data-markdown-editor]")?.editor, field = section.querySelector("textarea[name=text]");
  const before = view ? view.state.doc.toString() : field.value, text = (before.trim() ? "\n\n" : "") + said;
  if (view) {
    view.dispatch({ changes: { from: before.length, insert: text }, selection: { anchor: before.length + text.length }, scrollIntoView: true });
    return view.focus();
  }
  field.value = before + text;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.focus();
}

for (const button of document.querySelectorAll("[data-take]")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    const known = button.closest("[data-known]");
    write(button.closest(".writing-section"), `${known.querySelector("[data-known-says]").textContent} `);
    known.hidden = true;
  });
}
