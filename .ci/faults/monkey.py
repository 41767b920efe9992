#!/usr/bin/env python3
"""`oci2wasm up` for a while under a random monkey: images are pushed while it is paused, killed, sent malformed records, told to remove,
and asked by slow peers. Usage: monkey.py FOLDER SECONDS; FAULT_SEED (1) says which. Ends with 1 if anything is lost or stuck, or if the
API says something else after a rebuild."""
import json
import os
import pathlib
import random
import sys
import threading
import time
import types

from checks import Ledger
from cluster import Cluster
from embedded import Embedded
from images import make_images
from processes import await_true, end_in_order, get
from proxy import Fault
from verdict import Verdict
from webhooks import SlowSenders

REPOSITORIES = 7
PATIENCE = 600
MALFORMED = (None, "", "{}", "null", "[]", "\u0000\u0001", '{"requestId": 7}', '{"requestId": "x", "lane": "push"}', '{"requestId":"' + "x" * 300 + '"}')


class Monkey(Verdict):
    def __init__(self, folder, seconds, seed):
        super().__init__()
        self.seconds, self.chance = seconds, random.Random(f"monkey/{seed}")
        self.images = make_images(max(20, seconds // 6), f"monkey/{seed}")
        # Its broker and store are not started: they lend the embedded ones their configuration.
        self.cluster = Cluster(folder)
        self.done = {}

    @property
    def up(self):
        return self.embedded.parts["up"]

    @property
    def proxy(self):
        return self.cluster.registry.proxy

    def start(self):
        self.cluster.registry.start()
        self.cluster.store_proxy = types.SimpleNamespace(port=0)
        self.cluster.write_config()
        self.embedded = Embedded(self.cluster)
        self.embedded.start()

    def push(self, ledger):
        gap = self.seconds / len(ledger.placed)
        for image, repository in ledger.placed:
            try:
                self.cluster.registry.push(image, repository)
            except OSError as e:
                self.wrong.append(f"pushing {image.name}: {e}")
            time.sleep(gap * 0.9)

    def pause(self):
        self.up.pause()
        time.sleep(self.chance.choice((0.5, 3, 2 * self.cluster.lock_seconds, 20)))
        self.up.go_on()

    def kill(self):
        self.up.kill()
        time.sleep(self.chance.uniform(0, 3))
        self.up.start()
        self.embedded.find_broker()

    def stop(self):
        self.up.stop()
        self.up.start()
        self.embedded.find_broker()

    def malformed(self):
        records = []
        for _ in range(self.chance.randrange(1, 20)):
            headers = {"ce_specversion": "1.0", "ce_type": self.chance.choice(self.embedded.all_topics), "ce_source": "/monkey",
                       "ce_id": f"monkey-{self.chance.randrange(1 << 30)}", "content-type": "application/json"}
            for name in self.chance.sample(sorted(headers), self.chance.randrange(3)):
                del headers[name]
            records.append({"topic": self.chance.choice(self.embedded.all_topics), "key": self.chance.choice((None, "sha256:" + "0" * 64, "?")),
                            "headers": headers, "value": self.chance.choice(MALFORMED)})
        self.embedded.topics.ask("send", records=records)

    def remove(self):
        self.embedded.sweep()

    def slow_registry(self):
        fault = self.chance.choice((Fault(rate=500_000), Fault(hang=3), Fault(status=503), Fault(status=429, headers=(("Retry-After", "1"),)),
                                    Fault(cut_answer=5000)))
        share = self.chance.uniform(0.1, 0.6)
        self.proxy.rule = lambda request: fault if random.random() < share else None
        time.sleep(self.chance.uniform(1, 10))
        self.proxy.rule = None

    def slow_senders(self):
        with SlowSenders(self.cluster.gateway_port, 300):
            time.sleep(self.chance.uniform(2, 10))

    def act(self):
        deeds = (self.pause, self.kill, self.stop, self.malformed, self.malformed, self.remove, self.slow_registry, self.slow_senders)
        deed = self.chance.choice(deeds)
        print(f"{time.monotonic() - self.begin:7.1f} s: {deed.__name__}", flush=True)
        try:
            deed()
        except OSError as e:
            # An answer may be cut off by what was done before; what comes of it is checked at the end.
            print(f"          {deed.__name__}: {e}", flush=True)
        self.done[deed.__name__] = self.done.get(deed.__name__, 0) + 1

    def dump(self, path):
        """What the API says of everything, page by page."""
        items, page = [], ""
        while page is not None:
            answer = json.loads(get(f"{self.embedded.api}{path}?limit=500" + (f"&page={page}" if page else ""), 30))
            items += answer["items"]
            page = answer.get("next")
        return sorted(json.dumps(item, sort_keys=True) for item in items)

    def dumps(self):
        return {path: self.dump(f"/api/v1/{path}") for path in ("conversions", "dead-letters", "batches")}

    def rebuild(self):
        before = self.dumps()
        self.up.stop()
        self.up.command.append("--rebuild")
        self.up.start()
        self.up.command.pop()
        await_true(PATIENCE, "the rebuild", lambda: len(self.dump("/api/v1/conversions")) >= len(before["conversions"]), 1)
        for path, items in self.dumps().items():
            self.check(f"{path} after a rebuild ({len(items)})", sorted(set(items) ^ set(before[path]))[:4], [])

    def run(self):
        try:
            self.start()
            self.begin = time.monotonic()
            placed = [(image, f"monkey/{number % REPOSITORIES}") for number, image in enumerate(self.images)]
            ledger = Ledger(self.embedded, self.embedded.topics.ask("mark"), placed)
            pushing = threading.Thread(target=self.push, args=(ledger,))
            pushing.start()
            while time.monotonic() - self.begin < self.seconds:
                self.act()
                time.sleep(self.chance.uniform(0, 8))
            pushing.join()
            self.proxy.rule = None
            self.finish(ledger)
            self.rebuild()
        finally:
            self.close()
        print(f"{len(self.images)} images; " + ", ".join(f"{count} {name}" for name, count in sorted(self.done.items())), flush=True)
        return self.exit_code()

    def finish(self, ledger):
        try:
            await_true(PATIENCE, "every request to end", ledger.is_settled, 1)
            self.embedded.await_drained(PATIENCE)
        except TimeoutError as e:
            self.wrong.append(str(e))
        ledger.check_outcomes()
        self.embedded.sweep()
        ledger.check_store()
        ledger.check_bundles(None)
        for problem in ledger.problems[:20]:
            print(f"WRONG: {problem}", flush=True)
        self.check("problems", len(ledger.problems), 0)

    def close(self):
        self.embedded.close()
        self.cluster.registry.end(9)


if __name__ == "__main__":
    end_in_order()
    sys.exit(Monkey(pathlib.Path(sys.argv[1]), int(sys.argv[2]), os.environ.get("FAULT_SEED", 1)).run())
