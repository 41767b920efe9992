"""The rows of the fault table: what is done to the pipeline while images are pushed, and what may come of it."""
import contextlib
import dataclasses
import threading
import time

from cluster import HOUR, SLOTS, WORKERS
from processes import await_true, compile_clock, get
from proxy import Fault, at_most
from webhooks import SlowSenders


@dataclasses.dataclass(frozen=True)
class Row:
    """`run` does the damage; `share` is how many of the images take part; `fails` is the reason of those that must fail, until
    the damage is repaired and their dead letters are replayed."""
    name: str
    run: object
    share: float = 1
    fails: str = ""
    embedded: bool = False  # in one process, by `oci2wasm up`


class Damage:
    """What a row does, and how much work it can have made necessary again: `interrupted` counts tasks."""

    def __init__(self, cluster, chance, images):
        self.cluster, self.chance = cluster, chance
        single = [image for image in images if not image.children]
        self.victims = chance.sample(single, max(1, len(single) // 3))
        self.interrupted = 0
        self.count = 0
        self.problems = []
        self.echo = 1
        self.letters = set()  # ids of dead letters that there must be
        self.locks_lost_before = cluster.lost_locks()

    def pause(self, least, most):
        time.sleep(self.chance.uniform(least, most))

    def kill(self, name):
        part = self.cluster.parts[name]
        part.kill()
        self.count += 1
        self.interrupted += SLOTS[name]
        part.start()

    def tasks(self):
        """How many tasks may have been done again: those that were interrupted, and those whose worker was too slow."""
        return self.interrupted + self.lost_locks()

    def lost_locks(self):
        return self.cluster.lost_locks() - self.locks_lost_before

    def await_end(self, part, seconds):
        await_true(seconds, f"{part.name} to end", lambda: not part.is_alive())

    def require_answer(self, path):
        """The gateway answers within two seconds, whatever happens to it."""
        try:
            get(f"{self.cluster.api}{path}", 2)
        except OSError as e:
            self.problems.append(f"GET {path}: {e}")

    def meets_victim(self, kind, digests):
        """A rule's condition: this request is for a manifest or blob of a victim."""
        return lambda request: request.method == "GET" and f"/{kind}/" in request.path and request.path.rsplit("/", 1)[1] in digests

    @property
    def manifests(self):
        return {image.manifest.digest for image in self.victims}

    @property
    def own_blobs(self):
        """Victims' layers that no other image has."""
        return {image.blobs[-1].digest for image in self.victims}

    def registry_rule(self, kind, fault, times=None):
        is_hit = self.meets_victim(kind, self.manifests if kind == "manifests" else self.own_blobs)
        def rule(request):
            return fault if is_hit(request) else None
        self.cluster.registry.proxy.rule = rule if times is None else at_most(times, rule)


def none(_):
    """Nothing: what the others are compared with."""


def kills_of(name):
    def run(damage):
        for _ in range(2):
            damage.pause(0.2, 1.5)
            damage.kill(name)
    return run


def pauses_of(name):
    """It stands still for longer than its lock on an event lasts, and does not know; another one takes the event meanwhile."""
    def run(damage):
        part, second = damage.cluster.parts[name], damage.cluster.part("worker", name)
        second.start()
        for _ in range(2):
            damage.pause(0.2, 1)
            part.pause()
            time.sleep(2 * damage.cluster.lock_seconds)
            part.go_on()
            damage.count += 1
            damage.interrupted += SLOTS[name]
        damage.pause(2, 3)
        second.stop()
    return run


def gateway_pauses(damage):
    """Longer than the registry waits for an answer."""
    for _ in range(2):
        damage.pause(0.2, 1)
        damage.cluster.parts["gateway"].pause()
        damage.pause(4, 6)
        damage.cluster.parts["gateway"].go_on()
        damage.count += 1


@contextlib.contextmanager
def started_with(part, environment):
    """The part with other variables; afterwards as it was."""
    before = dict(part.environment)
    part.stop()
    part.environment.update(environment)
    part.start()
    yield
    part.stop()
    part.environment = before
    part.start()


def clock_ahead_of(name):
    """Its clock is an hour ahead, and then set right."""
    def run(damage):
        clock = {"LD_PRELOAD": str(compile_clock(damage.cluster.tools)), "CLOCK_AHEAD": "3600"}
        with started_with(damage.cluster.parts[name], clock):
            damage.count += 1
            damage.pause(4, 6)
    return run


# Heaps in MB that are hardly enough to start with. One that is enough for everything is no fault: less is tried then.
SMALL_HEAPS = {"gateway": 40, "ingest": 18, "resolve": 16, "build": 18}


def memory_exhausted(damage):
    """Each part in turn has too little memory. It must end then, not live on half dead; a supervisor starts it again."""
    for name, most in SMALL_HEAPS.items():
        part = damage.cluster.parts[name]
        options = part.environment["OCI2WASM_JAVA_OPTIONS"]
        part.stop()
        for heap in range(most, 4, -4):
            part.environment["OCI2WASM_JAVA_OPTIONS"] = f"{options} -Xmx{heap}m"
            part.start(wait=False)
            damage.interrupted += SLOTS[name]
            with contextlib.suppress(TimeoutError):
                damage.await_end(part, 12)
                damage.count += 1
                break
            part.stop()
        else:
            damage.problems.append(f"{name} never ran out of memory")
        part.environment["OCI2WASM_JAVA_OPTIONS"] = options
        part.start()


def slow_bodies(damage):
    """300 senders without credentials hold on to the gateway, each with a body that never ends; it stays well meanwhile."""
    with SlowSenders(damage.cluster.gateway_port, 300) as senders:
        for _ in range(10):
            damage.pause(0.8, 1.2)
            damage.require_answer("/health/live")
            damage.require_answer("/health/ready")
            damage.require_answer("/api/v1/conversions?limit=1")
        damage.count += senders.held


def up_kills(damage):
    kills_of("up")(damage)
    damage.cluster.find_broker()


def broker_kills(damage):
    for _ in range(2):
        damage.pause(0.2, 1.5)
        damage.cluster.broker.kill()
        damage.count += 1
        damage.interrupted += sum(SLOTS.values())
        damage.pause(0.1, 1)
        damage.cluster.broker.start()


def store_refuses(damage):
    for _ in range(2):
        damage.pause(0.1, 0.8)
        damage.cluster.store_proxy.refuse()
        damage.count += 1
        damage.interrupted += sum(SLOTS.values())
        damage.pause(0.5, 2)
        damage.cluster.store_proxy.accept()


def store_is_slow(damage):
    chance = damage.chance
    damage.cluster.store_proxy.rule = lambda request: Fault(delay=0.4, rate=4_000_000) if chance.random() < 0.1 else None


def store_hangs(damage):
    """It takes connections and says nothing, for longer than any call may take; health answers, and webhooks are taken."""
    for _ in range(2):
        damage.pause(0.1, 0.8)
        damage.cluster.store_proxy.rule = lambda request: Fault(hang=600)
        for _ in range(12):
            damage.pause(0.8, 1.2)
            damage.require_answer("/health/live")
            damage.require_answer("/health/ready")
        damage.cluster.store_proxy.rule = None
        damage.interrupted += sum(SLOTS.values())


def store_fails_uploads(damage):
    """Parts of large uploads break in the middle, and so do small objects; then ending an upload fails, and giving it up too."""
    chance = damage.chance

    def rule(request):
        if request.method == "PUT" and "partNumber=" in request.path and chance.random() < 0.5:
            return Fault(cut_request=request.length // 2)
        if request.method == "PUT" and "/layers/" in request.path and chance.random() < 0.3:
            return Fault(cut_request=request.length // 2)
        if request.method == "POST" and "uploadId=" in request.path and chance.random() < 0.5:
            return Fault(status=500)
        if request.method == "DELETE":
            return Fault(status=503)
        return None
    damage.cluster.store_proxy.rule = rule
    damage.pause(3, 5)
    damage.count += damage.cluster.store_proxy.done
    damage.interrupted += damage.cluster.store_proxy.done
    damage.cluster.store_proxy.rule = None


def store_cuts_reads(damage):
    """Objects break in the middle while they are read, some of them again where another connection reads on."""
    chance = damage.chance

    def rule(request):
        if request.method == "GET" and "list-type=" not in request.path and chance.random() < 0.3:
            return Fault(cut_answer=int(2 ** chance.uniform(0, 20)))
        return None
    damage.cluster.store_proxy.rule = at_most(20, rule)


def registry_and_store_away(damage):
    """For a simulated hour nothing can be fetched or stored; what is pushed meanwhile waits in the retry topics."""
    damage.cluster.registry.proxy.rule = lambda request: Fault(status=503)
    damage.cluster.store_proxy.refuse()
    damage.count += 1
    time.sleep(HOUR)
    damage.cluster.registry.proxy.rule = None
    damage.cluster.store_proxy.accept()
    damage.interrupted += damage.cluster.pushed_at_once


def broker_away(damage):
    """For a simulated hour webhooks are refused, and wait in the registry."""
    damage.cluster.broker.kill()
    damage.count += 1
    damage.interrupted += sum(SLOTS.values())
    time.sleep(HOUR)
    damage.cluster.broker.start()


def workers_come_and_go(damage):
    """A second build-worker comes, the first one is told to stop, comes back, and the second one goes: nothing is interrupted,
    but when partitions change hands a worker may lose its lock on the event in hand."""
    build, second = damage.cluster.parts["build"], damage.cluster.part("worker", "build")
    second.start()
    damage.pause(0.2, 1)
    build.stop()
    damage.pause(0.2, 1)
    build.start()
    second.stop()
    damage.count += 2


def registry_answers(status, headers=(), times=None):
    return lambda damage: damage.registry_rule("manifests", Fault(status=status, headers=headers), times)


def registry_cuts_blobs(damage):
    damage.registry_rule("blobs", Fault(cut_answer=7_000), 2 * len(damage.victims))


def registry_hangs(damage):
    damage.registry_rule("manifests", Fault(hang=5), len(damage.victims))


def registry_trickles(damage):
    """A byte now and then, never long enough apart for silence: each image's blob once, and it is fetched again later. Each holds a slot for
    half a minute: so many as two slots are done with in time."""
    damage.victims = damage.victims[:6]
    damage.registry_rule("blobs", Fault(trickle=0.2), len(damage.victims))


def registry_serves_wrong_bytes(damage):
    damage.registry_rule("blobs", Fault(corrupt=True))


def delivered_twice(damage):
    """Every record of every topic is written once more, late and in random order, through all stages: 2, 4, 8 and 16 times."""
    topics = damage.cluster.all_topics
    damage.cluster.topics.ask("echo", topics=topics, seed=damage.chance.randrange(1 << 30))
    damage.echo = 16
    damage.interrupted += 16 * damage.cluster.pushed_at_once


def malformed(damage):
    """Records with one thing wrong in each, of every kind, in every topic: each is set aside, and nothing waits behind it."""
    for _ in range(4):
        damage.pause(0.3, 1)
        answer = damage.cluster.topics.ask("malform", topics=damage.cluster.read_topics, seed=damage.chance.randrange(1 << 30), each=2)
        damage.letters.update(answer["letters"])
    damage.count += len(damage.letters)
    damage.require_answer("/health/ready")


def poison(damage):
    """One image kills each ingest-worker that asks for its manifest; a supervisor starts the worker again."""
    damage.victims = damage.victims[:1]
    victim, = damage.manifests
    ingest = damage.cluster.parts["ingest"]
    dead = threading.Event()

    def rule(request):
        if f"/manifests/{victim}" in request.path and not dead.is_set():
            dead.set()
            return Fault(hang=1)
        return None
    damage.cluster.registry.proxy.rule = rule
    quiet_since = time.monotonic()
    while time.monotonic() - quiet_since < 3 * damage.cluster.lock_seconds:
        if dead.wait(0.1):
            damage.kill("ingest")
            dead.clear()
            quiet_since = time.monotonic()


ROWS = [
    Row("none", none),
    *(Row(f"kill -9 {name}-worker", kills_of(name)) for name in WORKERS),
    Row("kill -9 gateway", kills_of("gateway")),
    Row("kill -9 broker", broker_kills),
    *(Row(f"{name}-worker stands still", pauses_of(name)) for name in WORKERS),
    Row("gateway stands still", gateway_pauses, 0.5),
    *(Row(f"the clock of {name} is an hour ahead", clock_ahead_of(name), 0.5) for name in ("gateway", *WORKERS)),
    Row("no memory left", memory_exhausted),
    Row("300 webhooks that do not end", slow_bodies, 0.5),
    Row("S3 refuses", store_refuses, 0.5),
    Row("S3 slow", store_is_slow, 0.5),
    Row("S3 hangs", store_hangs, 0.5),
    Row("S3 fails in mid-upload", store_fails_uploads, 0.5),
    Row("S3 closes in mid-object", store_cuts_reads, 0.5),
    Row("registry and S3 away for an hour", registry_and_store_away, 0.5),
    Row("broker away for an hour", broker_away, 0.5),
    Row("build-workers come and go", workers_come_and_go),
    Row("registry 401", registry_answers(401), 0.3, "unauthorized"),
    Row("registry 403", registry_answers(403), 0.3, "unauthorized"),
    Row("registry 404", registry_answers(404), 0.3, "not-found"),
    Row("registry 429, Retry-After", registry_answers(429, (("Retry-After", "1"),), 3), 0.3),
    Row("registry 500", registry_answers(500, times=4), 0.3),
    Row("registry closes in mid-blob", registry_cuts_blobs, 0.3),
    Row("registry hangs", registry_hangs, 0.3),
    Row("registry trickles", registry_trickles, 0.3),
    Row("registry serves wrong bytes", registry_serves_wrong_bytes, 0.3, "digest-mismatch"),
    Row("delivered twice, out of order", delivered_twice, 0.3),
    Row("malformed records of every kind in every topic", malformed, 0.5),
    Row("poison event", poison, 0.3, "internal"),
    Row("kill -9 of all in one `up`", up_kills, 0.5, embedded=True),
]
