"""`oci2wasm up`: everything in one process, in the place of a cluster's parts."""
import re
import types

from cluster import SLOTS, Cluster
from processes import Part, Topics


class Embedded(Cluster):
    """Takes over a cluster's registry and gateway port; the cluster's own parts must have ended."""
    store_dies = True

    def __init__(self, cluster):
        self.folder = cluster.folder / "up"
        self.folder.mkdir()
        self.tools, self.registry, self.gateway_port = cluster.tools, cluster.registry, cluster.gateway_port
        self.config = self.folder / "oci2wasm.yaml"
        # Where Kafka and the store are is known to `up` alone.
        lines = re.sub(r', database: \{[^}]*\}|bootstrapServers: "[^"]*", |^ +(endpoint|\w+KeyIdFile|secretAccessKeyFile|database):.*\n', "",
                       cluster.config.read_text(), flags=re.M)
        self.config.write_text(lines)
        self.data = self.folder / "data"
        self.store = types.SimpleNamespace(objects=self.data / "s3")
        self.store_proxy = types.SimpleNamespace(seen=[], done=0, reset=lambda: None)
        self.parts = {"up": Part(self.folder, ("up", "--data", str(self.data)), self.config, self.gateway_port)}
        self.topics = None
        SLOTS["up"] = sum(SLOTS.values())

    def start(self):
        self.parts["up"].start()
        self.find_broker()

    def find_broker(self):
        """The embedded broker has another port after each start."""
        if self.topics:
            self.topics.kill()
        settings = (self.data / "kafka/server.properties").read_text()
        port = re.search(r"BROKER://127\.0\.0\.1:(\d+)", settings)[1]
        self.topics = Topics(self.tools, self.folder, types.SimpleNamespace(address=f"127.0.0.1:{port}")).start()

    def close(self):
        for process in (*self.parts.values(), self.topics):
            process.end(9)
