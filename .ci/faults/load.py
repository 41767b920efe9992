#!/usr/bin/env python3
"""Load on the whole pipeline as separate processes: load.py FOLDER [webhooks|slow|latency|trickle|workers|shares|layers|bulk]… Variables: LOAD_RATE
(webhooks a second, 500), LOAD_SECONDS (10), LOAD_BULK (bulk entries, 10000), LOAD_PUSHES (60), LOAD_SHARE (of a processor,
0.25), LOAD_IMAGES (of each kind of `layers`, 60). Ends with 1 if a limit is missed."""
import asyncio
import contextlib
import os
import pathlib
import statistics
import sys
import time

from cluster import Cluster, WORKERS
from images import Image, Layers, platform_image
from processes import await_true, end_in_order
from proxy import Fault
from quota import Quota, available
from webhooks import Sender, SlowSenders, bulk_record

RATE, SECONDS = int(os.environ.get("LOAD_RATE", 500)), int(os.environ.get("LOAD_SECONDS", 10))
BULK, PUSHES = int(os.environ.get("LOAD_BULK", 10_000)), int(os.environ.get("LOAD_PUSHES", 60))
SHARE = float(os.environ.get("LOAD_SHARE", 0.25))
IMAGES = int(os.environ.get("LOAD_IMAGES", 60))
BESIDE = 200
PUSHED, INGESTED, RESOLVED = (f"oci2wasm.{what}.v1.push" for what in ("image.pushed", "image.ingested", "platform.resolved"))
STARTED, BUILT = "oci2wasm.stage.started.v1", "oci2wasm.bundle.built.v1"
CONFIG = """\
kafka: {{bootstrapServers: "{broker}", partitions: 4}}
store:
  endpoint: http://127.0.0.1:{store}
  accessKeyIdFile: {folder}/s3-access-key-id
  secretAccessKeyFile: {folder}/s3-secret-access-key
registries: {{insecure: ["{registry}", "{slow_registry}"]}}
gateway:
  port: {gateway}
  webhookSecretFile: {folder}/webhook-secret
  webhooks: {{github: {{secretFile: {folder}/webhook-secret}}}}
  database: {{directory: {folder}/state}}
ingest: {{work: {{concurrency: 2}}}}
build: {{scratch: {folder}/scratch, parallelLayers: 1}}
"""


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def single(name, layers):
    manifest, blobs = platform_image(layers)
    return Image(name, manifest, (), blobs)


