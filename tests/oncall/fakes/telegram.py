"""Telegram's Bot API as far as we use it. It minds what Telegram minds."""

import re
import time
from html import unescape
from itertools import count

from tests.oncall.fakes.chat import FakeChat, caller

TOKEN, SECRET = "123456:ABC-DEF_test", "a-secret-of-the-webhook"
CHAT, GROUP = 7001, -100200300
number = count(1)
TAG = re.compile(r"</?(?:b|i|a|code)>")


class FakeTelegram(FakeChat):
    """`chats` are those that the bot may write to."""

    def __init__(self):
        super().__init__()
        self.chats = {str(CHAT), str(GROUP)}

    @property
    def sent(self):
        return self.bodies("/sendMessage")

    def answer(self, path, headers, body):
        if not path.startswith(f"/bot{TOKEN}/"):
            return error(401, "Unauthorized")
        if str(body.get("chat_id")) not in self.chats:
            return error(400, "Bad Request: chat not found")
        if wrong := minds(body):
            return error(400, f"Bad Request: {wrong}")
        return 200, {"ok": True, "result": {"message_id": len(self.calls), "date": int(time.time())}}


def error(code, description, **parameters):
    """How Telegram refuses."""
    return code, {"ok": False, "error_code": code, "description": description, "parameters": parameters}


def minds(body):
    """What Telegram would say of the message, if anything."""
    if "<" in TAG.sub("", body["text"]):
        return "can't parse entities: unsupported start tag"
    shown = shown_in(body)
    if not 1 <= len(shown.encode("utf-16-le")) // 2 <= 4096:
        return "message is too long" if shown else "message text is empty"
    for button in (one for row in body["reply_markup"]["inline_keyboard"] for one in row):
        if ("url" in button) == ("callback_data" in button):
            return "inline keyboard button must have one kind of action"
        if "callback_data" in button and not 1 <= len(button["callback_data"].encode()) <= 64:
            return "BUTTON_DATA_INVALID"
        if "url" in button and "." not in button["url"]:
            return "inline keyboard button URL is invalid: wrong HTTP URL"
    return None


def shown_in(body):
    """The text as people read it."""
    return unescape(TAG.sub("", body["text"]))


def buttons(body):
    return [one["text"] for row in body["reply_markup"]["inline_keyboard"] for one in row]


def use(settings, fake):
    """Send to the fake, and accept its calls."""
    settings.ERRATA_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    settings.ERRATA_TELEGRAM_URL = fake.url
    settings.ERRATA_TELEGRAM_BOT_TOKEN, settings.ERRATA_TELEGRAM_SECRET = TOKEN, SECRET


def update(facts, *, secret=SECRET, update_id=None):
    """POST an update as Telegram does."""
    body = {"update_id": update_id or next(number), **facts}
    headers = {"X-Telegram-Bot-Api-Secret-Token": secret}
    return caller().post("/talk/telegram/", body, content_type="application/json", headers=headers)


def press(data, *, by=CHAT, chat=CHAT, **how):
    """Somebody presses a button below a message."""
    message = {"message_id": 5, "date": int(time.time()), "chat": chat_of(chat), "text": "…"}
    query = {"id": "99", "from": {"id": by, "is_bot": False, "first_name": "A"}, "message": message, "data": data}
    return update({"callback_query": query}, **how)


def write(text, *, by=CHAT, chat=CHAT, **how):
    """Somebody writes to the bot, or in a group where it is."""
    message = {"message_id": 6, "date": int(time.time()), "chat": chat_of(chat), "from": {"id": by}, "text": text}
    return update({"message": message}, **how)


def chat_of(chat):
    return {"id": chat, "type": "private" if chat > 0 else "supergroup"}
