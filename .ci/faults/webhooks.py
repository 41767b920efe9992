"""Sends what a registry would: webhooks one by one or at a rate, and bulk entries as events."""
import asyncio
import contextlib
import hashlib
import itertools
import socket
import threading
import time
import urllib.request

SENDER = "distribution"
CONNECTIONS = 64


def request_id(host, event_id):
    return hashlib.sha256(f"{SENDER}\n{host}\n{event_id}".encode()).hexdigest()[:32]


def bulk_record(image, repository, host, number):
    """An ImagePushed of the bulk lane (docs/FORMATS.md, "Events")."""
    request = request_id(host, f"bulk-{number}")
    return {"topic": "oci2wasm.image.pushed.v1.bulk", "key": image.manifest.digest,
            "headers": {"ce_specversion": "1.0", "ce_type": "oci2wasm.image.pushed.v1", "ce_source": "/oci2wasm/load", "ce_id": request,
                        "content-type": "application/json"},
            "value": {"requestId": request, "lane": "bulk", "sender": SENDER, "mediaType": image.manifest.media_type,
                      "image": {"registry": host, "repository": repository, "tag": image.name, "digest": image.manifest.digest},
                      "pushedAt": "2026-11-24T06:40:23Z"}}


class Sender:
    numbers = itertools.count()

    def __init__(self, cluster):
        self.cluster = cluster
        self.seconds = 0

    def notification(self, image, repository, host=None):
        event_id = f"load-{next(self.numbers)}"
        return event_id, self.cluster.registry.notification(image, repository, event_id, host)

    def post(self, image, repository, port=None, host=None):
        """Posts one webhook, to another gateway where a port is given, in the name of another registry where a host is; gives when it was
        sent and its request's id."""
        event_id, body = self.notification(image, repository, host)
        call = urllib.request.Request(f"http://127.0.0.1:{port or self.cluster.gateway_port}/webhooks/distribution", body,
                                      {"Authorization": f"Bearer {self.cluster.secret}", "Content-Type": "application/json"})
        sent = time.time()
        with urllib.request.urlopen(call, timeout=20) as answer:
            answer.read()
        return sent, request_id(host or self.cluster.registry.host, event_id)

    async def at_rate(self, image, repository, rate, seconds):
        """Webhooks at fixed times, whether or not earlier ones were answered; each latency counts from the time planned. Gives
        latencies and how many were not accepted."""
        bodies = [self.notification(image, repository)[1] for _ in range(rate * seconds)]
        plan, latencies, refused = asyncio.Queue(), [], []
        begin = time.monotonic() + 0.5

        async def work():
            reader, writer = await asyncio.open_connection("127.0.0.1", self.cluster.gateway_port)
            while (item := await plan.get()) is not None:
                planned, body = item
                writer.write(self.head(len(body)) + body)
                status = await self.answer(reader)
                latencies.append(time.monotonic() - planned)
                if status != 202:
                    refused.append(status)
            writer.close()

        workers = [asyncio.create_task(work()) for _ in range(CONNECTIONS)]
        for number, body in enumerate(bodies):
            planned = begin + number / rate
            await asyncio.sleep(max(0, planned - time.monotonic()))
            plan.put_nowait((planned, body))
        for _ in workers:
            plan.put_nowait(None)
        await asyncio.gather(*workers)
        self.seconds = time.monotonic() - begin
        return latencies, len(refused)

    def head(self, length):
        return (f"POST /webhooks/distribution HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {self.cluster.secret}\r\n"
                f"Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n").encode()

    @staticmethod
    async def answer(reader):
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = int(head.split("content-length:", 1)[1].split("\r\n", 1)[0])
        await reader.readexactly(length)
        return int(head.split(" ", 2)[1])


class SlowSenders:
    """Connections that send a webhook a byte a second, each to a sender that signs its bodies: so the gateway cannot know that they
    are nobody's. One that the gateway closes is opened again."""
    HEAD = (b"POST /webhooks/github HTTP/1.1\r\nHost: 127.0.0.1\r\nX-GitHub-Event: package\r\nX-Hub-Signature-256: sha256=00\r\n"
            b"Content-Type: application/json\r\nContent-Length: 1000000\r\n\r\n")

    def __init__(self, port, count):
        self.port, self.count = port, count
        self.sockets = []
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self.send)

    @property
    def held(self):
        return len(self.sockets)

    def __enter__(self):
        self.sockets = [self.open() for _ in range(self.count)]
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.thread.join()
        for one in self.sockets:
            one.close()

    def open(self):
        one = socket.create_connection(("127.0.0.1", self.port), 5)
        one.sendall(self.HEAD)
        return one

    def send(self):
        while not self.ended.wait(1):
            for number, one in enumerate(self.sockets):
                try:
                    one.sendall(b" ")
                except OSError:
                    one.close()
                    with contextlib.suppress(OSError):
                        self.sockets[number] = self.open()
