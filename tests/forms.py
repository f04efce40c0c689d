"""The forms of a screen as a browser finds them: where they go, and what each field holds. It asserts nothing."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

# Choices are not typed; everything else is.
CHOSEN = {"hidden", "checkbox", "radio", "select", "button", "file"}


@dataclass
class Field:
    """One field and what it holds; several of one name are several fields."""

    name: str
    kind: str
    value: str = ""
    is_sent: bool = True

    @property
    def is_typed(self):
        return self.kind not in CHOSEN


@dataclass
class Form:
    """One form that is sent by POST."""

    action: str
    fields: list[Field] = field(default_factory=list)

    def sent(self):
        """The pairs a browser would send."""
        return [(one.name, one.value) for one in self.fields if one.is_sent]

    def press(self):
        """Press the button that saves, else the first one."""
        buttons = [one for one in self.fields if one.kind == "button"]
        for one in sorted(buttons, key=lambda one: "save" not in {one.name, one.value})[:1]:
            one.is_sent = True

    def typed(self):
        """What each field that is typed holds."""
        return {one.name: one.value for one in self.fields if one.is_typed}


class Forms(HTMLParser):
    """Collects the forms of one screen."""

    def __init__(self, path):
        super().__init__()
        self.path, self.found, self._form, self._text = path, [], None, None

    def handle_starttag(self, tag, attrs):
        facts = {name: value or "" for name, value in attrs}
        if tag == "form":
            # htmx sends where its attribute says; both lead to the same view here.
            action = facts.get("action") or facts.get("hx-post") or self.path
            self._form = Form(action.split("?")[0])
            if facts.get("method", "").lower() == "post":
                self.found.append(self._form)
        elif self._form is not None and facts.get("name"):
            self._add(tag, facts)
        elif tag == "option" and self._text is not None:
            self._choose(facts)

    def _add(self, tag, facts):
        kind = facts.get("type", "text") if tag == "input" else tag
        if tag not in {"input", "textarea", "select", "button"} or facts["name"] == "csrfmiddlewaretoken":
            return
        is_sent = kind not in {"checkbox", "radio", "button", "file"} or "checked" in facts
        made = Field(facts["name"], kind, facts.get("value", "on" if kind == "checkbox" else ""), is_sent)
        self._form.fields.append(made)
        self._text = made if tag in {"textarea", "select"} else None

    def _choose(self, facts):
        if "selected" in facts or not self._text.value:
            self._text.value = facts.get("value", "")

    def handle_data(self, data):
        if self._text is not None and self._text.kind == "textarea":
            self._text.value += data

    def handle_endtag(self, tag):
        if tag in {"textarea", "select"} and self._text is not None:
            # The parser of HTML drops the line break right behind the opening tag.
            self._text.value = self._text.value.removeprefix("\n")
            self._text = None
        elif tag == "form":
            self._form = None


def forms_of(path, html):
    """The POST forms of this screen."""
    parser = Forms(path)
    parser.feed(html)
    return parser.found
