"""A peer of netp, version 1 (docs/FORMATS.md) for tests: runs an engine as its child, and owns its sockets.

It is told what to publish and what a guest's connections lead to. A thread moves the bytes; the test does the rest.
"""
import errno
import os
import selectors
import socket
import struct
import subprocess
import threading

HELLO, INCOMING, OPEN, OPENED, DATA, CREDIT, END, RESET, RESOLVE, ADDRESSES, EXIT = range(11)
TCP, UDP = 1, 2
REFUSED, UNREACHABLE, DENIED, TIMED_OUT, LIMIT, BROKEN = range(1, 7)
STDIN, STDOUT, STDERR, CONTROL = range(1, 5)
HEADER = struct.Struct("<IHBB")
OURS_CREDIT = 256 << 10
CHUNK = 65535
REASONS = {errno.ECONNREFUSED: REFUSED, errno.ENETUNREACH: UNREACHABLE, errno.EHOSTUNREACH: UNREACHABLE,
           errno.ETIMEDOUT: TIMED_OUT}


def packed(address):
    return socket.inet_pton(socket.AF_INET6 if ":" in address else socket.AF_INET, address)


class Stream:
    """A TCP connection, or a UDP flow: `socket` is the host's end."""

    def __init__(self, number, kind, end, credit):
        self.number, self.kind, self.socket = number, kind, end
        self.credit = credit  # what the engine takes
        self.to_socket = bytearray()
        self.connecting = False
        self.engine_ended = self.we_ended = False


