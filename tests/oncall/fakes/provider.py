"""What fake providers have in common: a real server for POSTs, that may answer wrongly, late or never."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Handler(BaseHTTPRequestHandler):
    """Gives each POST to the server's `take`; answers what that says, or the server's `broken` instead."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.received.append((self.path, dict(self.headers), body))
        self.server.release.wait(30)
        status, headers, words = self.server.broken or self.server.take(self.path, self.headers, body)
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(words)))
        self.end_headers()
        try:
            self.wfile.write(words)
        except OSError:
            self.close_connection = True  # whoever asked has read enough

    def log_message(self, *args):
        """Stay quiet."""


class Provider(ThreadingHTTPServer):
    """On a free local port; a context manager. Subclasses say in `take` what the real one would answer."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.received, self.broken = [], None
        self.release = threading.Event()
        self.release.set()
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02})

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}"

    def take(self, path, headers, body):
        """Status, headers and body of the answer."""
        return 200, {}, b""

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self.release.set()
        self.shutdown()
        self._thread.join()
        self.server_close()
