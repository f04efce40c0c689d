// The preview follows what is typed; on a wide screen it stands beside the section one writes in.
import { draw } from "../drawing.js";

const PAUSE = 500, WIDE = matchMedia("(min-width: 100rem)");

export function previews() {
  let timer;
  const refresh = (section) => section.querySelector("[role=tab][hx-post]")?.dispatchEvent(new Event("livepreview"));
  const look = (section) => {
    const panel = section.querySelector(".writing-preview");
    if (!panel || panel.hidden) return;
    clearTimeout(timer);
    timer = setTimeout(() => refresh(section), PAUSE);
  };
  for (const name of ["input", "editor:merged"]) {
    document.addEventListener(name, (event) => { const section = event.target.closest?.(".writing-section"); if (section) look(section); });
  }
  document.addEventListener("htmx:after:swap", () => {
    for (const panel of document.querySelectorAll(".writing-preview")) draw(panel, panel.closest("[data-diagrams]").dataset.diagrams);
  });
  document.addEventListener("focusin", (event) => {
    const section = event.target.closest?.(".writing-section");
    if (!WIDE.matches || !section?.querySelector(".cm-editor") || section.classList.contains("is-beside")) return;
    for (const other of document.querySelectorAll(".writing-section.is-beside")) {
      other.classList.remove("is-beside");
      other.querySelector("[role=tab]").click();
    }
    section.classList.add("is-beside");
    section.querySelector(".writing-preview").hidden = false;
    refresh(section);
  });
}
