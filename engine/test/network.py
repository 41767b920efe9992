#!/usr/bin/env python3
"""A guest's network end to end, with netp_peer.py as the peer: published ports, outbound connections, names, ends.

usage: network.py WORK_DIRECTORY GUEST_DIRECTORY NATIVE_ENGINE WASM_ENGINE   (GUEST_ARCH: riscv64 or x86_64)

GUEST_DIRECTORY has kernel.img and initramfs.cpio. Each test runs with the native engine, and with the module in node.
"""
import hashlib
import os
import re
import socket
import struct
import subprocess
import sys
import threading
import unittest
from pathlib import Path

from bundle import bundle
from netp_peer import DENIED, OPENED, STDERR, STDOUT, TCP, UDP, UNREACHABLE, Peer

WORK, GUEST, NATIVE, WASM = (Path(argument).absolute() for argument in sys.argv[1:5])
HERE = Path(__file__).absolute().parent
ARCH = os.environ.get("GUEST_ARCH", "riscv64")
LAUNCH = b"oci2wasm-launch=1\0entrypoint=/bin/network\0"
LARGE = 10 << 20
# Instructions of the guest.
MORE_AT_BOOT, FOR_EACH_BYTE = 1_000_000, 2.5
GATEWAY, NAMES = "10.0.2.2", "10.0.2.3"
GATEWAY6, NAMES6 = "fd00:6f32::2", "fd00:6f32::3"


