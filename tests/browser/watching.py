"""A page that is watched: what runs in it, what its policy reports, whom it asks. It asserts nothing."""

from urllib.parse import urlsplit

# Runs before every page and in every frame: what a payload calls, and what the policy reports.
WATCH = """() => {
  window.ran = [];
  for (const name of ["alert", "confirm", "prompt", "print"]) {
    window[name] = (...said) => window.ran.push(`${name}(${said})`);
  }
  document.addEventListener("securitypolicyviolation", (event) =>
    window.ran.push(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
}"""
# What a person's pointer and keyboard would set off, also in what is folded away.
POKE = """() => {
  for (const one of document.querySelectorAll("details")) one.open = true;
  for (const one of document.querySelectorAll("body *")) {
    const names = ["mouseover", "pointerenter", "focus", "toggle", "animationstart"];
    for (const name of names) one.dispatchEvent(new Event(name));
  }
  for (const one of document.querySelectorAll("a[href], area[href], use[href], form[action], [formaction]")) {
    for (const name of ["href", "action", "formaction"]) {
      const href = one.getAttribute(name);
      if (href === null) continue;
      // A relative address in a file that was saved leads nowhere; it is no script.
      const scheme = URL.canParse(href, location) ? new URL(href, location).protocol : "nowhere:";
      if (!/^(https?|mailto|tel|file|nowhere|about):/.test(scheme)) window.ran.push(`link to ${href}`);
    }
  }
}"""
# As a form of the page would send it: the token of the page, the fields, one file if there is one.
SEND = """async ([action, fields, file]) => {
  const form = document.createElement("form");
  form.method = "post"; form.action = action; form.enctype = "multipart/form-data";
  const token = document.querySelector("[name=csrfmiddlewaretoken]").value;
  for (const [name, value] of [["csrfmiddlewaretoken", token], ...Object.entries(fields)]) {
    const field = document.createElement("textarea");
    field.name = name; field.value = value;
    form.append(field);
  }
  if (file) {
    const chosen = new DataTransfer();
    chosen.items.add(new File([Uint8Array.from(atob(file.data), (sign) => sign.charCodeAt(0))], file.name));
    const input = document.createElement("input");
    input.type = "file"; input.name = file.field; input.files = chosen.files;
    form.append(input);
  }
  document.body.append(form);
  form.submit();
}"""


class Watched:
    """One page of a browser and everything suspicious that happened in it since `forget`."""

    def __init__(self, context, home):
        context.add_init_script(f"({WATCH})()")
        self.page = context.new_page()
        # Screens of hundreds of payloads, also on a machine that is busy.
        self.page.set_default_timeout(120_000)
        self.home = urlsplit(home).netloc
        self.seen = []
        context.on("request", self._asked)
        self.page.on("dialog", self._spoke)

    def go(self, path):
        """Open an address; the status of its answer."""
        self.seen.clear()
        return self.page.goto(path).status

    def send(self, path, action, fields, file=None):
        """Send a form from the screen at `path`; the status of what is shown then."""
        self.go(path)
        with self.page.expect_navigation() as answer:
            self.page.evaluate(SEND, [action, fields, file])
        return answer.value.status

    def poked(self, wait=120):
        """Everything that ran, was reported or was asked for, after a person's pointer has been everywhere."""
        self.page.wait_for_load_state()
        self.page.evaluate(POKE)
        self.page.wait_for_timeout(wait)
        ran = [said for frame in self.page.frames for said in frame.evaluate("window.ran ?? []")]
        return ran + self.seen

    def _asked(self, request):
        place = urlsplit(request.url)
        if place.scheme not in {"data", "blob", "about", "file"} and place.netloc != self.home:
            self.seen.append(f"asked {request.url[:200]}")

    def _spoke(self, dialog):
        # Leaving a page with unsaved words may ask; nothing else may.
        if dialog.type != "beforeunload":
            self.seen.append(f"dialog {dialog.type} {dialog.message}")
        dialog.accept()
