#!/usr/bin/env python3
"""How fast a bundle's network is in one runtime: speed.py BUNDLE MEGABYTES RUNNER…

Prints a table's row. Run it while nothing else runs.
"""
import os
import re
import resource
import socket
import statistics
import sys
import time

from container import *

CONNECTIONS, ROUND_TRIPS = 1000, 500
size = int(sys.argv[2]) * 1000 * 1000
resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)


def connect(port):
    client = socket.create_connection(("127.0.0.1", port), timeout=600)
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return client


def instructions(words, options):
    """What the container took, and its output."""
    out, error, _ = run(*words, options=options, engine=["--stats"])
    return int(re.search(r"stats: ([0-9]+) guest instructions", error).group(1)), out


def transfer(word, serve):
    """Seconds from the first byte to the last, and guest instructions a byte, start not counted."""
    found = []
    for amount in (0, size):
        port, got, thread = listening(lambda client: serve(client, amount))
        count, out = instructions([word, "10.0.2.2", str(port), str(amount)], ["--allow", f"host-gateway:{port}"])
        thread.join(60)
        found.append((got[0], count))
    return found[1][0], (found[1][1] - found[0][1]) / size


def serve_in(client, amount):
    begun = time.monotonic()
    client.sendall(bytes(amount))
    client.shutdown(socket.SHUT_WR)
    client.recv(1)
    return time.monotonic() - begun


def serve_out(client, amount):
    begun = time.monotonic()
    check("bytes", amount, read_all(client)[0])
    return time.monotonic() - begun


port = free_port()
with Server("echo", "7", options=["-p", f"{port}:7"]):
    with connect(port) as client:
        times = []
        for _ in range(ROUND_TRIPS):
            begun = time.monotonic()
            client.sendall(b"x")
            client.recv(1)
            times.append(time.monotonic() - begun)
    begun = time.monotonic()
    clients = [connect(port) for _ in range(CONNECTIONS)]
    for number, client in enumerate(clients):
        client.sendall(b"%05d" % number)
    for client in clients:
        client.recv(5, socket.MSG_WAITALL)
    together = time.monotonic() - begun
seconds_in, cost_in = transfer("pull", serve_in)
seconds_out, cost_out = transfer("push", serve_out)
print("| in MB/s | out MB/s | instructions a byte in | out | 1 byte there and back | 1,000 connections |")
print(f"| {size / 1e6 / seconds_in:.0f} | {size / 1e6 / seconds_out:.0f} | {cost_in:.2f} | {cost_out:.2f} "
      f"| {statistics.median(times) * 1000:.2f} ms | {together:.1f} s |")