def build():
    root = WORK / "root"
    for folder in ("bin", "dev", "etc", "proc", "sys", "tmp"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    subprocess.run([f"{ARCH}-linux-gnu-gcc", "-O1", "-static", "-Wall", "-Wextra", "-Werror", "-o", root / "bin/network",
                    HERE / "guest_network.c", "-lresolv"], check=True)
    (WORK / "rootfs").unlink(missing_ok=True)
    subprocess.run(["mkfs.erofs", WORK / "rootfs", root], check=True, capture_output=True)
    (WORK / "launch").write_bytes(LAUNCH)
    (WORK / "bundle.wasm").write_bytes(bundle(WASM.read_bytes(), LAUNCH, (WORK / "rootfs").read_bytes()))


def native(*options):
    return [NATIVE, "--kernel", GUEST / "kernel.img", "--initramfs", GUEST / "initramfs.cpio", "--rootfs",
            WORK / "rootfs", "--launch", WORK / "launch", "--", *options]


def node(*options):
    return ["node", "--no-warnings", HERE / "../../docs/run.mjs", WORK / "bundle.wasm", *options]


def receive(end, size=None):
    data = bytearray()
    while (size is None or len(data) < size) and (part := end.recv(1 << 18)):
        data += part
    return bytes(data)


class EchoServer:
    """The host's: sends back what each connection brings, and remembers the digest of all."""

    def __enter__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = self.listener.getsockname()
        self.digest = hashlib.sha256()
        threading.Thread(target=self.run, daemon=True).start()
        return self

    def run(self):
        try:
            while True:
                end, _ = self.listener.accept()
                with end:
                    while data := end.recv(1 << 16):
                        self.digest.update(data)
                        end.sendall(data)
        except OSError:
            pass  # the test is over

    def __exit__(self, *_):
        self.listener.close()


def serve_once(listener, serve):
    with listener, listener.accept()[0] as end:
        serve(end)


def instructions(errors):
    """All of a run with --stats, and those before the container's first."""
    return [int(count) for count in re.search(rb"stats: (\d+) guest instructions, (\d+) before", errors).groups()]


class Network:
    def peer(self, *words, options=(), **arguments):
        environment = {name: os.environ[name] for name in ("ASAN_OPTIONS", "PATH") if name in os.environ}
        peer = Peer(self.engine("--net", "stdio", *options, "--", *words), env=environment, **arguments)
        self.addCleanup(peer.stop)
        return peer

    def connect(self, peer, port):
        end = socket.create_connection(("127.0.0.1", peer.port_of(port)), timeout=60)
        self.addCleanup(end.close)
        return end

    def finish(self, peer, code=0):
        self.assertEqual(code, peer.wait(), peer.errors)
        self.assertEqual((None, code), (peer.broken, peer.exit_code))
        return bytes(peer.received[STDOUT]).decode().splitlines()

    def test_published_port(self):
        peer = self.peer("echo", "80", publish=[(80, TCP), (81, TCP)])
        peer.expect(b"ready")
        # Much, both ways at once; the client ends first, and the guest still answers.
        data, end = os.urandom(LARGE), self.connect(peer, 80)
        sender = threading.Thread(target=lambda: (end.sendall(data), end.shutdown(socket.SHUT_WR)))
        sender.start()
        self.assertEqual(hashlib.sha256(data).digest(), hashlib.sha256(receive(end)).digest())
        sender.join()
        # Many at once.
        ends = [self.connect(peer, 80) for _ in range(200)]
        for number, one in enumerate(ends):
            one.sendall(b"%03d" % number)
        self.assertEqual([b"%03d" % number for number in range(200)], [receive(one, 3) for one in ends])
        self.assertGreaterEqual(peer.max_streams, 200)
        # Nobody listens.
        with self.assertRaises(ConnectionResetError):
            receive(self.connect(peer, 81))
        # A client that breaks off is one that the guest is rid of.
        ends[0].setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        ends[0].close()
        ends[1].sendall(b"x")
        self.assertEqual(b"x", receive(ends[1], 1))
        self.assertIsNone(peer.broken)

    def test_outbound(self):
        with EchoServer() as server:
            peer = self.peer("send", "9.9.9.9", "80", str(LARGE), route=lambda kind, address, port: server.address)
            self.assertEqual(["same"], self.finish(peer))
        wanted = bytes((at * 7 + at // 251) & 255 for at in range(LARGE))
        self.assertEqual(hashlib.sha256(wanted).digest(), server.digest.digest())

    def test_what_connections_and_names_meet(self):
        def route(kind, address, port):
            return {80: ("127.0.0.1", closed), 81: UNREACHABLE, 82: DENIED}[port]

        with socket.create_server(("127.0.0.1", 0)) as listener:
            closed = listener.getsockname()[1]
        questions = {
            "connect 9.9.9.9 80": "Connection refused",
            "connect 9.9.9.9 81": "No route to host",
            "connect 9.9.9.9 82": "No route to host",
            f"connect {NAMES} 80": "Connection refused",
            "ask 9.9.9.9 80 x": "Connection refused",
            "ask 9.9.9.9 82 x": "No route to host",
            f"ask {NAMES} 80 x": "Connection refused",
            "name test.example": "10.1.2.3",
            "name none.example": "unknown",
            "name-tcp test.example": "10.1.2.3",
            "name-tcp none.example": "unknown",
            f"ping {GATEWAY}": "answered",
            "ping 9.9.9.9": "No route to host",
            "dhcp": "10.0.2.15",
        }
        words = " , ".join(questions).split()
        peer = self.peer(*words, route=route, names={"test.example": "10.1.2.3"})
        self.assertEqual(list(questions.values()), self.finish(peer))

    def test_ipv6(self):
        with EchoServer() as server:
            def route(kind, address, port):
                return {80: server.address, 81: UNREACHABLE, 82: DENIED, 83: ("127.0.0.1", closed)}[port]

            with socket.create_server(("127.0.0.1", 0)) as listener:
                closed = listener.getsockname()[1]
            questions = {
                f"send 2001:db8::9 80 {LARGE}": "same",
                "connect 2001:db8::9 81": "No route to host",
                "connect 2001:db8::9 82": "Permission denied",
                "connect 2001:db8::9 83": "Connection refused",
                "ask 2001:db8::9 83 long": "Connection refused",
                f"connect {NAMES6} 80": "Connection refused",
                f"ask {NAMES6} 80 x": "Connection refused",
                "name6 test.example": "2001:db8::9",
                "name test.example": "10.1.2.3",
                "name6 none.example": "unknown",
                f"ping {GATEWAY6}": "answered",
                f"ping {NAMES6}": "answered",
                "ping 2001:db8::9": "Permission denied",
            }
            peer = self.peer(*" , ".join(questions).split(), route=route, names={"test.example": "10.1.2.3 2001:db8::9"})
            self.assertEqual(list(questions.values()), self.finish(peer))

    def test_ipv6_clients(self):
        # A server of both families, and one of IPv4 only, which a client of IPv6 reaches as IPv4.
        for at in ("::", "0.0.0.0"):
            peer = self.peer("echo", "80", at, publish=[(80, TCP), (81, TCP)], listen="::1")
            peer.expect(b"ready")
            data = os.urandom(LARGE // 10)
            with socket.create_connection(("::1", peer.port_of(80)), timeout=60) as end:
                sender = threading.Thread(target=lambda: (end.sendall(data), end.shutdown(socket.SHUT_WR)))
                sender.start()
                self.assertEqual(data, receive(end))
                sender.join()
            with self.assertRaises(ConnectionResetError), socket.create_connection(("::1", peer.port_of(81))) as end:
                receive(end)
        peer = self.peer("udp", "53", "::", publish=[(53, UDP)], listen="::1")
        peer.expect(b"ready")
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as client:
            client.settimeout(60)
            client.sendto(b"ask", ("::1", peer.port_of(53, UDP)))
            self.assertEqual(b"ask", client.recv(65536))

    def test_datagrams(self):
        peer = self.peer("udp", "53", publish=[(53, UDP)])
        peer.expect(b"ready")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.settimeout(60)
            for data in (b"ask", b"", os.urandom(60000)):
                client.sendto(data, ("127.0.0.1", peer.port_of(53, UDP)))
                self.assertEqual(data, client.recv(65536))
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
            server.bind(("127.0.0.1", 0))
            server.settimeout(60)
            peer = self.peer(*"ask 9.9.9.9 123 time , ask 9.9.9.9 123 long".split(),
                             route=lambda kind, address, port: server.getsockname())
            for _ in range(2):
                data, client = server.recvfrom(65536)
                server.sendto(data, client)
            self.assertEqual(["same", "same"], self.finish(peer))

    def test_streams_and_exit_code(self):
        data = os.urandom(1 << 20)
        peer = self.peer("copy", "200", stdin=data, options=("--exit-code-max", "125"))
        self.assertEqual((125, 200), (peer.wait(), peer.exit_code))
        self.assertTrue(data == bytes(peer.received[STDOUT]), "other bytes than were sent")
        self.assertEqual((b"", b"oci2wasm: exit 200\n"), (bytes(peer.received[STDERR]), peer.errors))

    def test_what_it_costs(self):
        """Of several boots the shortest counts: the clock's interrupts make it longer on a busy machine."""
        boots, alone = [], []
        for word, said, serve in (("push", "pushed", receive), ("pull", "pulled", lambda end: end.sendall(bytes(size)))):
            counts = []
            for size in (0, LARGE):
                listener = socket.create_server(("127.0.0.1", 0))
                address = listener.getsockname()
                threading.Thread(target=serve_once, args=(listener, serve), daemon=True).start()
                peer = self.peer(word, GATEWAY, "5000", str(size), options=("--stats",), route=lambda *_: address)
                self.assertEqual([said], self.finish(peer))
                all_of_it, boot = instructions(peer.errors)
                counts.append(all_of_it)
                boots.append(boot)
                without = subprocess.run(self.engine("--stats", "--", "pause", "0"), capture_output=True, timeout=60)
                self.assertEqual(0, without.returncode, without.stderr)
                alone.append(instructions(without.stderr)[1])
            self.assertLessEqual((counts[1] - counts[0]) / LARGE, FOR_EACH_BYTE, word)
        self.assertLessEqual(min(boots) - min(alone), MORE_AT_BOOT)

    def test_peer_that_goes(self):
        peer = self.peer("echo", "80")
        peer.expect(b"ready")
        peer.stopped = True
        os.write(peer.wake_write, b"x")
        self.assertEqual((125, b"oci2wasm: the network's peer is gone\n"), (peer.wait(), peer.errors))

    def test_peer_that_breaks_the_rules(self):
        peer = self.peer("echo", "80")
        peer.expect(b"ready")
        peer.say(9, OPENED, 1)
        os.write(peer.wake_write, b"x")
        self.assertEqual((125, b"oci2wasm: the network's peer broke the rules of netp\n"), (peer.wait(), peer.errors))
        peer = self.peer("echo", "80", hello=b"other bytes here")
        self.assertEqual(125, peer.wait())
        self.assertIn(b"nobody speaks netp there", peer.errors)

    def test_options_that_need_more(self):
        for options, words in ((("--net", "stdio", "--deterministic"), b"exclude each other"),
                               (("-p", "80:80"), b'oci2wasm run --runtime "RUNTIME"'),
                               (("--net", "none"), b"expected stdio or a descriptor's number")):
            result = subprocess.run(self.engine(*options), capture_output=True, stdin=subprocess.DEVNULL, timeout=60)
            self.assertEqual((125, b""), (result.returncode, result.stdout))
            self.assertIn(words, result.stderr)


class InNative(Network, unittest.TestCase):
    engine = staticmethod(native)


class InNode(Network, unittest.TestCase):
    engine = staticmethod(node)


WORK.mkdir(parents=True, exist_ok=True)
build()
unittest.main(argv=[sys.argv[0], *sys.argv[5:]])
