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
check("the port is free after the end", True, until(lambda: is_free(port)))

with Server("echo", "7", options=["-P"], stderr=subprocess.PIPE) as server:
    found = None
    while not found and (line := server.process.stderr.readline()):
        found = re.search(r"published 127\.0\.0\.1:([0-9]+)->7/tcp", line)
    check("the port that the image exposes is published", b"exposed", exchange(int(found[1]), b"exposed"))

port = free_port()
with Server("udp", "9", options=["-p", f"{port}:9/udp"]), socket.socket(type=socket.SOCK_DGRAM) as client:
    client.settimeout(20)
    client.sendto(b"datagram", ("127.0.0.1", port))
    check("a datagram there and back", b"datagram", client.recv(100))

port = free_port()
if not os.path.exists("/proc/net/if_inet6"):
    print("SKIPPED: clients of IPv6: this machine has none")
for at in ("0.0.0.0", "::") if os.path.exists("/proc/net/if_inet6") else ():
    with Server("echo", "7", at, options=["-p", f"[::1]:{port}:7"]), \
            socket.create_connection(("::1", port), timeout=60) as client:
        client.sendall(b"by IPv6")
        check(f"a client of IPv6, and a server at {at}", b"by IPv6", client.recv(7, socket.MSG_WAITALL))
port, got, thread = listening(read_all)
options = ["--allow", f"host-gateway:{port}"]
out, error, code = run(*f"connect fd00:6f32::2 {port} , connect 2001:db8::9 80 , dhcp".split(), options=options)
check("out by IPv6, to the host and where no rule leads, and DHCP", ["connected", "Permission denied", "10.0.2.15"],
      out.split("\n"))

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
    group = engines()
    if has_helper:
        check("the engine is a process of its own", True, len(group) > 0)
    server.process.send_signal(signal.SIGKILL)
    if has_helper:
        check("the engine ends when its peer is killed", True, until(lambda: not running(group)))
    check("no process keeps its port", True, until(lambda: is_free(port)))
finish()
