// The service worker: shows what is pushed, one notification for each incident, and acknowledges without opening a screen.
// It caches nothing: what Errata shows must be what is true now.
const ICON = "/static/icons/errata-192.png";

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

function read(data) {
  try {
    return data.json();
  } catch {
    // Browsers want to see a notification for every push, also for one that cannot be read.
    return { title: "Errata", body: "Something was pushed that cannot be read. Open Errata.", tag: "unreadable", url: "/" };
  }
}

function show(told) {
  const actions = told.acknowledge ? [{ action: "acknowledge", title: "Acknowledge" }] : [];
  return self.registration.showNotification(told.title, {
    body: told.body,
    tag: told.tag,
    renotify: true,
    requireInteraction: true,
    icon: ICON,
    badge: ICON,
    actions: [...actions, { action: "open", title: "Open" }],
    data: { url: told.url, acknowledge: told.acknowledge },
  });
}

function say(notification, title, body, isQuiet) {
  const { tag, data } = notification;
  const actions = [{ action: "open", title: "Open" }];
  return self.registration.showNotification(title, { body, tag, data, actions, icon: ICON, badge: ICON, silent: isQuiet });
}

async function acknowledge(notification) {
  try {
    const answer = await fetch(notification.data.acknowledge, { method: "POST", credentials: "omit" });
    if (!answer.ok) throw new Error(`answered ${answer.status}`);
    await say(notification, (await answer.text()).trim(), notification.title, true);
  } catch {
    await say(notification, "Not acknowledged", `Errata could not be reached: open it. ${notification.title}`, false);
  }
}

async function open(url) {
  const there = (await self.clients.matchAll({ type: "window" })).find((one) => one.url === new URL(url, self.location).href);
  return there ? there.focus() : self.clients.openWindow(url);
}

self.addEventListener("push", (event) => event.waitUntil(show(event.data ? read(event.data) : read({}))));

self.addEventListener("notificationclick", (event) => {
  const { notification, action } = event;
  notification.close();
  event.waitUntil(action === "acknowledge" && notification.data.acknowledge ? acknowledge(notification) : open(notification.data.url));
});
