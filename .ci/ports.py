#!/usr/bin/env python3
"""Ports for servers that have to be told theirs. As a program it prints one."""
import random
import socket


def free_port():
    """A port of 127.0.0.1 on which nothing listens. It lies below those that Linux gives to outgoing connections, which
    could take one before its server does."""
    while True:
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", random.randrange(10000, 32768)))
            except OSError:
                continue
            return probe.getsockname()[1]


if __name__ == "__main__":
    print(free_port())