class Peer:
    """`publish` maps guest ports to kinds; `route(kind, address, port)` gives the host's address for what a guest opens,
    or a reason; `names` maps names to addresses."""

    def __init__(self, command, publish=(), route=None, names=None, stdin=b"", hello=None, env=None,
                 listen="127.0.0.1"):
        self.address = listen
        self.route = route or (lambda kind, address, port: DENIED)
        self.names = names or {}
        self.child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                      env=env)
        self.selector = selectors.DefaultSelector()
        self.streams = {}
        self.last = 4
        self.received = {STDOUT: bytearray(), STDERR: bytearray()}
        self.changed = threading.Condition()
        self.exit_code = None
        self.broken = None  # what the engine did that netp does not allow
        self.to_engine, self.from_engine = bytearray(), bytearray()
        self.engine_credit = None
        self.stdin = bytearray(stdin)
        self.stdin_ended = False
        self.stdin_credit = 0
        self.udp_clients = {}
        self.ports, self.udp_ports = {}, {}
        self.max_streams = 0
        for fd in (self.child.stdin.fileno(), self.child.stdout.fileno()):
            os.set_blocking(fd, False)
        self.selector.register(self.child.stdout, selectors.EVENT_READ, self.read_engine)
        for port, kind in publish:
            self.listen(port, kind)
        self.say(0, HELLO, 0, hello or b"O2WN" + struct.pack("<HHII", 1, 0, OURS_CREDIT, 0))
        self.wake_read, self.wake_write = os.pipe()
        self.selector.register(self.wake_read, selectors.EVENT_READ, lambda mask: os.read(self.wake_read, 4096))
        self.stopped = False
        self.errors = b""
        self.reader = threading.Thread(target=self.read_errors, daemon=True)
        self.reader.start()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    # --- for tests ---

    def wait(self, seconds=120):
        """The code of the engine's process."""
        code = self.child.wait(seconds)
        self.thread.join(seconds)
        self.reader.join(seconds)
        return code

    def expect(self, text, stream=STDOUT, seconds=120):
        with self.changed:
            if not self.changed.wait_for(lambda: text in self.received[stream] or self.stopped, seconds) or \
                    text not in self.received[stream]:
                raise AssertionError(f"{text!r} expected, got {bytes(self.received[stream])[-2000:]!r} {self.errors!r}")

    def stop(self):
        self.stopped = True
        os.write(self.wake_write, b"x")
        self.thread.join(10)
        if self.child.poll() is None:
            self.child.kill()
        self.child.wait()
        self.reader.join(10)
        self.selector.close()
        self.child.stdout.close()
        self.child.stderr.close()
        os.close(self.wake_read)
        os.close(self.wake_write)

    # --- the connection ---

    def read_errors(self):
        while data := os.read(self.child.stderr.fileno(), 65536):
            self.errors += data

    def say(self, stream, kind, code=0, payload=b""):
        # At once, as a test may say something beside the thread that writes.
        self.to_engine += HEADER.pack(stream, len(payload), kind, code) + payload

    def run(self):
        writing = False
        while not self.stopped and (self.broken is None):
            self.feed_stdin()
            if self.to_engine:
                self.write_engine()
            if bool(self.to_engine) != writing:
                writing = not writing
                if writing:
                    self.selector.register(self.child.stdin, selectors.EVENT_WRITE, lambda mask: None)
                else:
                    self.selector.unregister(self.child.stdin)
            for key, mask in self.selector.select(5):
                key.data(mask)
        with self.changed:
            self.stopped = True
            self.changed.notify_all()
        for stream in list(self.streams.values()):
            self.drop(stream)
        for port in [*self.ports.values(), *self.udp_ports.values()]:
            port.close()
        self.child.stdin.close()

    def write_engine(self):
        try:
            while self.to_engine:
                written = os.write(self.child.stdin.fileno(), bytes(self.to_engine[:1 << 18]))
                del self.to_engine[:written]
        except BlockingIOError:
            pass
        except BrokenPipeError:
            self.to_engine.clear()

    def read_engine(self, mask):
        try:
            data = os.read(self.child.stdout.fileno(), 1 << 20)
        except BlockingIOError:
            return
        if not data:
            self.stopped = True
            return
        self.from_engine += data
        at, held = 0, self.from_engine
        while len(held) - at >= HEADER.size:
            stream, length, kind, code = HEADER.unpack_from(held, at)
            if len(held) - at < HEADER.size + length:
                break
            payload = bytes(held[at + HEADER.size:at + HEADER.size + length])
            at += HEADER.size + length
            try:
                self.take(stream, kind, code, payload)
            except (ValueError, struct.error) as error:
                self.broken = f"message {kind} on stream {stream:#x}: {error}"
                return
        del held[:at]

    def take(self, number, kind, code, payload):
        if (kind == HELLO) != (self.engine_credit is None):
            raise ValueError("HELLO is the first message and no other")
        if kind == HELLO:
            magic, version, _, self.engine_credit, _ = struct.unpack("<4sHHII", payload)
            if (magic, version) != (b"O2WN", 1):
                raise ValueError("not netp 1")
            self.stdin_credit = self.engine_credit
        elif kind == EXIT:
            (self.exit_code,) = struct.unpack("<I", payload)
        elif number in (STDOUT, STDERR):
            with self.changed:
                self.received[number] += payload
                self.changed.notify_all()
            self.say(number, CREDIT, 0, struct.pack("<I", len(payload)))
        elif number in (STDIN, CONTROL):
            self.stdin_credit += struct.unpack("<I", payload)[0] if number == STDIN else 0
        elif kind == OPEN:
            self.open(number, payload)
        elif kind == RESOLVE:
            addresses = self.names.get(payload.decode("ascii"), "").split()
            wanted = [packed(address) for address in addresses if (":" in address) == (code == 6)]
            self.say(number, ADDRESSES, 0 if addresses else 3, b"".join(wanted))
        elif number in self.streams:
            self.take_of(self.streams[number], kind, code, payload)

    def take_of(self, stream, kind, code, payload):
        if kind == OPENED:
            pass
        elif kind == DATA and stream.kind == UDP:
            self.send_datagram(stream, payload)
        elif kind == DATA:
            stream.to_socket += payload
            if len(stream.to_socket) > OURS_CREDIT or stream.engine_ended:
                raise ValueError("DATA beyond the credit or the end")
            self.move(stream)
        elif kind == CREDIT:
            stream.credit += struct.unpack("<I", payload)[0]
            self.watch(stream)
        elif kind == END:
            stream.engine_ended = True
            if stream.kind == UDP:
                self.drop(stream)
            else:
                self.move(stream)
        elif kind == RESET:
            # The client gets one too.
            if stream.kind == TCP:
                stream.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.drop(stream)
        else:
            raise ValueError("unknown")

    def feed_stdin(self):
        if self.engine_credit is None:
            return
        while self.stdin and self.stdin_credit:
            part = bytes(self.stdin[:min(self.stdin_credit, CHUNK)])
            del self.stdin[:len(part)]
            self.stdin_credit -= len(part)
            self.say(STDIN, DATA, 0, part)
        if not self.stdin and not self.stdin_ended:
            self.stdin_ended = True
            self.say(STDIN, END)

    # --- sockets ---

    def listen(self, port, kind):
        if kind == TCP:
            listener = socket.create_server((self.address, 0), backlog=1024, family=self.family())
            self.ports[port] = listener
            self.selector.register(listener, selectors.EVENT_READ, lambda mask: self.accept(port, listener))
        else:
            listener = socket.socket(self.family(), socket.SOCK_DGRAM)
            listener.bind((self.address, 0))
            self.udp_ports[port] = listener
            self.selector.register(listener, selectors.EVENT_READ, lambda mask: self.hear(port, listener))
        listener.setblocking(False)

    def family(self):
        return socket.AF_INET6 if ":" in self.address else socket.AF_INET

    def port_of(self, guest_port, kind=TCP):
        return (self.ports if kind == TCP else self.udp_ports)[guest_port].getsockname()[1]

    def add(self, stream):
        self.streams[stream.number] = stream
        self.max_streams = max(self.max_streams, len(self.streams))
        stream.mask = 0
        self.watch(stream)

    def announce(self, kind, port, client):
        self.last += 1
        family = 6 if ":" in client[0] else 4
        self.say(self.last, INCOMING, 0, struct.pack("<BBH", kind, family, port) + packed(client[0]) +
                 struct.pack("<H", client[1]))
        return self.last

    def accept(self, port, listener):
        try:
            end, client = listener.accept()
        except BlockingIOError:
            return
        if self.engine_credit is None:
            end.close()
            return
        end.setblocking(False)
        end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.add(Stream(self.announce(TCP, port, client), TCP, end, self.engine_credit))

    def hear(self, port, listener):
        data, client = listener.recvfrom(65536)
        number = self.udp_clients.get((port, client))
        if number not in self.streams:
            number = self.udp_clients[(port, client)] = self.announce(UDP, port, client)
            stream = Stream(number, UDP, listener, 0)
            stream.client = client
            self.streams[number] = stream
        self.say(number, DATA, 0, data)

    def send_datagram(self, stream, payload):
        try:
            if hasattr(stream, "client"):
                stream.socket.sendto(payload, stream.client)
            else:
                stream.socket.send(payload)
        except OSError as error:
            self.say(stream.number, RESET, REASONS.get(error.errno, BROKEN))
            self.drop(stream)

    def open(self, number, payload):
        kind, family, port = struct.unpack_from("<BBH", payload)
        if kind not in (TCP, UDP) or {4: 8, 6: 20}.get(family) != len(payload):
            raise ValueError("malformed OPEN")
        to = self.route(kind, socket.inet_ntop(socket.AF_INET if family == 4 else socket.AF_INET6, payload[4:]), port)
        if isinstance(to, int):
            self.say(number, RESET, to)
            return
        end = socket.socket(socket.AF_INET6 if ":" in to[0] else socket.AF_INET,
                            socket.SOCK_STREAM if kind == TCP else socket.SOCK_DGRAM)
        end.setblocking(False)
        stream = Stream(number, kind, end, self.engine_credit)
        stream.connecting = kind == TCP
        error = end.connect_ex(to)
        if error not in (0, errno.EINPROGRESS):
            self.say(number, RESET, REASONS.get(error, BROKEN))
            end.close()
            return
        self.add(stream)

    def drop(self, stream):
        self.streams.pop(stream.number, None)
        if hasattr(stream, "client"):
            return
        if stream.mask:
            self.selector.unregister(stream.socket)
            stream.mask = 0
        stream.socket.close()

    def watch(self, stream):
        """Asks for what the stream can use now."""
        if stream.number not in self.streams or hasattr(stream, "client"):
            return
        wants_write = stream.connecting or bool(stream.to_socket)
        wants_read = not stream.connecting and not stream.we_ended and (stream.credit > 0 or stream.kind == UDP)
        mask = (selectors.EVENT_WRITE if wants_write else 0) | (selectors.EVENT_READ if wants_read else 0)
        if mask == stream.mask:
            return
        if not stream.mask:
            self.selector.register(stream.socket, mask, lambda mask: self.ready(stream, mask))
        elif not mask:
            self.selector.unregister(stream.socket)
        else:
            self.selector.modify(stream.socket, mask, lambda mask: self.ready(stream, mask))
        stream.mask = mask

    def ready(self, stream, mask):
        if stream.number not in self.streams:
            return
        if stream.connecting:
            error = stream.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if error:
                self.say(stream.number, RESET, REASONS.get(error, BROKEN))
                self.drop(stream)
                return
            stream.connecting = False
            stream.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.say(stream.number, OPENED)
        if mask & selectors.EVENT_WRITE:
            self.move(stream)
        if mask & selectors.EVENT_READ and stream.number in self.streams:
            self.read(stream)
        self.watch(stream)

    def read(self, stream):
        try:
            data = stream.socket.recv(CHUNK if stream.kind == UDP else min(stream.credit, CHUNK))
        except BlockingIOError:
            return
        except OSError as error:
            self.say(stream.number, RESET, REASONS.get(error.errno, BROKEN))
            self.drop(stream)
            return
        if data or stream.kind == UDP:
            stream.credit -= len(data) if stream.kind == TCP else 0
            self.say(stream.number, DATA, 0, data)
        else:
            stream.we_ended = True
            self.say(stream.number, END)
            self.move(stream)

    def move(self, stream):
        """What the engine sent, to the socket."""
        if stream.connecting or stream.kind == UDP:
            return
        try:
            sent = stream.socket.send(stream.to_socket) if stream.to_socket else 0
        except BlockingIOError:
            sent = 0
        except OSError:
            self.say(stream.number, RESET, BROKEN)
            self.drop(stream)
            return
        if sent:
            del stream.to_socket[:sent]
            self.say(stream.number, CREDIT, 0, struct.pack("<I", sent))
        if stream.engine_ended and not stream.to_socket:
            try:
                stream.socket.shutdown(socket.SHUT_WR)
            except OSError:
                pass
            if stream.we_ended:
                self.drop(stream)
                return
        self.watch(stream)
