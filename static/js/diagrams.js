// In the closed page: draws what it is sent, sends back the drawing as text. It has no origin, no session, no network.
const LONGEST = 20000;
// A tag in a label is text: Mermaid would try it as markup before it cleans it. `<<interface>>`, `<|--` and `<br>` stay.
const TAG = /(?<!<)<(?!br\s*\/?>)(?=[a-z!/])/gi;

// A picture needs a size; a drawing has it in its view box.
function sized(svg) {
  const drawing = new DOMParser().parseFromString(svg, "image/svg+xml").documentElement;
  const [, , width, height] = (drawing.getAttribute("viewBox") ?? "0 0 640 320").split(/[\s,]+/);
  drawing.setAttribute("width", width);
  drawing.setAttribute("height", height);
  return new XMLSerializer().serializeToString(drawing);
}

window.addEventListener("message", async (event) => {
  const { id, source, dark } = event.data;
  try {
    if (source.length > LONGEST) throw new Error("too long");
    window.mermaid.initialize({
      startOnLoad: false,
      securityLevel: "strict",
      htmlLabels: false,
      flowchart: { htmlLabels: false },
      theme: dark ? "dark" : "neutral",
      fontFamily: "system-ui, sans-serif",
    });
    const { svg } = await window.mermaid.render(`diagram-${id}`, source.replace(TAG, "#lt;"));
    event.source.postMessage({ id, svg: sized(svg) }, "*");
  } catch (error) {
    event.source.postMessage({ id, error: String(error.message ?? error).slice(0, 300) }, "*");
  }
});
window.parent.postMessage({ ready: true }, "*");
