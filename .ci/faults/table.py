#!/usr/bin/env python3
"""The fault table: pushes images to a real registry while a real pipeline is damaged, and checks what came of it. Prints one line
for each row and ends with 1 if anything that must hold does not. Usage: table.py FOLDER [ROW…], a row by a part of its name;
FAULT_IMAGES (20) and FAULT_SEED (1) say how many images and which."""
import os
import pathlib
import random
import sys
import threading
import time

from checks import Ledger
from cluster import Cluster
from embedded import Embedded
from images import make_images
from processes import await_true, end_in_order
from rows import ROWS, Damage

PATIENCE = (180, 3)  # seconds until a row's requests must have ended: at least, and for each push
# Named as in docs/PERFORMANCE.md, "Faults".
COLUMNS = ("pushes", "faults", "locks", "webhooks", "announced", "bundles", "layers", "fetched", "left", "s")


class Table:
    def __init__(self, folder, count, seed):
        self.images = make_images(count, seed)
        self.seed = seed
        self.cluster = Cluster(folder)
        self.reference = None
        self.failed = []

    def run(self, rows):
        try:
            self.cluster.start()
            print(f"| fault (seed {self.seed}) | " + " | ".join(COLUMNS) + " | holds |\n" + "|---" * (len(COLUMNS) + 2) + "|", flush=True)
            for row in rows:
                self.one(row)
        finally:
            self.cluster.close()
        return self.failed

    def one(self, row):
        if row.embedded:  # the last rows: the cluster's own parts do not come back
            self.cluster.stop_parts()
            embedded = Embedded(self.cluster)
            embedded.start()
            self.in_cluster(embedded, row)
            embedded.close()
        else:
            self.in_cluster(self.cluster, row)

    def in_cluster(self, cluster, row):
        begin = time.monotonic()
        images = self.images[:max(5, round(len(self.images) * row.share))]
        slug = "".join(letter if letter.isalnum() else "-" for letter in row.name.lower()).strip("-")
        placed = [(image, f"faults/{slug}/{number % 3}") for number, image in enumerate(images)]
        damage = Damage(cluster, random.Random(f"{self.seed}/{row.name}"), images)
        cluster.pushed_at_once = sum(len(image.manifests) for image in images)
        ledger = Ledger(cluster, cluster.topics.ask("mark"), placed)
        pushing = threading.Thread(target=self.push, args=(ledger,))
        pushing.start()
        row.run(damage)
        pushing.join()
        if row.fails:
            ledger.failing = {digest: row.fails for digest in damage.manifests}
        self.finish(ledger, damage)
        self.tell(row, ledger, damage, begin)
        cluster.clean()

    def push(self, ledger):
        try:
            for image, repository in ledger.placed:
                ledger.cluster.registry.push(image, repository)
        except OSError as e:
            ledger.problems.append(f"pushing: {e}")

    def finish(self, ledger, damage):
        ledger.problems += damage.problems
        cluster, patience = ledger.cluster, max(PATIENCE[0], PATIENCE[1] * len(ledger.pushes()))
        try:
            await_true(patience, "every request to end", ledger.is_settled, 0.5)
            if damage.echo > 1:
                cluster.await_drained(patience)
                cluster.topics.ask("silence")
            cluster.await_drained(patience)
        except TimeoutError as e:
            ledger.problems.append(str(e))
        for name, part in cluster.parts.items():
            ledger.check(f"{name} alive", part.is_alive(), True)

    def tell(self, row, ledger, damage, begin):
        cluster = ledger.cluster
        ledger.check_outcomes()
        announced = ledger.announcements()
        ledger.check_dead_letters()
        ledger.check_set_aside(damage.letters)
        again = ledger.repeated_work()
        ledger.check_bounds(announced, again, damage)
        faults = damage.count + cluster.registry.proxy.done + cluster.store_proxy.done
        if row.fails:
            self.repair(ledger)
        left = cluster.sweep()
        ledger.check_store()
        bundles = ledger.check_bundles(self.reference)
        if self.reference is None:
            self.reference = bundles
        cells = (len(ledger.pushes()), faults, damage.lost_locks(), again["webhooks"], announced, again["bundles"], again["layers"], again["fetches"], left,
                 f"{time.monotonic() - begin:.1f}")
        print(f"| {row.name} | " + " | ".join(map(str, cells)) + f" | {'no' if ledger.problems else 'yes'} |", flush=True)
        for problem in ledger.problems[:20]:
            print(f"    {row.name}: {problem}", file=sys.stderr, flush=True)
        if ledger.problems:
            self.failed.append(row.name)

    def repair(self, ledger):
        """The registry is well again: what failed is replayed, and becomes what it would have been."""
        ledger.cluster.registry.proxy.rule = None
        failed = sum(manifest.digest in ledger.failing for _, manifest, _ in ledger.pushes())
        ledger.check("dead letters replayed", sum(map(ledger.cluster.replay, ledger.repositories)), failed)
        ledger.failing = {}
        try:
            await_true(PATIENCE[0], "every replay to end", ledger.is_built, 0.5)
            ledger.cluster.await_drained(PATIENCE[0])
        except TimeoutError as e:
            ledger.problems.append(str(e))
        ledger.check_outcomes()


def main(folder, *names):
    end_in_order()
    rows = [row for row in ROWS if row is ROWS[0] or not names or any(name in row.name for name in names)]
    failed = Table(pathlib.Path(folder), int(os.environ.get("FAULT_IMAGES", 20)), int(os.environ.get("FAULT_SEED", 1))).run(rows)
    if failed:
        raise SystemExit(f"{len(failed)} rows do not hold: {', '.join(failed)}")


if __name__ == "__main__":
    main(*sys.argv[1:])
