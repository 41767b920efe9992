"""A bundle in one runtime, as checks of its network need it. Who imports this is called with BUNDLE NUMBER RUNNER…

BUNDLE has /bin/network (engine/test/guest_network.c) as its entrypoint. RUNNER takes docker's options before the module.
"""
import hashlib
import os
import pathlib
import socket
import subprocess
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))
from ports import free_port  # noqa: E402, F401: for who imports this

bundle, runner = sys.argv[1], sys.argv[3:]
# Does the runner start the engine as a process of its own? `oci2wasm run` does not, nor does a component's runtime.
has_helper = not (runner[-1] == "run" or bundle.endswith(".component.wasm"))
passed = 0


def check(what, expected, found):
    global passed
    if expected != found:
        sys.exit(f"FAILED: {what}: expected {expected!r}, found {found!r}")
    passed += 1
    print(f"ok: {what}: {found!r}"[:120], flush=True)


def run(*words, options=(), engine=()):
    """The container's output, what was said beside it, and the exit code."""
    ended = subprocess.run([*runner, *options, bundle, *engine, "--", *words], stdin=subprocess.DEVNULL,
                           capture_output=True, text=True, timeout=900)
    return ended.stdout.strip(), ended.stderr.strip(), ended.returncode


class Server:
    """A container that goes on until it is told to stop; first it says `lines`."""

    def __init__(self, *words, options, lines=("ready",), **popen):
        self.lines = lines
        self.process = subprocess.Popen([*runner, *options, bundle, "--", *words], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, text=True, **popen)

    def __enter__(self):
        for line in self.lines:
            check("the container begins", line, self.process.stdout.readline().strip())
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


def engines():
    """The processes that run this bundle's engine for a peer."""
    return [int(pid) for pid in subprocess.run(["pgrep", "-f", f"{bundle} --net=stdio"], capture_output=True,
                                               text=True).stdout.split()]


def running(processes):
    """Those of them that are there, and no zombies."""
    return [pid for pid in processes if os.path.exists(f"/proc/{pid}/exe")]


def until(condition, seconds=20):
    """Waits for it; says whether it came true."""
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.1)
    return condition()


def finish():
    print(f"{passed} passed, 0 failed")
