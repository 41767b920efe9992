"""The whole pipeline as separate processes: a broker, an S3 server behind a proxy, a registry behind a proxy, gateway and workers."""
import json
import shutil
import time
import urllib.parse
import urllib.request

from processes import Broker, Part, Store, Topics, await_true, compile_tools, free_port, get
from proxy import Proxy
from registry import Registry

WORK = ["oci2wasm.image.pushed.v1", "oci2wasm.image.ingested.v1", "oci2wasm.platform.resolved.v1"]
COMPLETION = ["oci2wasm.bundle.built.v1", "oci2wasm.conversion.skipped.v1", "oci2wasm.conversion.failed.v1"]
DEAD_LETTERS = "oci2wasm.event.deadlettered.v1"
LANES = ["push", "bulk"]
GROUPS = [f"{stage}-worker.{lane}" for stage in ("ingest", "resolve", "build") for lane in LANES]
WORKERS = ["ingest", "resolve", "build"]
# Events of the push lane that one process works on at a time: what a kill can interrupt.
SLOTS = {"ingest": 2, "resolve": 1, "build": 1, "gateway": 0}
ENDED = {"built", "skipped", "failed"}

# Time runs 600 times faster than by default: retries go on for "24 h" and are at most "5 minutes" apart.
HOUR = 6
RETRY = f"retryFirst: 50ms, retryMax: {HOUR * 1000 // 12}ms, retryFor: {24 * HOUR}s"

# `attemptTimeout`: the first call to the store in a new JVM takes 0.45 s of processor time, most of it to load classes, and rows start parts
# all together. Where many others want the processors that is over 3 s by the clock; a store that is slow for this reason is not away.
CONFIG = """\
kafka: {{bootstrapServers: "{broker}", partitions: 2, lockDuration: {lock}s, deliveryLimit: 4}}
store:
  endpoint: http://127.0.0.1:{store}
  partSize: 5m
  attemptTimeout: 10s
  callTimeout: 30s
  accessKeyIdFile: {folder}/s3-access-key-id
  secretAccessKeyFile: {folder}/s3-secret-access-key
registries: {{insecure: ["{registry}"], connectTimeout: 1s, readTimeout: 1s, attempts: 3}}
gateway:
  port: {gateway}
  webhookSecretFile: {folder}/webhook-secret
  webhooks: {{github: {{secretFile: {folder}/webhook-secret}}}}
  database: {{directory: {folder}/state}}
retention: {{grace: 1s, failedFor: 1h}}
ingest: {{work: {{concurrency: 2, {retry}}}}}
resolve: {{work: {{concurrency: 1, {retry}}}}}
build: {{work: {{concurrency: 1, {retry}}}, scratch: {folder}/scratch}}
"""


