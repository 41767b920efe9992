#!/usr/bin/env python3
"""What a bundle's network does in one runtime when much comes at once, and when something fails: faults.py BUNDLE
CONNECTIONS RUNNER…
"""
import ctypes
import os
import queue
import resource
import shutil
import signal
import socket
import struct
import subprocess
import sys
import threading
import time

from container import *

SLOW_MEGABYTES = 96  # more than sockets hold on the way there and back, and than the limit below
MEMORY_MEGABYTES = 64
STOPPED_SECONDS = 30
PART = 100_000
CLONE_NEWNET = 0x40000000
LIBC = ctypes.CDLL(None)
count = int(sys.argv[2])
resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)


def connect(port, seconds=900):
    return socket.create_connection(("127.0.0.1", port), timeout=seconds)


def answered(client, text):
    client.sendall(text)
    got = b""
    while len(got) < len(text) and (piece := client.recv(len(text) - len(got))):
        got += piece
    return got == text


def is_answered(port, seconds=300):
    try:
        with connect(port, seconds) as client:
            return answered(client, b"hello")
    except OSError:
        return False


def reset(client):
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()


def resident_megabytes(processes):
    total = 0
    for pid in processes:
        with open(f"/proc/{pid}/statm") as file:
            total += int(file.read().split()[1]) * resource.getpagesize()
    return total >> 20


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def many():
    port = free_port()
    with Server("echo", "7", options=["-p", f"{port}:7"]):
        begun = time.monotonic()
        clients = [connect(port) for _ in range(count)]
        for number, client in enumerate(clients):
            client.sendall(b"%05d" % number)
        answers = [client.recv(5, socket.MSG_WAITALL) for client in clients]
        check(f"{count} connections at once", [b"%05d" % number for number in range(count)], answers)
        print(f"   {time.monotonic() - begun:.1f} s")
        for client in clients:
            client.close()
        check("and one after them", True, is_answered(port))


def slow_reader():
    port = free_port()
    with Server("echo", "7", options=["-p", f"{port}:7"]) as server:
        own = [server.process.pid, *engines()]
        check("a connection beside it", True, is_answered(port))
        before = resident_megabytes(own)
        payload = os.urandom(1 << 20) * SLOW_MEGABYTES
        client = socket.socket()
        for option in (socket.SO_SNDBUF, socket.SO_RCVBUF):
            client.setsockopt(socket.SOL_SOCKET, option, 65536)
        client.settimeout(900)
        client.connect(("127.0.0.1", port))

        def send():
            client.sendall(payload)
            client.shutdown(socket.SHUT_WR)
        sender = threading.Thread(target=send)
        sender.start()
        time.sleep(5)
        grown = resident_megabytes(own) - before
        check(f"a client that reads nothing of {SLOW_MEGABYTES} MB costs little memory", True, grown < MEMORY_MEGABYTES)
        print(f"   {grown} MB")
        check("and stalls nobody", True, is_answered(port))
        check("it is still being sent", True, sender.is_alive())
        check("nothing of it is lost", (len(payload), sha256(payload)), read_all(client))
        sender.join()
        client.close()


def breaks():
    port, closed = free_port(), free_port()
    with Server("echo", "7", options=["-p", f"{port}:7", "-p", f"{closed}:8"]):
        client = connect(port)
        check("a connection", True, answered(client, b"before"))
        client.sendall(b"x" * 100000)
        reset(client)
        check("after a client's reset others are served", True, is_answered(port))
        check("a port that nobody serves in the container", "reset", what_comes(closed))
        client = connect(port)
        client.shutdown(socket.SHUT_WR)
        check("a client that ends at once is ended", b"", client.recv(1))
        client.close()
    # Not at once: a connection that is reset before the peer has looked at it is refused.
    port, got, thread = listening(lambda client: (time.sleep(3), reset(client)))
    out, _, _ = run("pull", "10.0.2.2", str(port), "1000", options=["--allow", f"host-gateway:{port}"])
    check("a server's reset", "short", out)


def what_comes(port):
    with connect(port) as client:
        try:
            return client.recv(1)
        except ConnectionResetError:
            return "reset"


def own_network():
    """What this thread opens and starts is in a network of its own from now on; says whether there may be one."""
    return os.geteuid() == 0 and shutil.which("ip") and LIBC.unshare(CLONE_NEWNET) == 0


def ip(*words):
    subprocess.run(["ip", *words], check=True)


def lost_route():
    """The host loses its route while a connection is open, as a laptop does in a train, and finds it again."""
    with open("/proc/self/ns/net") as before:
        if own_network():
            lose_route()
            LIBC.setns(before.fileno(), CLONE_NEWNET)
        else:
            print("SKIPPED: a host that loses its route: this needs root, ip and networks of its own")


