#!/usr/bin/env python3
"""Batches over a whole catalog: catalog.py FOLDER OTHER_ENGINE LATER_ENGINE. Variable: CATALOG_IMAGES (300). Ends with 1 if a count is
wrong."""
import collections
import json
import os
import pathlib
import re
import subprocess
import sys
import time

from cluster import Cluster, WORKERS
from images import Image, Layers, platform_image
from load import CONFIG
from processes import ROOT, await_true, end_in_order, get
from verdict import Verdict
from webhooks import bulk_record

IMAGES = int(os.environ.get("CATALOG_IMAGES", 300))
REPOSITORIES = 10
OPTIONS = "-XX:TieredStopAtLevel=1 -Xmx512m"
RESOLVED, BUILT = "oci2wasm.platform.resolved.v1.bulk", "oci2wasm.bundle.built.v1"
MOST_BYTES_AN_IMAGE = 256 * 1024
ENDED = ("built", "reused", "skipped", "failed")
STATES = ("known", "waiting", "running", *ENDED)


class Catalog(Verdict):
    def __init__(self, folder, other_engine, later_engine):
        self.cluster = Cluster(folder, OPTIONS, CONFIG, notify=True, direct=True)
        self.other_engine, self.later_engine = other_engine, later_engine
        layers = Layers("catalog")
        base = layers.layer("base", 100_000)
        self.images = []
        for number in range(IMAGES):
            manifest, blobs = platform_image([base, layers.layer(f"own-{number}", 20_000)])
            self.images.append((Image(f"v{number}", manifest, (), blobs), f"team/app{number % REPOSITORIES}"))
        super().__init__()

    def push(self, images):
        for image, repository in images:
            self.cluster.registry.push(image, repository)

    def command(self, *words):
        """Runs a subcommand against the gateway; gives its exit code and what it said."""
        done = subprocess.run([ROOT / "oci2wasm", words[0], "--gateway", self.cluster.api, *words[1:]], capture_output=True, text=True, timeout=1800)
        if done.returncode == 2 or done.returncode > 3:
            raise RuntimeError(f"oci2wasm {' '.join(words)}: ended with {done.returncode}: {done.stderr}")
        return done.returncode, done.stdout

    def begin(self, *words):
        code, said = self.command(*words)
        return code, re.match("[0-9a-f]{32}", said).group()

    def call(self, path):
        return json.loads(get(f"{self.cluster.api}{path}", 20))

    def batch(self, batch_id):
        """The batch, whose counts must be true whenever they are looked at."""
        batch = self.call(f"/api/v1/batches/{batch_id}")
        images = batch["images"]
        if sum(images[state] for state in STATES) != images["total"]:
            self.wrong.append(f"the sum of {images}")
        return batch

    def counts(self, batch_id, *states):
        images = self.batch(batch_id)["images"]
        return {state: images[state] for state in states}

    def ended(self, batch_id):
        return sum(self.counts(batch_id, *ENDED).values())

    def conversions(self, batch_id):
        items, page = [], ""
        while page is not None:
            answer = self.call(f"/api/v1/conversions?batch={batch_id}&limit=500" + (f"&page={page}" if page else ""))
            items += answer["items"]
            page = answer.get("next")
        return items

    def digests(self, batch_id):
        return {item["manifestDigest"] for item in self.conversions(batch_id)}

    def requests(self):
        """How often the registry was asked for a blob or a manifest, by its own log."""
        return len(re.findall(r'"(?:GET|HEAD) /v2/[^ ]+/(?:blobs|manifests)/', self.cluster.registry.log.read_text(errors="replace")))

    def kill_gateway(self):
        gateway = self.cluster.parts["gateway"]
        gateway.kill()
        gateway.start()

    def start_worker(self, stage, options, store_port, engine, slots=1):
        """The worker that has ended is there again, with this engine and with the store at this port."""
        part = self.cluster.part("worker", stage)
        part.environment["OCI2WASM_JAVA_OPTIONS"] = f"{options} -Xbootclasspath/a:{engine}" if stage == "build" else options
        part.environment["OCI2WASM_STORE_ENDPOINT"] = f"http://127.0.0.1:{store_port}"
        if stage == "build":
            part.environment["OCI2WASM_BUILD_WORK_CONCURRENCY"] = str(slots)
        self.cluster.parts[stage] = part.start(wait=False)

    def restart_workers(self, options, store_port):
        """From now on under the other engine, with the store at this port."""
        for stage in WORKERS:
            self.cluster.parts[stage].stop()
            self.start_worker(stage, options, store_port, self.other_engine)
        self.cluster.await_parts()

    def tell_bytes(self, images):
        """What workers have read from the store and written to it for so many images. The engine itself is written once."""
        read, written = collections.Counter(), collections.Counter()
        for (method, path), count in self.cluster.store_proxy.bytes.items():
            bucket, _, key = path.partition("?")[0].lstrip("/").partition("/")
            kind, *_, name = key.split("/") if "/" in key else (key or bucket, "")
            what = f"{kind} {name}" if kind in ("layers", "rootfs") else kind
            (read if method == "GET" else written)[what] += count
        print("| objects | bytes read an image | written an image |\n|---|---|---|", flush=True)
        for what in sorted(read | written):
            print(f"| {what} | {read[what] / images:.0f} | {written[what] / images:.0f} |")
        most = sum(read.values()) + sum(written.values()) - read["engines"] - written["engines"]
        print(f"| all but engines | {(read.total() - read['engines']) / images:.0f} | {(written.total() - written['engines']) / images:.0f} |", flush=True)
        self.check("bytes of layers' data", read["layers data"] + written["layers data"], 0)
        self.check("the store was asked through the proxy", most > 0, True)
        self.check(f"an image takes at most {MOST_BYTES_AN_IMAGE} bytes, and no engine", most / images <= MOST_BYTES_AN_IMAGE, True)

    def records(self, topic, mark):
        return self.cluster.topics.ask("read", topics=[topic], since=mark)["records"]

    def tell_rate(self, what, mark):
        """Images a second of the second half, by the events' times, and while a slot of the build-worker was at work."""
        records = sorted(self.records(BUILT, mark), key=lambda record: record["time"])
        made = [record for record in records if not record["value"]["reused"]]
        if len(made) < 4:
            return
        warm = made[len(made) // 2:]
        seconds = (warm[-1]["time"] - made[len(made) // 2 - 1]["time"]) / 1000
        own = sum(record["value"]["durationMs"] for record in warm) / 1000
        print("| second half | images/s | while a slot is at work |\n|---|---|---|", flush=True)
        print(f"| {what} | {len(warm) / max(seconds, 0.001):.1f} | {len(warm) / max(own, 0.001):.1f} |", flush=True)

    def alone(self, slots):
        """As on a machine of its own, as far as this one has one: ingest and resolve have done their part before it starts."""
        what = f"one build-worker alone, slots: {slots}"
        print(f"== {what}: it converts all anew under a later engine", flush=True)
        self.cluster.parts["build"].stop()
        self.cluster.remove("bundles")
        mark = self.cluster.topics.ask("mark")
        self.cluster.topics.ask("send", records=[bulk_record(image, repository, self.cluster.registry.host, f"later-{slots}-{number}")
                                                 for number, (image, repository) in enumerate(self.images)])
        await_true(600 + IMAGES, "all to be resolved", lambda: len(self.records(RESOLVED, mark)) == IMAGES, 0.5)
        self.start_worker("build", "-Xmx512m", self.cluster.store.port, self.later_engine, slots)
        await_true(600 + IMAGES, "all to be built", lambda: len(self.records(BUILT, mark)) == IMAGES, 0.5)
        built = self.records(BUILT, mark)
        self.check("bundles that were there before", sum(record["value"]["reused"] for record in built), 0)
        self.check("layers converted", sum(record["value"]["layers"]["converted"] for record in built), 0)
        self.tell_rate(what, mark)

    def scan(self):
        half = IMAGES // 2
        before, after = self.images[:half], self.images[half:]
        print(f"== {half} images are pushed and told of, {IMAGES - half} while the gateway is down", flush=True)
        self.push(before)
        await_true(300 + 2 * IMAGES, "the first half to be built",
                   lambda: sum(item["state"] == "built" for number in range(REPOSITORIES)
                               for item in self.cluster.conversions(f"team/app{number}")) == half, 1)
        self.cluster.parts["gateway"].stop()
        self.push(after)
        # The registry would tell later what it holds in memory.
        self.cluster.registry.kill()
        self.cluster.registry.start()
        self.cluster.parts["gateway"].start()
        code, scan = self.begin("scan", "--registry", self.cluster.registry.host, "--wait")
        self.check("the scan's exit code", code, 0)
        self.check("the scan's counts", self.counts(scan, *STATES),
                   {"known": half, "waiting": 0, "running": 0, "built": IMAGES - half, "reused": 0, "skipped": 0, "failed": 0})
        self.check("it finds exactly those", self.digests(scan) == {image.manifest.digest for image, _ in after}, True)
        code, again = self.begin("scan", "--registry", self.cluster.registry.host, "--wait")
        self.check("another scan finds all known", (code, self.counts(again, "known", *ENDED)),
                   (0, {"known": IMAGES, "built": 0, "reused": 0, "skipped": 0, "failed": 0}))

    def reconvert(self):
        print("== all are converted anew under another engine", flush=True)
        self.restart_workers(OPTIONS, self.cluster.store_proxy.port)
        self.cluster.store_proxy.reset()
        asked, tenth = self.requests(), max(3, IMAGES // 10)
        registry = ("--registry", self.cluster.registry.host)
        self.check("a dry run counts", self.command("reconvert", *registry, "--dry-run")[1].splitlines()[-1],
                   f"would convert {IMAGES} images of {min(IMAGES, REPOSITORIES)} repositories")
        # Slow enough to be paused and cancelled on the way.
        _, batch = self.begin("reconvert", *registry, "--rate", f"{IMAGES / 75:.3f}/s")
        await_true(600 + IMAGES, "a tenth to end", lambda: self.ended(batch) >= tenth, 0.5)

        self.check("pausing is accepted", self.command("batches", batch, "--pause")[0], 0)
        await_true(300, "what is begun to end", lambda: self.batch(batch)["images"]["running"] == 0, 0.5)
        paused = self.counts(batch, *STATES)
        time.sleep(3)
        self.check("paused, nothing more is begun", self.counts(batch, *STATES), paused)
        self.kill_gateway()
        await_true(300, "the gateway to know the batch", lambda: self.batch(batch)["state"] == "paused", 0.5)
        self.check("killed and started, the counts are the same", self.counts(batch, *STATES), paused)

        self.check("resuming is accepted", self.command("batches", batch, "--resume")[0], 0)
        await_true(600 + IMAGES, "another tenth to end", lambda: self.ended(batch) >= paused["built"] + tenth, 0.5)
        self.kill_gateway()
        await_true(600 + IMAGES, "yet another tenth to end", lambda: self.ended(batch) >= paused["built"] + 2 * tenth, 0.5)
        self.check("cancelling is accepted", self.command("batches", batch, "--cancel")[0], 0)
        await_true(300, "what is begun to end", lambda: self.batch(batch)["images"]["running"] == 0, 0.5)
        cancelled = self.counts(batch, *STATES)
        time.sleep(3)
        self.check("cancelled, nothing more is begun", self.counts(batch, *STATES), cancelled)
        self.check("some were left", cancelled["waiting"] > 0, True)
        self.check("what ended and what was left is all", cancelled["built"] + cancelled["waiting"], IMAGES)
        self.check("each was begun once", len(self.conversions(batch)), cancelled["built"])

        self.tell_bytes(cancelled["built"])

        # As fast as it goes: the launcher's own choice of compilers, and no proxy.
        self.restart_workers("-Xmx512m", self.cluster.store.port)
        mark = self.cluster.topics.ask("mark")
        code, rest = self.begin("reconvert", *registry, "--wait")
        self.check("the next batch does the rest", (code, self.counts(rest, *STATES)),
                   (0, {"known": 0, "waiting": 0, "running": 0, "built": cancelled["waiting"], "reused": cancelled["built"], "skipped": 0, "failed": 0}))
        items = self.conversions(batch) + self.conversions(rest)
        self.check("layers converted", sum(item["layers"]["converted"] for item in items), 0)
        self.check("requests to the registry for blobs and manifests", self.requests() - asked, 0)
        self.check("the log has such requests", asked > 0, True)
        self.tell_rate("all parts", mark)
        begun = self.call(f"/api/v1/batches/{rest}")
        print(f"the rest: {begun['requestedAt']} to {begun['endedAt']}", flush=True)

    def run(self):
        try:
            self.cluster.start()
            self.scan()
            self.reconvert()
            for slots in (1, 2):
                self.alone(slots)
        finally:
            self.cluster.close()
        return self.exit_code()


if __name__ == "__main__":
    end_in_order()
    sys.exit(Catalog(pathlib.Path(sys.argv[1]), *sys.argv[2:]).run())