class Cluster:
    lock_seconds = 5  # after which a dead worker's event goes to another
    pushed_at_once = 0
    store_dies = False  # with the parts

    def __init__(self, folder, options=None, config=CONFIG, notify=True, direct=False):
        """`notify`: the registry tells the gateway of pushes. `direct`: no proxy stands before registry and store."""
        self.folder, self.direct = folder, direct
        self.options = {} if options is None else {"options": options}
        self.template = config
        self.secret = "webhook-secret-of-the-scripts"
        (folder / "webhook-secret").write_text(self.secret)
        self.tools = folder / "tools"
        compile_tools(self.tools)
        self.gateway_port = free_port()
        self.broker = Broker(self.tools, folder)
        self.store = Store(self.tools, folder)
        self.registry = Registry(folder, self.gateway_port, self.secret, notify, direct)
        self.topics = Topics(self.tools, folder, self.broker)
        self.parts = {}
        self.config = folder / "oci2wasm.yaml"

    def start(self):
        for process in (self.broker, self.store, self.registry):
            process.start(wait=False)
        for process in (self.broker, self.store, self.registry):
            process.await_ready()
        self.topics.start()
        self.store_proxy = Proxy(self.store.port)
        self.write_config()
        self.parts = {"gateway": self.part("gateway", port=self.gateway_port)}
        self.parts.update({stage: self.part("worker", stage) for stage in WORKERS})
        self.start_parts()

    def write_config(self, **more):
        self.config.write_text(self.template.format(
            folder=self.folder, broker=self.broker.address, store=self.store.port if self.direct else self.store_proxy.port, registry=self.registry.host,
            gateway=self.gateway_port, lock=self.lock_seconds, retry=RETRY, slow_registry=f"127.0.0.1:{self.registry.proxy.port}", **more))

    def part(self, *words, port=None):
        return Part(self.folder, words, self.config, port, **self.options)

    def start_parts(self):
        for part in self.parts.values():
            part.start(wait=False)
        self.await_parts()

    def await_parts(self):
        for part in self.parts.values():
            part.await_ready()

    def stop_parts(self):
        for part in self.parts.values():
            part.stop()

    def close(self):
        for process in (*self.parts.values(), self.topics, self.registry, self.store, self.broker):
            process.end(9)

    def lost_locks(self):
        """How often workers were too slow to hold on to an event, by their own account."""
        return sum(log.read_text().count("The lock on a record was lost") for log in self.folder.glob("*.log"))

    @property
    def api(self):
        return f"http://127.0.0.1:{self.gateway_port}"

    def conversions(self, repository):
        items, page = [], ""
        while True:
            query = urllib.parse.urlencode({"repository": repository, "limit": 500, **({"page": page} if page else {})})
            answer = json.loads(get(f"{self.api}/api/v1/conversions?{query}", 20))
            items += answer["items"]
            page = answer.get("next")
            if not page:
                return items

    def dead_letters(self):
        """The ids of all that there are."""
        ids, page = set(), ""
        while True:
            query = urllib.parse.urlencode({"limit": 200, **({"page": page} if page else {})})
            answer = json.loads(get(f"{self.api}/api/v1/dead-letters?{query}", 20))
            ids |= {item["id"] for item in answer["items"]}
            page = answer.get("next")
            if not page:
                return ids

    def call(self, path, body, port=None):
        """Posts JSON to the API, of another gateway where a port is given."""
        call = urllib.request.Request(f"http://127.0.0.1:{port or self.gateway_port}{path}", json.dumps(body).encode(), {"Content-Type": "application/json"})
        with urllib.request.urlopen(call, timeout=60) as answer:
            return json.loads(answer.read())

    def sweep(self):
        """Removes what has no commit marker, and uploads that nobody ends, once they are old enough; gives how many objects went."""
        time.sleep(1.5)
        run = self.call("/api/v1/gc", {"dryRun": False})
        while run["state"] == "running":
            time.sleep(0.2)
            run = json.loads(get(f"{self.api}/api/v1/gc/{run['id']}", 20))
        return sum(kind["objects"] for kind in run["report"]["removed"])

    def replay(self, repository):
        """Every open dead letter of a repository gets another try; gives how many."""
        return len(self.call("/api/v1/dead-letters/replay", {"repository": repository})["items"])

    @property
    def bucket(self):
        return self.store.objects / "oci2wasm"

    def empty_store(self):
        for entry in self.bucket.iterdir():
            self.remove(entry.name)

    def remove(self, name):
        """A folder or file of the bucket, where it is there."""
        entry = self.bucket / name
        if entry.is_dir():
            shutil.rmtree(entry)
        elif entry.exists():
            entry.unlink()

    def clean(self):
        """What the next row begins with: no faults, no objects."""
        self.store_proxy.reset()
        self.registry.proxy.reset()
        self.empty_store()

    @property
    def all_topics(self):
        work = [f"{topic}.{lane}" for topic in WORK for lane in LANES]
        return work + COMPLETION + ["oci2wasm.stage.started.v1", *(f"{topic}.retry" for topic in WORK), DEAD_LETTERS]

    @property
    def read_topics(self):
        """All topics of which somebody reads events of ours here."""
        others = ["batch.requested", "batch.entered", "batch.changed", "image.deleted", "event.replayed", "event.resent"]
        return self.all_topics + [f"oci2wasm.{name}.v1" for name in others]

    def queued(self):
        return sum(self.topics.ask("queued", groups=GROUPS).values())

    def await_drained(self, seconds):
        await_true(seconds, "the work topics to be drained", lambda: self.queued() == 0, 0.2)
