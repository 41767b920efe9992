"""An HTTP/1.1 proxy in front of one server, which does to chosen requests what networks and servers do."""
import collections
import contextlib
import dataclasses
import http.client
import http.server
import json
import socket
import socketserver
import threading
import time

CHUNK = 64 * 1024
HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "expect"}


@dataclasses.dataclass(frozen=True)
class Fault:
    """What happens to one request; times are seconds, counts are bytes."""
    status: int = 0            # answered by the proxy itself; the server never sees the request
    headers: tuple = ()        # of that answer
    hang: float = 0            # silence, then the connection ends without an answer
    cut_answer: int = -1       # the connection ends after so many bytes of the answer's body
    cut_request: int = -1      # ... of the request's body, of which the server sees that much
    corrupt: bool = False      # the answer's first byte is another
    delay: float = 0           # before the answer
    rate: int = 0              # bytes a second of both bodies
    trickle: float = 0         # between single bytes of the answer's body


PASS = Fault()


@dataclasses.dataclass(frozen=True)
class Request:
    method: str
    path: str
    length: int


class Broken(Exception):
    """The connection to the client ends here."""


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True

    def setup(self):
        super().setup()
        self.proxy = self.server.proxy
        self.proxy.enter(self.connection)

    def finish(self):
        self.proxy.leave(self.connection)
        try:
            super().finish()
        except OSError:
            pass

    def log_message(self, *_):
        pass

    def handle(self):
        try:
            super().handle()
        except (OSError, Broken, http.client.HTTPException):
            self.close_connection = True

    def handle_expect_100(self):
        super().handle_expect_100()
        self.wfile.flush()
        return True

    def forward(self):
        length = int(self.headers.get("Content-Length") or 0)
        request = Request(self.command, self.path, length)
        fault = self.proxy.meet(request)
        if fault.hang:
            self.proxy.released.wait(fault.hang)
            raise Broken
        if fault.status:
            self.answer_ourselves(fault, length)
            return
        # One connection for each request: a kept one might have ended meanwhile, a fault that nobody asked for.
        with contextlib.closing(http.client.HTTPConnection(*self.proxy.target, timeout=60)) as upstream:
            self.send_upstream(upstream, request, fault)
            response = upstream.getresponse()
            if fault.delay:
                time.sleep(fault.delay)
            self.relay(request, response, fault)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = do_PATCH = forward

    def body(self, length, rate=0):
        while length > 0:
            chunk = self.rfile.read(min(length, CHUNK))
            if not chunk:
                raise Broken
            length -= len(chunk)
            self.pace(len(chunk), rate)
            yield chunk

    @staticmethod
    def pace(count, rate):
        if rate:
            time.sleep(count / rate)

    def answer_ourselves(self, fault, length):
        collections.deque(self.body(length), maxlen=0)
        text = json.dumps({"errors": [{"code": "FAULT", "message": f"injected status {fault.status}"}]}).encode()
        self.send_response_only(fault.status)
        for name, value in fault.headers:
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(text)
        self.wfile.flush()

    def send_upstream(self, upstream, request, fault):
        upstream.connect()
        upstream.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        upstream.putrequest(request.method, request.path, skip_host=True, skip_accept_encoding=True)
        for name, value in self.headers.items():
            if name.lower() not in HOP_BY_HOP:
                upstream.putheader(name, value)
        upstream.endheaders()
        sent = 0
        for chunk in self.body(request.length, fault.rate):
            if 0 <= fault.cut_request <= sent + len(chunk):
                upstream.send(chunk[:fault.cut_request - sent])
                raise Broken
            upstream.send(chunk)
            sent += len(chunk)
        self.proxy.passed(request, sent)

    def relay(self, request, response, fault):
        self.send_response_only(response.status)
        length = response.getheader("Content-Length")
        for name, value in response.getheaders():
            if name.lower() not in HOP_BY_HOP:
                self.send_header(name, value)
        chunked = length is None and self.command != "HEAD" and response.status not in (204, 304)
        if chunked:
            self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        sent = 0
        while chunk := response.read1(CHUNK):
            if fault.corrupt and sent == 0:
                chunk = bytes([chunk[0] ^ 0xff]) + chunk[1:]
            if 0 <= fault.cut_answer <= sent + len(chunk):
                self.wfile.write(chunk[:fault.cut_answer - sent])
                self.wfile.flush()
                raise Broken
            self.pace(len(chunk), fault.rate)
            if fault.trickle and not chunked:
                self.trickle(chunk, fault.trickle)
                continue
            self.wfile.write(b"%x\r\n%s\r\n" % (len(chunk), chunk) if chunked else chunk)
            sent += len(chunk)
        self.proxy.passed(request, sent)
        if chunked:
            self.wfile.write(b"0\r\n\r\n")
        self.wfile.flush()


    def trickle(self, chunk, pause):
        for byte in chunk:
            self.wfile.write(bytes([byte]))
            self.wfile.flush()
            time.sleep(pause)


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 256

    def handle_error(self, *_):
        """A connection that ends is what this proxy is for."""


class Proxy:
    """`rule` is asked about each request and gives its Fault, or None; what it was asked is in `seen`, what it did in `done`. `bytes` are those
    of the bodies that went through, by method and path."""

    def __init__(self, target_port, port=0):
        self.target = ("127.0.0.1", target_port)
        self.rule = None
        self.seen, self.done = [], 0
        self.bytes = collections.Counter()
        self.lock = threading.Lock()
        self.open = set()
        self.released = threading.Event()
        self.listen(port)

    def listen(self, port):
        self.server = Server(("127.0.0.1", port), Handler)
        self.server.proxy = self
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def meet(self, request):
        with self.lock:
            self.seen.append(request)
            fault = self.rule(request) if self.rule else None
            self.done += fault is not None
        return fault or PASS

    def passed(self, request, count):
        with self.lock:
            self.bytes[request.method, request.path] += count

    def enter(self, connection):
        with self.lock:
            self.open.add(connection)

    def leave(self, connection):
        with self.lock:
            self.open.discard(connection)

    def refuse(self):
        """No connection is taken any more, and those that are open break."""
        self.server.shutdown()
        self.server.server_close()
        with self.lock:
            broken = list(self.open)
            self.done += 1
        for connection in broken:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def accept(self):
        self.listen(self.port)

    def reset(self):
        """As it was at the start; hanging requests end."""
        with self.lock:
            self.rule = None
            self.seen, self.done = [], 0
            self.bytes.clear()
        self.released.set()
        self.released = threading.Event()


def at_most(times, rule):
    """The rule for its first `times` hits."""
    left = [times]

    def limited(request):
        fault = rule(request) if left[0] > 0 else None
        if fault:
            left[0] -= 1
        return fault
    return limited
