"""Windows of several people on one editor, and their hands: typing that knows what it typed."""

from contextlib import contextmanager

from tests.browsing import window


class Hand:
    """One person in one window; `refused` collects what the console said."""

    def __init__(self, browser, stack, user, coe, **given):
        self.stack, self.user, self.coe, self.refused = stack, user, coe, []
        self.context = window(browser, base_url=stack.url, **given)
        self.sign_in()
        self.page = self.open()

    def sign_in(self):
        session = self.stack.session_of(self.user)
        self.context.add_cookies([{"name": "sessionid", "value": session, "url": self.stack.url}])
        return session

    def open(self):
        page = self.context.new_page()
        page.set_default_timeout(15_000)
        page.on("console", lambda message: message.type == "error" and self.refused.append(message.text))
        page.on("pageerror", lambda error: self.refused.append(str(error)))
        page.goto(f"/coes/{self.coe.pk}/edit/")
        page.locator("#summary .cm-content").wait_for()
        return page

    def editor(self, key="summary"):
        return self.page.locator(f"#{key} .cm-content")

    def state(self, key="summary"):
        return self.page.locator(f"#{key} [data-autosave-state]")

    def type(self, words, key="summary"):
        """At the end of a section."""
        self.editor(key).focus()
        self.page.keyboard.press("Control+End")
        self.page.keyboard.type(words)

    def text(self, key="summary"):
        return self.page.evaluate(
            "key => document.querySelector(`#${key} [data-markdown-editor]`).editor.state.doc.toString()", key
        )

    def close(self):
        self.context.close()


@contextmanager
def hands(*opened):
    """Close what was opened."""
    try:
        yield opened
    finally:
        for hand in opened:
            hand.close()
