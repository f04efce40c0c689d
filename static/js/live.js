// data-live="/live/incidents/7/": a stream of server-sent events. On "changed" the fragment at data-live-refresh is fetched
// and morphed into place, which keeps focus, typed text and open folds. Says so when the connection is lost.
// A stream ends now and then on purpose and is back after three seconds: only what lasts longer is a lost connection.
const GRACE = 6000, SLOWEST = 60_000;

function show(state) {
  const words = { live: "Live", lost: "Connection lost", waiting: "Connecting…" };
  for (const place of document.querySelectorAll("[data-connection]")) {
    place.hidden = false;
    place.className = `connection is-${state}`;
    if (place.textContent !== words[state]) place.textContent = words[state];
  }
}

function warn(isLost) {
  const banner = document.querySelector("[data-connection-banner]");
  if (!banner || banner.hidden === !isLost) return;
  banner.hidden = !isLost;
  const clock = new Date().toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
  if (isLost) banner.querySelector("[data-since]").textContent = `at ${clock}`;
}

class Stream {
  constructor(element) {
    this.element = element;
    this.id = element.id;
    this.isFetching = this.isStale = false;
    this.wasLost = false;
    this.pause = 5000;
    this.open();
  }

  open() {
    this.source = new EventSource(this.element.dataset.live);
    this.source.addEventListener("open", () => this.found());
    this.source.addEventListener("changed", () => this.refresh());
    this.source.addEventListener("error", () => this.lost());
  }

  found() {
    clearTimeout(this.timer);
    show("live");
    warn(false);
    // What happened while nobody listened is fetched now.
    if (this.wasLost) this.refresh();
    this.wasLost = false;
    this.pause = 5000;
  }

  lost() {
    if (!this.wasLost) this.timer = setTimeout(() => { show("lost"); warn(true); }, GRACE);
    this.wasLost = true;
    // The browser tries again by itself, except after an answer that was no stream.
    if (this.source.readyState !== EventSource.CLOSED) return;
    setTimeout(() => this.open(), this.pause);
    this.pause = Math.min(this.pause * 2, SLOWEST);
  }

  async refresh() {
    if (this.isFetching) { this.isStale = true; return; }
    this.isFetching = true;
    this.isStale = false;
    const target = this.id ? document.getElementById(this.id) : this.element;
    try {
      if (target) await window.htmx.ajax("GET", target.dataset.liveRefresh, { target, swap: "outerMorph" });
    } finally {
      this.isFetching = false;
      if (this.isStale) this.refresh();
    }
  }
}

const elements = document.querySelectorAll("[data-live]");
if (elements.length) show("waiting");
const streams = [...elements].map((element) => new Stream(element));
window.addEventListener("pagehide", () => { for (const stream of streams) stream.source.close(); });
// A screen the browser had kept comes back: listen again.
window.addEventListener("pageshow", (event) => { if (event.persisted) for (const stream of streams) { stream.wasLost = true; stream.open(); } });
