"""The proxy of a production machine, as small as it can be: TLS and plain http on one port, and who came how in the headers."""

import http.client
import http.server
import socket
import ssl
import threading

HOP_BY_HOP = {
    "connection",
    "keep-alive",
    "transfer-encoding",
    "content-length",
    "host",
    "x-forwarded-proto",
    "x-forwarded-for",
}


class _Handler(http.server.BaseHTTPRequestHandler):
    def _pass_on(self):
        length = int(self.headers.get("Content-Length") or 0)
        headers = {name: value for name, value in self.headers.items() if name.lower() not in HOP_BY_HOP}
        headers |= {
            "Host": self.headers["Host"],
            "X-Forwarded-Proto": "https" if isinstance(self.request, ssl.SSLSocket) else "http",
            "X-Forwarded-For": self.client_address[0],
        }
        behind = http.client.HTTPConnection("127.0.0.1", self.server.backend, timeout=30)
        behind.request(self.command, self.path, self.rfile.read(length) if length else None, headers)
        answer = behind.getresponse()
        body = answer.read()
        self.send_response_only(answer.status, answer.reason)
        for name, value in answer.getheaders():
            if name.lower() not in HOP_BY_HOP | self.server.takes_away:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        behind.close()

    do_GET = do_HEAD = do_POST = do_OPTIONS = do_PUT = _pass_on

    def log_message(self, *args):
        """The portal behind it has a log."""


class TlsProxy(http.server.ThreadingHTTPServer):
    """Listens on a free port of this machine (`.port`) and passes on to `backend`. Use it as a context manager.

    What a careless proxy would take from the answers stands in `takes_away` (names of headers, in lower case).
    """

    takes_away = frozenset()

    def __init__(self, backend, certificate):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.backend, self.port = backend, self.server_address[1]
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate.configure_cert(self.context)

    def finish_request(self, request, client_address):
        request.settimeout(30)
        if request.recv(1, socket.MSG_PEEK) == b"\x16":  # how a TLS handshake begins
            request = self.context.wrap_socket(request, server_side=True)
        super().finish_request(request, client_address)

    def handle_error(self, request, client_address):
        """Who asks may hang up in the middle; the test sees what is missing."""

    def __enter__(self):
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *exception):
        self.shutdown()
        self.server_close()
