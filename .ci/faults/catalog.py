#!/usr/bin/env python3
"""Batches over a whole catalog: catalog.py FOLDER OTHER_ENGINE. Variable: CATALOG_IMAGES (300). Ends with 1 if a count is wrong."""
import json
import os
import pathlib
import re
import subprocess
import sys
import time

from cluster import Cluster
from images import Image, Layers, platform_image
from load import CONFIG
from processes import ROOT, await_true, end_in_order, get
from verdict import Verdict

IMAGES = int(os.environ.get("CATALOG_IMAGES", 300))
REPOSITORIES = 10
OPTIONS = "-XX:TieredStopAtLevel=1 -Xmx512m"
ENDED = ("built", "reused", "skipped", "failed")
STATES = ("known", "waiting", "running", *ENDED)


class Catalog(Verdict):
    def __init__(self, folder, other_engine):
        self.cluster = Cluster(folder, OPTIONS, CONFIG, notify=True, direct=True)
        self.other_engine = other_engine
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

    def scan(self):
        half = IMAGES // 2
        before, after = self.images[:half], self.images[half:]
        print(f"== {half} images are pushed and told of, {IMAGES - half} while the gateway is down", flush=True)
        self.push(before)
        await_true(60 + 2 * IMAGES, "the first half to be built",
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
        self.cluster.parts["build"].stop()
        other = self.cluster.part("worker", "build")
        other.environment["OCI2WASM_JAVA_OPTIONS"] = f"{OPTIONS} -Xbootclasspath/a:{self.other_engine}"
        self.cluster.parts["build"] = other.start()
        asked, tenth = self.requests(), max(3, IMAGES // 10)
        registry = ("--registry", self.cluster.registry.host)
        self.check("a dry run counts", self.command("reconvert", *registry, "--dry-run")[1].splitlines()[-1],
                   f"would convert {IMAGES} images of {min(IMAGES, REPOSITORIES)} repositories")
        # Slow enough to be paused and cancelled on the way.
        _, batch = self.begin("reconvert", *registry, "--rate", f"{IMAGES / 75:.3f}/s")
        await_true(120 + IMAGES, "a tenth to end", lambda: self.ended(batch) >= tenth, 0.5)

        self.check("pausing is accepted", self.command("batches", batch, "--pause")[0], 0)
        await_true(120, "what is begun to end", lambda: self.batch(batch)["images"]["running"] == 0, 0.5)
        paused = self.counts(batch, *STATES)
        time.sleep(3)
        self.check("paused, nothing more is begun", self.counts(batch, *STATES), paused)
        self.kill_gateway()
        await_true(60, "the gateway to know the batch", lambda: self.batch(batch)["state"] == "paused", 0.5)
        self.check("killed and started, the counts are the same", self.counts(batch, *STATES), paused)

        self.check("resuming is accepted", self.command("batches", batch, "--resume")[0], 0)
        await_true(120 + IMAGES, "another tenth to end", lambda: self.ended(batch) >= paused["built"] + tenth, 0.5)
        self.kill_gateway()
        await_true(120 + IMAGES, "yet another tenth to end", lambda: self.ended(batch) >= paused["built"] + 2 * tenth, 0.5)
        self.check("cancelling is accepted", self.command("batches", batch, "--cancel")[0], 0)
        await_true(120, "what is begun to end", lambda: self.batch(batch)["images"]["running"] == 0, 0.5)
        cancelled = self.counts(batch, *STATES)
        time.sleep(3)
        self.check("cancelled, nothing more is begun", self.counts(batch, *STATES), cancelled)
        self.check("some were left", cancelled["waiting"] > 0, True)
        self.check("what ended and what was left is all", cancelled["built"] + cancelled["waiting"], IMAGES)
        self.check("each was begun once", len(self.conversions(batch)), cancelled["built"])

        code, rest = self.begin("reconvert", *registry, "--wait")
        self.check("the next batch does the rest", (code, self.counts(rest, *STATES)),
                   (0, {"known": 0, "waiting": 0, "running": 0, "built": cancelled["waiting"], "reused": cancelled["built"], "skipped": 0, "failed": 0}))
        items = self.conversions(batch) + self.conversions(rest)
        self.check("layers converted", sum(item["layers"]["converted"] for item in items), 0)
        self.check("requests to the registry for blobs and manifests", self.requests() - asked, 0)
        self.check("the log has such requests", asked > 0, True)
        begun = self.call(f"/api/v1/batches/{rest}")
        print(f"the rest: {begun['requestedAt']} to {begun['endedAt']}", flush=True)

    def run(self):
        try:
            self.cluster.start()
            self.scan()
            self.reconvert()
        finally:
            self.cluster.close()
        return self.exit_code()


if __name__ == "__main__":
    end_in_order()
    sys.exit(Catalog(pathlib.Path(sys.argv[1]), sys.argv[2]).run())
