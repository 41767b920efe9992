#!/usr/bin/env python3
"""What a bundle's network does in one runtime: check.py BUNDLE MEGABYTES RUNNER…"""
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time

from container import *

size = int(sys.argv[2]) * 1000 * 1000
payload = os.urandom(size)
has_ipv6 = os.path.exists("/proc/net/if_inet6")


closed, came_closed, _ = listening(read_all)  # a port of the host that no rule names

# In one container, as each takes seconds to start: three servers, whose ports are published in all ways, and no way out.
port, datagrams, ipv4_only, both = (free_port() for _ in range(4))
options = ["-p", f"{port}:7", "-P", "-p", f"{datagrams}:9/udp"]
if has_ipv6:
    options += ["-p", f"[::1]:{ipv4_only}:7", "-p", f"[::1]:{both}:8"]
words = f"connect 10.0.2.2 {closed} , echo 7 & echo 8 :: & udp 9".split()
with Server(*words, options=options, lines=("No route to host", "ready", "ready", "ready"), stderr=subprocess.PIPE) as server:
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

    found = None
    while not found and (line := server.process.stderr.readline()):
        found = re.search(r"published 127\.0\.0\.1:([0-9]+)->7/tcp", line)
    check("the port that the image exposes is published", b"exposed", exchange(int(found[1]), b"exposed"))
    with socket.socket(type=socket.SOCK_DGRAM) as client:
        client.settimeout(20)
        client.sendto(b"datagram", ("127.0.0.1", datagrams))
        check("a datagram there and back", b"datagram", client.recv(100))
    if not has_ipv6:
        print("SKIPPED: clients of IPv6: this machine has none")
    for at, number in (("0.0.0.0", ipv4_only), ("::", both)) if has_ipv6 else ():
        with socket.create_connection(("::1", number), timeout=60) as client:
            client.sendall(b"by IPv6")
            check(f"a client of IPv6, and a server at {at}", b"by IPv6", client.recv(7, socket.MSG_WAITALL))

    group = engines()
    if has_helper:
        check("the engine is a process of its own", True, len(group) > 0)
    server.process.send_signal(signal.SIGKILL)
    if has_helper:
        check("the engine ends when its peer is killed", True, until(lambda: not running(group)))
    check("no process keeps its port", True, until(lambda: is_free(port)))

# All ways out, one after the other. What these rules do not allow together, none of them allows alone.
by_ipv6, _, _ = listening(read_all)
pushing, pushed, thread = listening(read_all)
pulling, _, _ = listening(lambda client: client.sendall(payload))
refused = free_port()
options = [word for number in (by_ipv6, pushing, pulling, refused) for word in ("--allow", f"host-gateway:{number}")]
options += ["--network", "bridge", "--allow", f"127.0.0.1:{closed}", "--allow", "10.0.0.0/8",
            "--allow", "db:5432", "--add-host", "db:10.1.2.3"]
ways = [
    (f"connect fd00:6f32::2 {by_ipv6}", "out by IPv6, to the host", "connected"),
    ("connect 2001:db8::9 80", "out by IPv6, where no rule leads", "Permission denied"),
    ("dhcp", "DHCP offers", "10.0.2.15"),
    (f"push 10.0.2.2 {pushing} {size}", f"{size} bytes out", "pushed"),
    (f"pull 10.0.2.2 {pulling} {size}", f"{size} bytes in", "pulled"),
    (f"connect 10.0.2.2 {refused}", "a refused connection", "Connection refused"),
    ("name db", "a pinned name", "10.1.2.3"),
    (f"connect 10.0.2.2 {closed}", "the host's loopback", "No route to host"),
]
out, error, code = run(*" , ".join(words for words, _, _ in ways).split(), options=options)
check("all ways out are tried", (len(ways), 0), (len(out.split("\n")) if out else error, code))
for (_, what, expected), found in zip(ways, out.split("\n")):
    check(what, expected, found)
thread.join(60)
check(f"{size} bytes have come out", size, pushed[0][0])
out, error, code = run(*f"name localhost , connect 10.0.2.2 {closed}".split(), options=["--network", "bridge"])
found = out.split("\n")
check("a name that leads inside has no address", (2, False), (len(found), found[0].startswith("127.")))
check("the host's loopback, by a bridge", "No route to host", found[-1])
check("nobody came there", [], came_closed)
finish()