def lose_route():
    there, linked, servers = queue.Queue(), threading.Event(), queue.Queue()

    def be_there():
        own_network()
        there.put(threading.get_native_id())
        linked.wait()
        ip("address", "add", "198.51.100.9/24", "dev", "theirs")
        ip("link", "set", "theirs", "up")
        for _ in range(2):
            servers.put(socket.create_server(("198.51.100.9", 0)))
    threading.Thread(target=be_there, daemon=True).start()
    if os.path.exists("/proc/net/if_inet6"):
        with open("/proc/sys/net/ipv6/conf/all/disable_ipv6", "w") as setting:
            setting.write("1")
    ip("link", "set", "lo", "up")
    ip("link", "add", "ours", "type", "veth", "peer", "name", "theirs", "netns", str(there.get()))
    ip("address", "add", "198.51.100.7/24", "dev", "ours")
    ip("link", "set", "ours", "up")
    linked.set()
    long, short = servers.get(), servers.get()
    address, port = short.getsockname()
    # The container waits at these for a byte, until the host has done what comes next.
    waits = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
    lost, found = (f"pull 10.0.2.2 {wait.getsockname()[1]} 1 , connect {address} {port}" for wait in waits)
    words = f"connect 2606:4700::1 80 , pull {address} {long.getsockname()[1]} {2 * PART} & {lost} , {found}".split()
    options = [word for wait in waits for word in ("--allow", f"host-gateway:{wait.getsockname()[1]}")]
    options += ["--network", "bridge", "--allow", "198.51.100.0/24"]
    process = subprocess.Popen([*runner, *options, bundle, "--", *words], text=True, stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE)



    def comes_to(server):
        server.settimeout(1)
        while process.poll() is None:
            try:
                return server.accept()[0]
            except TimeoutError:
                pass
        sys.exit(f"FAILED: the container ended with {process.returncode} before it came to {server}")
    check("IPv6 where the host has none", "No route to host", process.stdout.readline().strip())
    with comes_to(long) as client:
        client.sendall(bytes(PART))
        with comes_to(waits[0]) as first:
            ip("link", "set", "ours", "down")
            first.sendall(b"!")
        check("the container goes on", "pulled", process.stdout.readline().strip())
        check("a new connection without a route", "No route to host", process.stdout.readline().strip())
        client.sendall(bytes(PART))
        with comes_to(waits[1]) as second:
            ip("link", "set", "ours", "up")
            check("the route is there again", True, until(lambda: reaches(address, port)))
            second.sendall(b"!")
    lines = sorted(line.strip() for line in process.stdout)
    check("the next ones work, and what was open goes on", ["connected", "pulled", "pulled"], lines)
    process.wait()


def reaches(*address):
    try:
        socket.create_connection(address, timeout=1).close()
        return True
    except OSError:
        return False


def no_descriptors():
    port = free_port()
    with Server("echo", "7", options=["-p", f"{port}:7"], stderr=subprocess.PIPE) as server:
        check("a connection", True, is_answered(port))
        pid = server.process.pid
        used = max(int(name) for name in os.listdir(f"/proc/{pid}/fd"))
        subprocess.run(["prlimit", "--pid", str(pid), f"--nofile={used + 6}:"], check=True)
        clients = [connect(port) for _ in range(40)]
        time.sleep(1)
        before = cpu_seconds(pid)
        time.sleep(3)
        check("a peer without descriptors does not spin", True, cpu_seconds(pid) - before < 1.5)
        check("some are served", True, answered(clients[0], b"first"))
        for client in clients:
            client.close()
        check("later ones are served again", True, until(lambda: is_answered(port, 20), 100))


def stopped():
    port = free_port()
    with Server("echo", "7", options=["-p", f"{port}:7"]) as server:
        payload = os.urandom(1 << 20) * 40
        answer = []
        exchanging = threading.Thread(target=lambda: answer.append(exchange(port, payload)))
        exchanging.start()
        time.sleep(0.3)
        server.process.send_signal(signal.SIGSTOP)
        time.sleep(STOPPED_SECONDS)
        check("a transfer waits for a peer that is stopped", [], answer)
        server.process.send_signal(signal.SIGCONT)
        exchanging.join()
        check(f"after {STOPPED_SECONDS} s nothing of it is lost", sha256(payload), sha256(answer[0]))


def killed():
    port = free_port()
    server = Server("echo", "7", options=["-p", f"{port}:7"], stderr=subprocess.PIPE)
    with server:
        for pid in engines():
            os.kill(pid, signal.SIGKILL)
        code = server.process.wait(30)
        check("the peer ends when its module is killed", True, code not in (0, None))
        check("and its port is free", True, until(lambda: is_free(port), 10))


many()
slow_reader()
breaks()
lost_route()
no_descriptors()
stopped()
if has_helper:
    killed()
finish()
