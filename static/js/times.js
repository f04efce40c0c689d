// Keeps "11 min ago" true while a screen stays open. The words follow oncall/templatetags/wording.py.
const MINUTE = 60, HOUR = 3600, DAY = 86400, WEEK = 604800;

function words(at, now) {
  const seconds = (now - at) / 1000;
  const span = Math.abs(seconds);
  if (span < MINUTE) return seconds >= 0 ? "just now" : "in a moment";
  if (span >= WEEK) return null;
  const [size, unit] = [[DAY, "d"], [HOUR, "h"], [MINUTE, "min"]].find(([step]) => span >= step);
  const count = `${Math.floor(span / size)}\u00a0${unit}`;
  return seconds >= 0 ? `${count} ago` : `in ${count}`;
}

function refresh() {
  if (document.hidden) return;
  const now = Date.now();
  for (const time of document.querySelectorAll("time[data-relative]")) {
    const text = words(Date.parse(time.dateTime), now);
    if (text && text !== time.textContent) time.textContent = text;
  }
}

setInterval(refresh, 20_000);
document.addEventListener("visibilitychange", refresh);
