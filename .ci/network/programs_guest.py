"""What network_programs.sh's container does with Python: programs_guest.py WHAT ARG…

What few need is imported where they need it: imports take seconds there.
"""
import socket
import struct
import sys

RESET = struct.pack("ii", 1, 0)


def udp_echo(port):
    server = socket.socket(type=socket.SOCK_DGRAM)
    server.bind(("", int(port)))
    while True:
        payload, client = server.recvfrom(65536)
        server.sendto(payload, client)


def udp_send(host, port, size):
    client = socket.socket(type=socket.SOCK_DGRAM)
    client.settimeout(20)
    client.connect((host, int(port)))
    payload = bytes(i % 251 for i in range(int(size)))
    client.send(payload)
    try:
        return f"{len(payload)} {client.recv(65536) == payload}"
    except OSError as error:
        return type(error).__name__


def resetting(port):
    """A server that reads a little and resets."""
    with socket.create_server(("", int(port))) as server:
        client, _ = server.accept()
        client.recv(1)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        client.close()


def read_until_reset(host, port):
    with socket.create_connection((host, int(port))) as client:
        client.send(b"x")
        return end_of(client)


def serve_until_reset(port):
    with socket.create_server(("", int(port))) as server:
        client, _ = server.accept()
        return end_of(client)


def end_of(client):
    try:
        while client.recv(65536):
            pass
        return "end"
    except OSError as error:
        return type(error).__name__


def urllib_get(url):
    import hashlib
    import urllib.request
    with urllib.request.urlopen(url) as answer:
        payload = answer.read()
        return f"{answer.status} {len(payload)} {hashlib.sha256(payload).hexdigest()}"


def requests_twice(url, size):
    """Two requests on one connection: the second sends `size` bytes, and their digest comes back."""
    import hashlib
    import requests
    payload = bytes(i % 253 for i in range(int(size)))
    with requests.Session() as session:
        first = session.get(url + "/size/1000")
        second = session.post(url + "/digest", data=payload)
        return f"{first.status_code} {len(first.content)} {second.text == hashlib.sha256(payload).hexdigest()}"


def keep_alive(host, port):
    """Requests on one connection."""
    import http.client
    client = http.client.HTTPConnection(host, int(port))
    bodies = []
    for size in (1, 70000, 3):
        client.request("GET", f"/size/{size}")
        bodies.append(len(client.getresponse().read()))
    return bodies


what, *words = sys.argv[1:]
print(globals()[what](*words))
