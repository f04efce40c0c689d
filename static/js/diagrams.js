// In the closed page: draws what it is sent, sends back the drawing as text. It has no origin, no session, no network.
const LONGEST = 20000;

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
    const { svg } = await window.mermaid.render(`diagram-${id}`, source);
    event.source.postMessage({ id, svg }, "*");
  } catch (error) {
    event.source.postMessage({ id, error: String(error.message ?? error).slice(0, 300) }, "*");
  }
});
window.parent.postMessage({ ready: true }, "*");
