// <form data-push="/profile/push/key/" data-worker="/service-worker.js" hidden>: a button that asks for permission, has the
// browser subscribe, and sends the form with what the browser gave. Without push in this browser the form stays hidden.
const form = document.querySelector("form[data-push]");

function tell(text) {
  document.dispatchEvent(new CustomEvent("toast", { detail: { text, tone: "warning" } }));
}

function bytesOf(text) {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}

async function serverKey() {
  const body = new FormData(form);
  const answer = await fetch(form.dataset.push, { method: "POST", body });
  if (!answer.ok) throw new Error(`Errata answered ${answer.status}.`);
  return bytesOf((await answer.json()).key);
}

async function subscribe() {
  await navigator.serviceWorker.register(form.dataset.worker);
  const registration = await navigator.serviceWorker.ready;
  const applicationServerKey = await serverKey();
  // One that was made with another key of the installation would never ring.
  await (await registration.pushManager.getSubscription())?.unsubscribe();
  return registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey });
}

async function turnOn(button) {
  if ((await Notification.requestPermission()) !== "granted") {
    tell("This browser may not show notifications of Errata. Allow them in its settings, then try again.");
    return;
  }
  button.disabled = true;
  try {
    const { endpoint, keys } = (await subscribe()).toJSON();
    for (const [name, value] of Object.entries({ endpoint, ...keys })) {
      if (form.elements[name]) form.elements[name].value = value;
    }
    form.submit();
  } catch (error) {
    button.disabled = false;
    tell(`This browser could not turn push on: ${error.message}`);
  }
}

if (form && "serviceWorker" in navigator && "PushManager" in window && "Notification" in window) {
  form.hidden = false;
  const button = form.querySelector("[data-push-button]");
  button.addEventListener("click", () => turnOn(button));
}
