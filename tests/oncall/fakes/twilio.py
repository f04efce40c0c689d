"""Twilio on a local port: takes messages and calls as its REST API does, and talks back signed, as its servers do."""

import hashlib
import hmac
import json
import re
import threading
from base64 import b64decode, b64encode
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from urllib.parse import parse_qsl, urlencode, urlsplit
from xml.etree import ElementTree

ACCOUNT, TOKEN, NUMBER = f"AC{'0' * 32}", "the-auth-token-nobody-may-see", "+15005550006"
RESOURCE = re.compile(rf"/2010-04-01/Accounts/{ACCOUNT}/(Messages|Calls)\.json")
PREFIX = {"Messages": "SM", "Calls": "CA"}


def error(status, code, words):
    """An answer as Twilio gives it when it does not take something."""
    more = f"https://www.twilio.com/docs/errors/{code}"
    return status, json.dumps({"code": code, "message": words, "more_info": more, "status": status}).encode()


class Api(BaseHTTPRequestHandler):
    """Checks credentials and fields, keeps what it takes; answers with the server's `answer` when it is set."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.release.wait(30)
        status, words = self._judge(dict(parse_qsl(body)))
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Retry-After", "1")
        self.send_header("Content-Length", str(len(words)))
        self.end_headers()
        with suppress(ConnectionError):  # whoever asked has read enough
            self.wfile.write(words)

    def _judge(self, fields):
        found = RESOURCE.fullmatch(self.path)
        scheme, _, credentials = self.headers.get("Authorization", "").partition(" ")
        if scheme != "Basic" or b64decode(credentials).decode() != f"{ACCOUNT}:{TOKEN}":
            return error(401, 20003, "Authenticate")
        if found is None:
            return error(404, 20404, "The requested resource was not found")
        self.server.asked += 1
        if self.server.answer:
            return self.server.answer
        if not re.fullmatch(r"\+[1-9]\d{6,14}", fields.get("To", "")):
            return error(400, 21211, f"Invalid 'To' Phone Number: {fields.get('To')}")
        return self._take(found[1], fields)

    def _take(self, kind, fields):
        fields["sid"] = f"{PREFIX[kind]}{next(self.server.numbers):032x}"
        (self.server.messages if kind == "Messages" else self.server.calls).append(fields)
        return 201, json.dumps({"sid": fields["sid"], "status": "queued", "error_code": None}).encode()

    def log_message(self, *args):
        """Stay quiet."""


class Twilio(ThreadingHTTPServer):
    """On a free local port; a context manager."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Api)
        self.messages, self.calls, self.answer, self.asked, self.numbers = [], [], None, 0, count(1)
        self.release = threading.Event()
        self.release.set()
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02})

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self.release.set()
        self.shutdown()
        self._thread.join()
        self.server_close()

    def use(self, settings):
        """Make the installation of the test one of this account."""
        settings.ERRATA_ALLOWED_NETWORKS = ["127.0.0.0/8"]
        settings.ERRATA_TWILIO_URL = f"http://127.0.0.1:{self.server_port}"
        settings.ERRATA_TWILIO_ACCOUNT_SID, settings.ERRATA_TWILIO_AUTH_TOKEN = ACCOUNT, TOKEN
        settings.ERRATA_TWILIO_FROM = settings.ERRATA_TWILIO_VOICE_FROM = NUMBER


def signature(url, fields, token=TOKEN):
    """As https://www.twilio.com/docs/usage/security says."""
    text = url + "".join(f"{name}{fields[name]}" for name in sorted(fields))
    return b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()).decode()


def post(client, url, token=TOKEN, **fields):
    """Call one of our doors, signed."""
    body = urlencode(fields)
    form = "application/x-www-form-urlencoded"
    headers = {"X-Twilio-Signature": signature(url, fields, token)}
    return client.post(urlsplit(url).path, body, content_type=form, headers=headers)


def write(client, text, *, sender, sid="SM1", token=TOKEN):
    """Somebody writes an SMS to our number; the answer to the call."""
    url = "http://testserver/talk/twilio/sms/"
    return post(client, url, token, MessageSid=sid, AccountSid=ACCOUNT, From=sender, To=NUMBER, Body=text)


def written_back(answer):
    """The SMS that Twilio sends for this answer; None when it sends none."""
    assert answer.status_code == 200, answer.content
    return ElementTree.fromstring(answer.content).findtext("Message")


def report(client, taken, **fields):
    """Say what became of a message or call."""
    return post(client, taken["StatusCallback"], AccountSid=ACCOUNT, **fields)


def pick_up(client, call):
    """Somebody answers the phone: the words they hear and the address that their keys go to."""
    return heard(post(client, call["Url"], CallSid=call["sid"], CallStatus="in-progress"))


def press(client, call, key):
    """Press a key in a call; the words that are heard then."""
    _, action = pick_up(client, call)
    return heard(post(client, action, CallSid=call["sid"], Digits=key))[0]


def heard(answer):
    """What a voice says for this answer, and where a key leads, if one is asked for."""
    assert answer.status_code == 200, answer.content
    gather = ElementTree.fromstring(answer.content).find("Gather")
    return spoken(answer.content), gather.get("action") if gather is not None else None


def spoken(document):
    """The words of a document that a voice reads."""
    return " ".join(say.text for say in ElementTree.fromstring(document).iter("Say"))
