"""Providers that tests send to: a webhook receiver and a mail server that answer late, wrongly or not at all."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from aiosmtpd.smtp import SMTP

from config.mail_catcher import MailCatcher


class Receiver(BaseHTTPRequestHandler):
    """Keeps what is posted; answers with the server's `answer` and `words`, after `release` is set."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.received.append((dict(self.headers), body))
        self.server.release.wait(30)
        self.send_response(self.server.answer)
        self.send_header("Location", "http://127.0.0.1:1/")
        self.send_header("Content-Length", str(len(self.server.words)))
        self.end_headers()
        self.wfile.write(self.server.words)

    def log_message(self, *args):
        """Stay quiet."""


class WebhookServer(ThreadingHTTPServer):
    """On a free local port; a context manager."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Receiver)
        self.received, self.answer, self.words = [], 200, b""
        self.release = threading.Event()
        self.release.set()
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02})

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}/hook"

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self.release.set()
        self.shutdown()
        self._thread.join()
        self.server_close()


class Postmaster:
    """Handler of a mail server: keeps every message, then answers with `answer`, or hangs up when it is None."""

    def __init__(self):
        self.messages, self.answer, self.recipient_answer = [], "250 Accepted", None

    async def handle_RCPT(self, server: SMTP, session, envelope, address, options):  # noqa: N802 - aiosmtpd's name
        if self.recipient_answer:
            return self.recipient_answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session, envelope):  # noqa: N802 - aiosmtpd's name
        self.messages.append(envelope.content)
        if self.answer is None:
            server.transport.abort()
        return self.answer or "250 never read"


def use_mail_server(settings, catcher: MailCatcher):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = catcher.host, catcher.port
