#!/usr/bin/env python3
"""What a bundle's network does in one runtime: check.py BUNDLE MEGABYTES RUNNER…

BUNDLE has /bin/network (engine/test/guest_network.c) as its entrypoint. RUNNER takes docker's options before the module.
"""
import hashlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time

# Does the runner start the engine as a process of its own? `oci2wasm run` does not, nor does a component's runtime.
has_helper = not (sys.argv[-1] == "run" or sys.argv[1].endswith(".component.wasm"))
bundle, size, runner = sys.argv[1], int(sys.argv[2]) * 1000 * 1000, sys.argv[3:]
passed = 0


def check(what, expected, found):
    global passed
    if expected != found:
        sys.exit(f"FAILED: {what}: expected {expected!r}, found {found!r}")
    passed += 1
    print(f"ok: {what}: {found!r}"[:120], flush=True)


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def run(*words, options=()):
    """The container's output, what was said beside it, and the exit code."""
    ended = subprocess.run([*runner, *options, bundle, "--", *words], stdin=subprocess.DEVNULL,
                           capture_output=True, text=True, timeout=300)
    return ended.stdout.strip(), ended.stderr.strip(), ended.returncode


class Server:
    """A container that goes on until it is told to stop."""

    def __init__(self, *words, options):
        self.process = subprocess.Popen([*runner, *options, bundle, "--", *words], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, text=True)

    def __enter__(self):
        check("the server is ready", "ready", self.process.stdout.readline().strip())
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()


def exchange(port, payload):
    """Sends all and ends, and gives what comes back."""
    with socket.create_connection(("127.0.0.1", port), timeout=300) as client:
        def send():
            client.sendall(payload)
            client.shutdown(socket.SHUT_WR)
        sender = threading.Thread(target=send)
        sender.start()
        got = bytearray()
        while piece := client.recv(1 << 16):
            got += piece
        sender.join()
        return bytes(got)


def listening(serve):
    """A server of the host for one connection; gives its port and what `serve` gave."""
    result = []
    server = socket.create_server(("127.0.0.1", 0))

    def once():
        client, _ = server.accept()
        with client:
            result.append(serve(client))
    thread = threading.Thread(target=once, daemon=True)
    thread.start()
    return server.getsockname()[1], result, thread


def read_all(client):
    digest, count = hashlib.sha256(), 0
    while piece := client.recv(1 << 16):
        digest.update(piece)
        count += len(piece)
    return count, digest.hexdigest()


def sha256(payload):
    return hashlib.sha256(payload).hexdigest()


def is_free(port):
    with socket.socket() as one:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            one.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def becomes_free(port):
    until = time.monotonic() + 20
    while not is_free(port) and time.monotonic() < until:
        time.sleep(0.1)
    return is_free(port)


port = free_port()
payload = os.urandom(size)
with Server("echo", "7", options=["-p", f"{port}:7"]) as server:
    begun = time.monotonic()
    check(f"{size} bytes there and back, half-closed", sha256(payload), sha256(exchange(port, payload)))
    print(f"   {2 * size / 1e6 / (time.monotonic() - begun):.1f} MB/s, both ways together")
    answers = []
    clients = [threading.Thread(target=lambda i=i: answers.append(exchange(port, b"%d" % i))) for i in range(100)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    check("100 connections at once", sorted(b"%d" % i for i in range(100)), sorted(answers))
    out, error, code = run("echo", "7", options=["-p", f"{port}:7"])
    check("a port that is taken", (True, True), ("cannot be taken" in error, code != 0))
check("the port is free after the end", True, becomes_free(port))

port = free_port()
with Server("udp", "9", options=["-p", f"{port}:9/udp"]), socket.socket(type=socket.SOCK_DGRAM) as client:
    client.settimeout(20)
    client.sendto(b"datagram", ("127.0.0.1", port))
    check("a datagram there and back", b"datagram", client.recv(100))

port, got, thread = listening(read_all)
out, error, code = run("push", "10.0.2.2", str(port), str(size), options=["--allow", f"host-gateway:{port}"])
thread.join(60)
check(f"{size} bytes out", (0, size), (code, got[0][0] if got else error))

port, got, _ = listening(lambda client: client.sendall(payload))
out, error, code = run("pull", "10.0.2.2", str(port), str(size), options=["--allow", f"host-gateway:{port}"])
check(f"{size} bytes in", ("pulled", 0), (out, code))

port, got, _ = listening(read_all)
for options in ([], ["--network", "bridge"], ["--allow", f"127.0.0.1:{port}"], ["--allow", "10.0.0.0/8"]):
    out, error, code = run("connect", "10.0.2.2", str(port), options=["-p", "81", *options])
    check(f"the host's loopback is closed with {options}", ([], True), (got, out not in ("", "connected")))
out, error, code = run("connect", "10.0.2.2", str(port := free_port()), options=["--allow", f"host-gateway:{port}"])
check("a refused connection", "Connection refused", out)
out, error, code = run("name", "db", options=["--allow", "db:5432", "--add-host", "db:10.1.2.3"])
check("a pinned name", "10.1.2.3", out)
out, error, code = run("name", "localhost", options=["--network", "bridge"])
check("a name that leads inside has no address", False, out.startswith("127."))

port = free_port()
server = Server("echo", "7", options=["-p", f"{port}:7"])
with server:
    group = subprocess.run(["pgrep", "-f", f"{bundle} --net=stdio"], capture_output=True, text=True).stdout.split()
    if has_helper:
        check("the engine is a process of its own", True, len(group) > 0)
    server.process.send_signal(signal.SIGKILL)
    until = time.monotonic() + 20
    while (left := [pid for pid in group if os.path.exists(f"/proc/{pid}/exe")]) and time.monotonic() < until:
        server.process.poll()
        time.sleep(0.1)
    check("the engine ends when its peer is killed", [], left)
    check("no process keeps its port", True, becomes_free(port))
print(f"{passed} passed, 0 failed")
