// The line that sums up a folded form says what its fields say, as soon as they do.
const words = {
  owner: (value) => value.replace(/\s*<[^>]*>\s*$/, ""),
  due_on: (value) => new Date(`${value}T00:00Z`).toLocaleDateString("en-GB", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" }),
};

function sum(event) {
  const field = event.target, fold = field.closest?.("[data-summed]");
  if (!fold || !field.name) return;
  const value = (field.selectedOptions?.[0]?.textContent ?? field.value).trim();
  const said = fold.querySelector(`[data-sums="${CSS.escape(field.name)}"]`), lacks = fold.querySelector(`[data-lacks="${CSS.escape(field.name)}"]`);
  if (said && (value || lacks)) said.textContent = value && (words[field.name]?.(value) ?? value);
  if (!lacks) return;
  if (said) said.hidden = !value;
  lacks.hidden = Boolean(value);
}
document.addEventListener("input", sum);
document.addEventListener("change", sum);
