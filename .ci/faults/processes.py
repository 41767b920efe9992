"""The processes that the fault table and the load test run: each is started, killed and started again by its id."""
import itertools
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import time
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))
from ports import free_port  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
CLASS_PATH = f"{ROOT}/cli/target/oci2wasm.jar:{ROOT}/cli/target/lib/*"
TEST_SUPPORT = ROOT / "test-support/src/main/java"
TOOL_SOURCES = [TEST_SUPPORT / "io/oci2wasm/testsupport/ExternalBroker.java", TEST_SUPPORT / "io/oci2wasm/testsupport/ExternalStore.java",
                ROOT / "cli/src/test/java/io/oci2wasm/cli/pipeline/TopicTool.java"]


def end_in_order():
    """What is started here ends with this process, however that is told to end."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))


def get(url, timeout=5):
    with urllib.request.urlopen(url, timeout=timeout) as answer:
        return answer.read()


def await_true(seconds, what, condition, pause=0.1):
    """Until `condition()` is true; an error of the network counts as false."""
    end = time.monotonic() + seconds
    while True:
        try:
            if condition():
                return
        except OSError:
            pass
        if time.monotonic() > end:
            raise TimeoutError(f"waited {seconds} s in vain for {what}")
        time.sleep(pause)


def compile_tools(folder):
    """The Java programs that only tests need, without a build of the tests."""
    subprocess.run(["javac", "-nowarn", "-d", folder, "-cp", CLASS_PATH, "-sourcepath", TEST_SUPPORT, *TOOL_SOURCES], check=True)


def compile_clock(folder):
    """A library that puts a process's clock ahead when it is preloaded. Debian's libfaketime stops a JVM at its start."""
    library = folder / "clock_ahead.so"
    if not library.exists():
        subprocess.run(["gcc", "-shared", "-fPIC", "-O1", "-o", library, pathlib.Path(__file__).with_name("clock_ahead.c")], check=True)
    return library


class Process:
    """`command` with its log in `log`; `ready` says when it serves."""

    def __init__(self, name, command, log, environment=None, ready=None, stdin=None):
        self.name, self.command, self.log, self.ready = name, [str(word) for word in command], log, ready
        self.environment = {**os.environ, **(environment or {})}
        self.stdin = stdin
        self.quota = None  # of the processor
        self.process = None

    def start(self, wait=True):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(self.command, stdin=self.stdin or subprocess.DEVNULL, stdout=log, stderr=log,
                                            env=self.environment, start_new_session=True,
                                            preexec_fn=self.quota.enter if self.quota else None)
        return self.await_ready() if wait else self

    def await_ready(self):
        if self.ready:
            await_true(300, f"{self.name} (log: {self.log})", self.is_ready)
        return self

    def is_ready(self):
        if not self.is_alive():
            raise RuntimeError(f"{self.name} ended with {self.process.returncode}; its log is {self.log}")
        return self.ready()

    def is_alive(self):
        return self.process is not None and self.process.poll() is None

    def kill(self):
        """As a machine that loses its power would: SIGKILL."""
        self.end(signal.SIGKILL)

    def stop(self):
        self.end(signal.SIGTERM)

    def pause(self):
        """As a machine that sleeps: it does nothing, and does not know."""
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self):
        self.process.send_signal(signal.SIGCONT)

    def give_way(self, gives=True):
        """Takes only what others leave of this machine's processors, or its share again. Each process is a session of its own here,
        and Linux ranks sessions as wholes."""
        pathlib.Path(f"/proc/{self.process.pid}/autogroup").write_text("19" if gives else "0")

    def end(self, how):
        if self.is_alive():
            self.process.send_signal(how)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


def java(tools, main, *arguments, options=("-XX:TieredStopAtLevel=1",)):
    return ["java", "-XX:+UseSerialGC", "-Xmx512m", *options, "-cp", f"{tools}:{CLASS_PATH}", f"io.oci2wasm.{main}", *arguments]


class Broker(Process):
    """Kafka, on a port that stays."""

    def __init__(self, tools, folder):
        self.port = free_port()
        super().__init__("broker", java(tools, "testsupport.ExternalBroker", folder / "kafka", self.port), folder / "broker.log",
                         ready=self.answers)

    def answers(self):
        with socket.create_connection(("127.0.0.1", self.port), 1):
            return True

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"


class Store(Process):
    """The S3 server; its objects are files of its folder. It hashes all that it is sent, which the first compiler does eight times slower."""

    def __init__(self, tools, folder):
        self.objects = folder / "s3"
        self.said = folder / "store.log"
        super().__init__("store", java(tools, "testsupport.ExternalStore", self.objects, options=()), self.said, ready=self.has_address)

    def has_address(self):
        return self.said.exists() and any(line.startswith("http://") for line in self.said.read_text().splitlines())

    @property
    def port(self):
        line = next(line for line in self.said.read_text().splitlines() if line.startswith("http://"))
        return int(line.rsplit(":", 1)[1])


class Topics(Process):
    """What is in Kafka: commands of TopicTool, one at a time."""

    def __init__(self, tools, folder, broker):
        super().__init__("topic tool", java(tools, "cli.pipeline.TopicTool", broker.address), folder / "topics.log")

    def start(self, wait=True):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True,
                                            start_new_session=True)
        return self

    def ask(self, do, **arguments):
        self.process.stdin.write(json.dumps({"do": do, **arguments}) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        if "error" in answer:
            raise RuntimeError(f"topic tool, {do}: {answer['error']}")
        return answer


class Part(Process):
    """`oci2wasm WORDS…` with a configuration file; a worker's health has a port of its own."""
    numbers = itertools.count()

    def __init__(self, folder, words, config, port=None, environment=None, options="-XX:TieredStopAtLevel=1 -Xmx512m"):
        self.port = port or free_port()
        name = "-".join(word for word in words if word.isalpha())
        super().__init__(name, [ROOT / "oci2wasm", *words, "--config", config], folder / f"{name}-{next(self.numbers)}.log",
                         {"OCI2WASM_JAVA_OPTIONS": options, "OCI2WASM_MONITOR_PORT": str(self.port), **(environment or {})},
                         ready=self.serves)

    def serves(self):
        return get(f"http://127.0.0.1:{self.port}/health/ready")
