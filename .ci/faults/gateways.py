#!/usr/bin/env python3
"""Two gateways with one database, as docs/deploy/kubernetes has them: gateways.py FOLDER JDBC_URL USER. Ends with 1 if a check fails."""
import json
import pathlib
import re
import sys

from cluster import Cluster
from images import Image, Layers, platform_image
from load import CONFIG
from processes import await_true, end_in_order, free_port, get
from verdict import Verdict
from webhooks import Sender

IMAGES = 12
REPOSITORY = "team/shared"


class Gateways(Verdict):
    def __init__(self, folder, url, user):
        database = f"database: {{{{url: \"{url}\", user: {user}}}}}"
        self.cluster = Cluster(folder, "-XX:TieredStopAtLevel=1 -Xmx512m", re.sub(r"database: {{.*?}}", lambda _: database, CONFIG),
                               notify=False, direct=True)
        super().__init__()
        layers = Layers("gateways")
        base = layers.layer("base", 100_000)
        self.images = []
        for number in range(IMAGES):
            manifest, blobs = platform_image([base, layers.layer(f"own-{number}", 20_000)])
            self.images.append(Image(f"v{number}", manifest, (), blobs))

    def start(self):
        self.cluster.start()
        self.first = self.cluster.parts["gateway"]
        self.second = self.cluster.part("gateway", port=free_port())
        self.second.environment["OCI2WASM_GATEWAY_PORT"] = str(self.second.port)
        self.cluster.parts["gateway two"] = self.second.start()
        self.both = (self.first, self.second)

    @staticmethod
    def call(gateway, path):
        return json.loads(get(f"http://127.0.0.1:{gateway.port}{path}", 20))

    def post(self, gateway, path, body):
        return self.cluster.call(path, body, gateway.port)

    def built(self, gateway):
        return {item["id"] for item in self.call(gateway, f"/api/v1/conversions?repository={REPOSITORY}&state=built&limit=500")["items"]}

    def pushes(self):
        print("== pushes, told now to one gateway, now to the other", flush=True)
        sender = Sender(self.cluster)
        for number, image in enumerate(self.images):
            self.cluster.registry.push(image, REPOSITORY)
            sender.post(image, REPOSITORY, self.both[number % 2].port)
        for gateway in self.both:
            await_true(120, "all to be built", lambda: len(self.built(gateway)) == IMAGES)
        self.check("both show the same", self.built(self.first) == self.built(self.second), True)

    def batch_of_a_gateway_that_dies(self):
        print("== a batch begun by a gateway that is killed", flush=True)
        batch = self.post(self.first, "/api/v1/batches", {"kind": "reconvert", "registry": self.cluster.registry.host, "rate": 0.5})["id"]
        path = f"/api/v1/batches/{batch}"
        # Either may have the lease; killed one after the other, whoever had it has died.
        for victim, other in (self.both, self.both[::-1]):
            before = self.call(other, path)["images"]["reused"]
            victim.kill()
            # What was begun already ends without any gateway; and a slow machine may have done all meanwhile.
            enough = min(before + 2, IMAGES)
            await_true(60, "the other to go on", lambda: self.call(other, path)["images"]["reused"] >= enough)
            victim.start()
        await_true(120, "the batch to end", lambda: self.call(self.first, path)["state"] == "done")
        counts = self.call(self.second, path)["images"]
        self.check("images of the batch", (counts["total"], counts["reused"], counts["failed"]), (IMAGES, IMAGES, 0))
        begun = self.call(self.first, f"/api/v1/conversions?batch={batch}&limit=500")["items"]
        self.check("each was begun once", len(begun), IMAGES)

    def retention(self):
        print("== retention, begun by one and asked of the other", flush=True)
        run = self.post(self.first, "/api/v1/gc", {"dryRun": True})
        path = f"/api/v1/gc/{run['id']}"
        await_true(60, "the run to end", lambda: self.call(self.second, path)["state"] != "running")
        self.check("the other knows how it ended", self.call(self.second, path), self.call(self.first, path))
        self.check("it is done", self.call(self.second, path)["state"], "done")
        self.check("it has looked at all", self.call(self.second, path)["report"]["objects"] > IMAGES, True)

    def run(self):
        try:
            self.start()
            self.pushes()
            self.batch_of_a_gateway_that_dies()
            self.retention()
        finally:
            self.cluster.close()
        return self.exit_code()


if __name__ == "__main__":
    end_in_order()
    sys.exit(Gateways(pathlib.Path(sys.argv[1]), *sys.argv[2:]).run())
