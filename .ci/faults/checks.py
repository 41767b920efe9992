"""What must hold when everything has ended, whatever happened on the way."""
import collections
import datetime
import hashlib
import json
import re

from cluster import COMPLETION, DEAD_LETTERS, ENDED, LANES, WORK

# The header of malformed records, which TopicTool writes and does not read.
MALFORMED = "test-malformed"

# What one task of these images does at most.
OUTCOMES_OF_A_TASK, LAYERS_OF_AN_IMAGE, BLOBS_OF_AN_IMAGE = 2, 4, 6

# The embedded S3 server writes under such a name first: nobody asks for it, and a server that is killed leaves it.
OF_A_DEAD_SERVER = re.compile(r"-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")


def expected_states(image, manifest, failing):
    """What one push must have become: Counter of state, or of state and reason where it is not built."""
    if manifest.digest in failing:
        return collections.Counter({("failed", failing[manifest.digest]): 1})
    if image.children:
        riscv64, other = image.children
        if manifest is other:
            return collections.Counter({("skipped", "no-engine"): 1})
        if manifest is image.manifest:
            built = ("failed", failing[riscv64.digest]) if riscv64.digest in failing else ("built", None)
            return collections.Counter({built: 1, ("skipped", "no-engine"): 1})
    return collections.Counter({("built", None): 1})


