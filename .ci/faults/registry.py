"""Debian's docker-registry behind a proxy, notifying a gateway, and what is needed to push to it."""
import http.client
import json

from processes import Process, free_port, get
from proxy import Proxy

CONFIG = """\
version: 0.1
log: {{level: error}}
storage: {{filesystem: {{rootdirectory: {folder}/registry}}, delete: {{enabled: true}}}}
http: {{addr: "127.0.0.1:{port}"}}
"""
NOTIFICATIONS = """\
notifications:
  events: {{includereferences: true}}
  endpoints:
    - name: oci2wasm
      url: http://127.0.0.1:{gateway}/webhooks/distribution
      timeout: 2s
      threshold: 2
      backoff: 500ms
      headers: {{Authorization: ["Bearer {secret}"]}}
      ignore: {{mediatypes: [application/octet-stream], actions: [pull, mount, delete]}}
"""


class Registry(Process):
    """Images are pushed to the registry itself under the proxy's name, and fetched through the proxy."""

    def __init__(self, folder, gateway, secret, notify=True, direct=False):
        self.port = free_port()
        config = folder / "registry.yml"
        config.write_text(CONFIG.format(folder=folder, port=self.port)
                          + (NOTIFICATIONS.format(gateway=gateway, secret=secret) if notify else ""))
        self.direct = direct
        super().__init__("registry", ["docker-registry", "serve", config], folder / "registry.log",
                         ready=lambda: get(f"http://127.0.0.1:{self.port}/v2/") is not None)
        self.proxy = Proxy(self.port)
        self.home = {}

    @property
    def host(self):
        return f"127.0.0.1:{self.port if self.direct else self.proxy.port}"

    def push(self, image, repository):
        """Pushes blobs, then manifests; each manifest is one push that the gateway hears of."""
        client = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        for blob in image.blobs:
            self.push_blob(client, blob, repository)
        for manifest in image.manifests:
            tag = image.name if manifest is image.manifest else manifest.digest
            self.call(client, "PUT", f"/v2/{repository}/manifests/{tag}", manifest.content, manifest.media_type)
        client.close()

    def push_blob(self, client, blob, repository):
        known = self.home.setdefault(blob.digest, {})
        if repository in known:
            return
        start = f"/v2/{repository}/blobs/uploads/"
        if known:
            self.call(client, "POST", f"{start}?mount={blob.digest}&from={next(iter(known))}")
        else:
            location = self.call(client, "POST", start).getheader("Location")
            path = location.split("/", 3)[3]
            self.call(client, "PUT", f"/{path}&digest={blob.digest}", blob.content, "application/octet-stream")
        known[repository] = True

    def call(self, client, method, path, body=None, media_type=None):
        headers = {"Host": self.host, "Content-Length": str(len(body or b""))}
        if media_type:
            headers["Content-Type"] = media_type
        client.request(method, path, body, headers)
        answer = client.getresponse()
        text = answer.read()
        if answer.status not in (201, 202):
            raise RuntimeError(f"registry, {method} {path}: found {answer.status} {text[:200]!r}, expected it to be taken")
        return answer

    def notification(self, image, repository, event_id, host=None):
        """The body that this registry sends for a push of an image by its tag."""
        host = host or self.host
        return json.dumps({"events": [{
            "id": event_id, "timestamp": "2026-11-24T06:40:23Z", "action": "push",
            "target": {"mediaType": image.manifest.media_type, "digest": image.manifest.digest, "repository": repository,
                       "tag": image.name, "url": f"http://{host}/v2/{repository}/manifests/{image.manifest.digest}"},
            "request": {"host": host}}]}).encode()