class Load:
    def __init__(self, folder):
        # The launcher's own choice of compilers: figures are those of the product as it is started.
        self.cluster = Cluster(folder, "-Xmx1g", CONFIG, notify=False, direct=True)
        self.layers = Layers("load")
        self.missed = []
        self.idle = None

    def limit(self, what, found, most):
        holds = found <= most
        print(f"{'ok' if holds else 'MISSED'}: {what}: {found:.3f}, limit {most:.3f}", flush=True)
        if not holds:
            self.missed.append(what)

    def small_images(self, prefix, count):
        base = self.layers.layer("base-small", 100_000)
        images = [single(f"{prefix}-{number}", [base, self.layers.layer(f"{prefix}-{number}", 20_000)]) for number in range(count)]
        for image in images:
            self.cluster.registry.push(image, "load/small")
        return images

    def since(self, mark, topic):
        return self.cluster.topics.ask("read", topics=[topic], since=mark)["records"]

    def webhooks(self):
        """`RATE` pushes a second, each of its own; all of them must be requests with an outcome afterwards. Warm: the first ones, which the
        JVMs compile themselves for, are not counted."""
        image, = self.small_images("webhook", 1)
        sender = Sender(self.cluster)
        mark = self.cluster.topics.ask("mark")
        cold, _ = asyncio.run(sender.at_rate(image, "load/small", RATE // 4, SECONDS * 2))
        await_true(1200, "the first webhooks' outcomes", lambda: len(self.since(mark, BUILT)) >= len(cold), 2)
        mark = self.cluster.topics.ask("mark")
        with self.machines_of_their_own():
            latencies, refused = asyncio.run(sender.at_rate(image, "load/small", RATE, SECONDS))
        begin = time.monotonic()
        print(f"{len(latencies)} webhooks in {sender.seconds:.2f} s ({len(latencies) / sender.seconds:.0f}/s), p50 "
              f"{percentile(latencies, 0.5) * 1000:.1f} ms, p99 {percentile(latencies, 0.99) * 1000:.1f} ms, "
              f"largest {max(latencies) * 1000:.1f} ms", flush=True)
        self.limit("refused webhooks", refused, 0)
        self.limit("p99 of a webhook, s", percentile(latencies, 0.99), 0.2)
        self.limit("seconds more than planned for the webhooks", sender.seconds - SECONDS, 0.5)
        wanted = len(latencies)
        await_true(1200, "every webhook's outcome", lambda: len(self.since(mark, BUILT)) >= wanted, 2)
        print(f"all ended {time.monotonic() - begin:.0f} s after the last webhook", flush=True)
        requests = [record["value"]["requestId"] for record in self.since(mark, BUILT)]
        self.limit("webhooks without outcome", wanted - len(set(requests)), 0)
        self.limit("outcomes that repeat", len(requests) - len(set(requests)), 0)
        shown = {item["requestId"] for item in self.cluster.conversions("load/small") if item["state"] == "built"}
        self.limit("outcomes that the API does not show", len(set(requests) - shown), 0)

    @contextlib.contextmanager
    def machines_of_their_own(self):
        """Workers and store are meant to run on other machines than the gateway: here they take what it leaves of this one."""
        others = [self.cluster.store, *(self.cluster.parts[stage] for stage in WORKERS)]
        for part in others:
            part.give_way()
        try:
            yield
        finally:
            for part in others:
                part.give_way(False)

    def slow(self):
        """The same while 300 others hold on to the gateway with bodies that do not end."""
        with SlowSenders(self.cluster.gateway_port, 300):
            self.webhooks()

    def seconds_beside(self, repository, slow=None):
        """From the first webhook of `BESIDE` images to the last completion event; `slow` is under way meanwhile."""
        images = self.small_images(repository.replace("/", "-"), BESIDE)
        mark = self.cluster.topics.ask("mark")
        sender = Sender(self.cluster)
        if slow:
            proxy = self.cluster.registry.proxy
            before = proxy.done
            sender.post(slow, "load/slow", host=f"127.0.0.1:{proxy.port}")
            await_true(60, "the slow image to be fetched", lambda: proxy.done > before, 0.05)
        begin = time.time()
        for image in images:
            sender.post(image, "load/small")
        await_true(600, "the other images to be built", lambda: len(self.since(mark, BUILT)) >= BESIDE, 0.5)
        return max(record["time"] for record in self.since(mark, BUILT)) / 1000 - begin

    def trickle(self):
        """One of ingest's two slots has an image that trickles: all others go on, though its work topic has one partition for all. Its rate
        is above the least one, so that nobody gives it up."""
        self.seconds_beside("trickle/warm")
        alone = self.seconds_beside("trickle/none")
        image = single("slow", [self.layers.layer("large", 6_000_000)])
        self.cluster.registry.push(image, "load/slow")
        proxy = self.cluster.registry.proxy
        proxy.rule = lambda request: Fault(rate=20_000) if "/blobs/" in request.path else None
        beside = self.seconds_beside("trickle/beside", image)
        self.limit(f"{BESIDE} images beside one that trickles, over their time without it", beside / alone, 1.2)
        # Fetched again from where it broke, and at full speed.
        proxy.rule = None
        proxy.refuse()
        proxy.accept()
        await_true(60, "the slow image to be built", lambda: self.cluster.conversions("load/slow")[0]["state"] == "built", 0.2)

    def measure(self, prefix):
        """Pushes one by one: from the webhook to the first stage's start, to the completion event, and that without the conversion."""
        starts, totals, overheads, ways = [], [], [], []
        sender = Sender(self.cluster)
        for image in self.small_images(prefix, PUSHES):
            mark = self.cluster.topics.ask("mark")
            sent, request = sender.post(image, "load/small")

            def own(topic):
                return [record for record in self.since(mark, topic) if record["value"]["requestId"] == request]
            await_true(60, f"{image.name} to be built", lambda: own(BUILT), 0.05)
            built = own(BUILT)[0]
            starts.append(min(record["time"] for record in own(STARTED)) / 1000 - sent)
            totals.append(built["time"] / 1000 - sent)
            overheads.append(totals[-1] - built["value"]["durationMs"] / 1000)
            marks = [sent, *(own(topic)[0]["time"] / 1000 for topic in (PUSHED, INGESTED, RESOLVED)), built["time"] / 1000]
            ways.append([after - before for before, after in zip(marks, marks[1:])])
        for what, values in (("to the start", starts), ("to the completion event", totals), ("the same without the conversion", overheads)):
            print(f"{prefix}: webhook {what}: p50 {percentile(values, 0.5):.3f} s, p95 {percentile(values, 0.95):.3f} s", flush=True)
        for what, values in zip(("accepted", "ingested", "resolved", "built"), zip(*ways)):
            print(f"{prefix}: {what} after the step before: p50 {percentile(values, 0.5):.3f} s, p95 {percentile(values, 0.95):.3f} s", flush=True)
        return starts, totals, overheads

    def latency(self):
        """Warm: the first pushes are not counted."""
        self.measure("warm")
        _, totals, overheads = self.measure("idle")
        self.idle = percentile(totals, 0.95)
        self.limit("p95 of what webhook to completion takes beyond the conversion, s", percentile(overheads, 0.95), 0.1)

    def bulk(self):
        """Pushes while bulk work waits and runs."""
        if self.idle is None:
            self.latency()
        image, = self.small_images("bulk", 1)
        records = [bulk_record(image, "load/small", self.cluster.registry.host, number) for number in range(BULK)]
        for start in range(0, BULK, 1000):
            self.cluster.topics.ask("send", records=records[start:start + 1000])
        time.sleep(3)
        starts, totals, _ = self.measure("busy")
        queued = self.cluster.topics.ask("queued", groups=["ingest-worker.bulk"])["ingest-worker.bulk"]
        print(f"bulk entries still queued: {queued}", flush=True)
        self.limit("bulk queue was empty before the pushes ended", 1 if queued == 0 else 0, 0)
        self.limit("largest time from webhook to start, s", max(starts), 1)
        self.limit("p95 of webhook to completion over that of idle", percentile(totals, 0.95) / self.idle, 1.5)

    def throughput(self, images, repository, workers, share=None):
        """Images a second that `workers` build-workers convert of the second half, by the events' times: in the first, the JVMs compile
        themselves. With a `share`, each worker gets no more of a processor than that in the second half."""
        build = self.cluster.parts["build"]
        build.stop()
        mark = self.cluster.topics.ask("mark")
        sender = Sender(self.cluster)
        for image in images:
            sender.post(image, repository)
        await_true(300, "resolve", lambda: len(self.since(mark, "oci2wasm.platform.resolved.v1.push")) >= len(images), 0.5)
        for name in ("bundles", "layers", "diffids"):
            self.cluster.remove(name)
        parts = [build, *(self.cluster.part("worker", "build") for _ in range(workers - 1))]
        for number, part in enumerate(parts):
            part.quota = Quota(number) if share else None
            part.start(wait=False)
        for part in parts:
            part.await_ready()
        half = len(images) // 2
        if share:
            await_true(600, "the first half", lambda: len(self.since(mark, BUILT)) >= half, 0.1)
            for part in parts:
                part.quota.limit(share)
        limited = time.time()
        await_true(600, "build", lambda: len(self.since(mark, BUILT)) >= len(images), 0.5)
        built = self.since(mark, BUILT)
        for part in parts if share else parts[1:]:
            part.stop()
            if part.quota:
                part.quota.remove()
        ends = sorted(record["time"] / 1000 for record in built)
        begin = limited if share else ends[-1 - half]
        warm = [end for end in ends if end > begin]
        converted = sum(record["value"]["layers"]["converted"] for record in built)
        print(f"{repository}, {workers} build-workers{f' with {share} of a processor each' if share else ''}: {len(ends)} images, {converted} layers "
              f"converted, warm {len(warm) / (ends[-1] - begin):.2f} images/s", flush=True)
        return len(warm) / (ends[-1] - begin)

    def pushed(self, repository, count, common):
        """Images of ten layers of 1 MB, `common` of them in all images."""
        shared = [self.layers.layer(f"common-{number}", 1_000_000) for number in range(common)]
        images = [single(f"{repository[-2:]}-{number}",
                         [*shared, *(self.layers.layer(f"{repository}-{number}-{own}", 1_000_000) for own in range(10 - common))])
                  for number in range(count)]
        for image in images:
            self.cluster.registry.push(image, repository)
        return images

    def workers(self):
        images = self.pushed("load/scale", 40, 0)
        one, two = (statistics.median(self.throughput(images, "load/scale", count) for _ in range(2)) for count in (1, 2))
        print(f"two build-workers over one: {two / one:.2f} on {os.cpu_count()} cores", flush=True)

    def shares(self):
        """The same where processors allow: each worker has so little of one that something is left on this machine."""
        if not available():
            print("SKIPPED: no control groups of version 1 for processors here, or no right to make one", flush=True)
            return
        images = self.pushed("load/share", 100, 0)
        one, two = (self.throughput(images, "load/share", count, SHARE) for count in (1, 2))
        self.limit("one build-worker over two, each with its share of a processor", one / two, 1 / 1.6)

    def layers_in_common(self):
        rates = {}
        for common in (0, 5, 9):
            repository = f"load/common{common}0"
            rates[common] = self.throughput(self.pushed(repository, IMAGES, common), repository, 1)
        print("| layers in common | images/s | over none |\n|---|---|---|", flush=True)
        for common, rate in rates.items():
            print(f"| {common} of 10 | {rate:.2f} | {rate / rates[0]:.2f} × |", flush=True)
        self.limit("images/s with no layer in common, over those with 90 %", rates[0] / rates[9], 1 / 5)


# What bulk work is left would take part in what comes after it.
PARTS = {"webhooks": Load.webhooks, "slow": Load.slow, "latency": Load.latency, "trickle": Load.trickle, "workers": Load.workers, "shares": Load.shares, "layers": Load.layers_in_common,
         "bulk": Load.bulk}


def main(folder, *names):
    end_in_order()
    unknown = [name for name in names if name not in PARTS]
    if unknown:
        raise SystemExit(f"no part {unknown[0]}: expected {', '.join(PARTS)}")
    load = Load(pathlib.Path(folder))
    try:
        load.cluster.start()
        for name in names or PARTS:
            print(f"== {name} (load of this machine {os.getloadavg()[0]:.1f})", flush=True)
            PARTS[name](load)
    finally:
        load.cluster.close()
    if load.missed:
        raise SystemExit(f"limits missed: {'; '.join(load.missed)}")


if __name__ == "__main__":
    main(*sys.argv[1:])
