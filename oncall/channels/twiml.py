"""TwiML, the XML in which Twilio is told what to say, to ask and to write back.

It decides the form. What is said is decided by its callers.
"""

from xml.etree.ElementTree import Element, SubElement, tostring

# Seconds of silence after which what can be pressed is said again.
WAIT = 6
# How often a call says it, before it hangs up: a voice mailbox would listen for ever.
TIMES = 3


def document(*verbs: Element) -> str:
    """The whole document; without verbs Twilio does nothing more."""
    root = Element("Response")
    root.extend(verbs)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{tostring(root, encoding="unicode")}'


def say(text: str) -> Element:
    """Read it aloud."""
    found = Element("Say", language="en-GB")
    found.text = _writable(text)
    return found


def message(text: str) -> Element:
    """Write it back as an SMS."""
    found = Element("Message")
    found.text = _writable(text)
    return found


def hang_up() -> Element:
    """End the call."""
    return Element("Hangup")


def ask(text: str, action: str) -> list[Element]:
    """Read it aloud and wait for one key, a few times over; the key is posted to the action."""
    asked = []
    for _ in range(TIMES):
        # An empty finishOnKey makes "#" a key like any other.
        gather = Element("Gather", numDigits="1", timeout=str(WAIT), finishOnKey="", action=action, method="POST")
        SubElement(gather, "Say", language="en-GB").text = _writable(text)
        asked.append(gather)
    return [*asked, say("Nothing was pressed. Good-bye."), hang_up()]


def _writable(text: str) -> str:
    """Without the characters that XML 1.0 cannot hold, section 2.2."""
    return "".join(
        one
        for one in text
        if one in "\t\n\r" or " " <= one <= "\ud7ff" or "\ue000" <= one <= "\ufffd" or one > "\uffff"
    )