class Ledger:
    """What was pushed in one row, and what must come of it. `failing` maps manifest digests to the reason they must fail with."""

    def __init__(self, cluster, mark, placed, failing=None):
        self.cluster, self.mark, self.placed = cluster, mark, placed
        self.failing = failing or {}
        self.problems = []

    @property
    def repositories(self):
        return sorted({repository for _, repository in self.placed})

    def pushes(self):
        """One for each image: an index' children have no tag, and belong to it."""
        return [(image, image.manifest, repository) for image, repository in self.placed]

    def conversions(self):
        return [item for repository in self.repositories for item in self.cluster.conversions(repository)]

    def is_settled(self):
        items = self.conversions()
        return (len({item["requestId"] for item in items}) >= len(self.pushes())
                and all(item["state"] in ENDED for item in items))

    def is_built(self):
        return self.is_settled() and all(item["state"] != "failed" for item in self.conversions())

    def check(self, what, found, expected):
        if found != expected:
            self.problems.append(f"{what}: found {found}, expected {expected}")

    def check_outcomes(self):
        """Every push is one request, with the outcomes it must have and no other."""
        requests = collections.defaultdict(list)
        for item in self.conversions():
            requests[item["image"]["repository"], item["image"]["digest"], item["requestId"]].append(item)
        for image, manifest, repository in self.pushes():
            own = [items for (name, digest, _), items in requests.items() if (name, digest) == (repository, manifest.digest)]
            where = f"{repository}@{manifest.digest[:19]} ({image.name})"
            self.check(f"requests of {where}", len(own), 1)
            for items in own:
                found = collections.Counter((item["state"], item.get("reason")) for item in items)
                self.check(f"outcomes of {where}", found, expected_states(image, manifest, self.failing))
        self.check("requests in all", len(requests), len(self.pushes()))

    def announcements(self):
        """Checks the completion topics; gives how many announcements repeat another."""
        by_id = collections.defaultdict(list)
        for record in self.cluster.topics.ask("read", topics=COMPLETION, since=self.mark)["records"]:
            by_id[record["headers"]["ce_id"]].append(record["value"])
        for event_id, copies in by_id.items():
            said = {(value.get("recipe", {}).get("digest"), value.get("reason")) for value in copies}
            self.check(f"different announcements under {event_id}", len(said), 1)
        # An id is REQUEST/NOUN-AND-VERB/MANIFEST: two verbs for one conversion would be two outcomes.
        ends = collections.Counter((*event_id.split("/")[::2],) for event_id in by_id)
        self.check("conversions with two outcomes", [key for key, count in ends.items() if count > 1], [])
        wanted = sum(sum(expected_states(image, manifest, self.failing).values()) for image, manifest, _ in self.pushes())
        self.check("announcements, repeated ones aside", len(by_id), wanted)
        return sum(map(len, by_id.values())) - len(by_id)

    def check_dead_letters(self):
        """What failed for good can be replayed, and nothing else: one letter for each push that must fail, however often written."""
        letters = {}
        for record in self.cluster.topics.ask("read", topics=[DEAD_LETTERS], since=self.mark)["records"]:
            if any(header["name"] == MALFORMED for header in record["value"]["record"]["headers"]):
                continue
            letters[record["value"]["id"]] = (record["value"].get("image", {}).get("digest"), record["value"]["reason"])
        failed = [(manifest.digest, self.failing[manifest.digest]) for _, manifest, _ in self.pushes() if manifest.digest in self.failing]
        self.check("dead letters", collections.Counter(letters.values()), collections.Counter(failed))

    def check_set_aside(self, ids):
        """Each malformed record is a dead letter, of whomever."""
        self.check("malformed records without dead letter", sorted(ids - self.cluster.dead_letters()), [])

    def check_bundles(self, reference):
        """Every conversion has one bundle, and it is the one that a run without faults makes; gives {manifest: (id, digest)}."""
        bundles = {}
        for item in self.conversions():
            if item["state"] == "built":
                is_same = (item["conversionId"], item["recipe"]["digest"])
                self.check(f"bundle of {item['manifestDigest'][:19]}", bundles.setdefault(item["manifestDigest"], is_same), is_same)
        for manifest, (conversion, digest) in bundles.items():
            folder = self.cluster.bucket / "bundles" / conversion
            content = (folder / "recipe.json").read_bytes()
            self.check(f"stored recipe {conversion[:12]}", "sha256:" + hashlib.sha256(content).hexdigest(), digest)
            missing = [key for key in json.loads(content)["objects"] if not (self.cluster.bucket / key).exists()]
            self.check(f"missing parts of bundle {conversion[:12]}", missing, [])
            described = json.loads((folder / "bundle.json").read_text())["recipe"]["digest"]
            self.check(f"bundle.json of {conversion[:12]}", described, digest)
            if reference is not None:
                self.check(f"bundle of {manifest[:19]} against the run without faults", (conversion, digest), reference[manifest])
        return bundles

    def check_store(self):
        """Nothing without its commit marker, no blob but whole ones, no upload that was begun and not ended."""
        bucket = self.cluster.bucket
        for kind, marker in (("bundles/*", "bundle.json"), ("layers/*/[0-9]*", "index"), ("rootfs/*/*", "layout")):
            for folder in bucket.glob(kind):
                self.check(f"{folder.relative_to(bucket)}: {marker}", (folder / marker).exists(), True)
        for blob in bucket.glob("blobs/sha256/*"):
            if self.cluster.store_dies and OF_A_DEAD_SERVER.search(blob.name):
                continue
            self.check(f"content of blob {blob.name[:12]}", hashlib.sha256(blob.read_bytes()).hexdigest(), blob.name)
        # A killed worker's claim stays, and means nothing any more once its time is over.
        now = datetime.datetime.now(datetime.timezone.utc)
        for claim in bucket.glob("claims/*"):
            until = datetime.datetime.fromisoformat(json.loads(claim.read_text())["until"])
            self.check(f"living claim {claim.name[:12]}", until > now, False)
        known = re.compile(r"(blobs|served|diffids|layers|rootfs|engines|bundles|claims)/")
        others = sorted(str(path.relative_to(bucket)) for path in bucket.rglob("*") if path.is_file())
        self.check("objects of no kind", [name for name in others if not known.match(name)], [])

    def repeated_work(self):
        """How often what is written or fetched once was written or fetched again: bundles, layers, blobs."""
        written = collections.Counter(request.path for request in self.cluster.store_proxy.seen if request.method == "PUT")
        again = {kind: repeats(count for path, count in written.items() if re.search(pattern, path))
                 for kind, pattern in (("bundles", r"/bundle\.json$"), ("layers", r"/layers/.*/index$"))}
        fetched = collections.Counter(request.path for request in self.cluster.registry.proxy.seen if "/blobs/" in request.path)
        again["webhooks"] = self.webhooks_again()
        again["fetches"] = repeats(fetched.values())
        return again

    def webhooks_again(self):
        """How often the registry sent a push again: its patience is 2 s."""
        topics = [f"{WORK[0]}.{lane}" for lane in LANES]
        records = self.cluster.topics.ask("read", topics=topics, since=self.mark)["records"]
        pushes = collections.Counter(record["headers"]["ce_id"] for record in records
                                     if not {"test-copy", "ce_attempt"} & record["headers"].keys())
        return repeats(pushes.values())

    def check_bounds(self, announced, again, damage):
        """Work is repeated where a task was interrupted, and in no more than what such a task does."""
        tasks = damage.tasks() + again["webhooks"]
        faults = self.cluster.registry.proxy.done
        # Two requests for one repository may fetch what they share at the same time.
        pushes_at_once = len(self.pushes()) // 2
        bounds = {"announcements repeated": (announced, OUTCOMES_OF_A_TASK * tasks), "bundles built again": (again["bundles"], tasks),
                  "layers converted again": (again["layers"], LAYERS_OF_AN_IMAGE * tasks),
                  "blobs fetched again": (again["fetches"], BLOBS_OF_AN_IMAGE * (tasks + faults + pushes_at_once))}
        for what, (found, most) in bounds.items():
            if found > most:
                self.problems.append(f"{what}: found {found}, expected at most {most}")


def repeats(counts):
    return sum(count - 1 for count in counts)
