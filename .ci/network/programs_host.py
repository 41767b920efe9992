"""The servers of the host that network_programs.sh's container reaches: web with TLS and a CA of its own, a package index, git,
names, datagrams, ssh, and those that end connections in every way."""
import hashlib
import http.server
import os
import shutil
import socket
import socketserver
import ssl
import struct
import subprocess
import threading
import time
import urllib.parse
import zipfile

PUBLIC = "1.2.3.4"  # an address of the loopback device, in a namespace of its own
SECRETS = "169.254.169.254"  # another one, where clouds have a machine's secrets
NAMES = {"public.test": [PUBLIC], "inside.test": ["127.0.0.1"], "both.test": ["127.0.0.1", PUBLIC, SECRETS],
         "turning.test": [PUBLIC]}
A, CNAME, PTR, MX, TXT, SRV = 1, 5, 12, 15, 16, 33
HTTPS, HTTP, SSH, HALF, RESETS, DATAGRAMS, FORBIDDEN = 8443, 8081, 2022, 9000, 9001, 9007, 5999
RESET = struct.pack("ii", 1, 0)
came = []  # clients of FORBIDDEN, which no rule names
sent = {}  # bytes that each path's last answer has sent so far


def in_background(work):
    threading.Thread(target=work, daemon=True).start()


class Web(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    folder = None

    def log_message(self, *words):
        pass

    def answer(self, status, payload, kind="application/octet-stream"):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        sent[self.path] = 0
        view = memoryview(payload)
        for at in range(0, len(view), 1 << 16):
            self.wfile.write(view[at:at + (1 << 16)])
            sent[self.path] += len(view[at:at + (1 << 16)])

    def body(self):
        if self.headers.get("Transfer-Encoding") == "chunked":
            payload = bytearray()
            while size := int(self.rfile.readline(), 16):
                payload += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return bytes(payload)
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def do_GET(self):
        if self.path.startswith("/size/"):
            self.answer(200, pattern(int(self.path.rsplit("/", 1)[1])))
        elif self.path.startswith("/to/"):
            self.send_response(302)
            self.send_header("Location", "http://" + self.path.removeprefix("/to/"))
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif self.path.startswith("/git/"):
            self.git()
        else:
            file = self.folder / urllib.parse.unquote(self.path).strip("/")
            if self.path.startswith("/simple/") and file.is_dir():
                links = "".join(f'<a href="{name}">{name}</a>' for name in os.listdir(file))
                self.answer(200, f"<!DOCTYPE html><html><body>{links}</body></html>".encode(), "text/html")
            elif self.path.startswith("/simple/") and file.is_file():
                self.answer(200, file.read_bytes())
            else:
                self.answer(404, b"")

    def do_POST(self):
        if self.path.startswith("/git/"):
            self.git()
        else:
            self.answer(200, hashlib.sha256(self.body()).hexdigest().encode())

    def git(self):
        path, _, query = self.path.partition("?")
        ended = subprocess.run(["git", "http-backend"], input=self.body(), capture_output=True, env={
            **os.environ, "GIT_PROJECT_ROOT": str(self.folder / "git"), "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": path.removeprefix("/git"), "QUERY_STRING": query, "REQUEST_METHOD": self.command,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""), "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""), "REMOTE_USER": "it"})
        head, _, payload = ended.stdout.partition(b"\r\n\r\n")
        fields = dict(line.split(": ", 1) for line in head.decode().splitlines())
        self.answer(int(fields.get("Status", "200").split()[0]), payload, fields.get("Content-Type", "text/plain"))


def pattern(size):
    return (bytes(range(256)) * (size // 256 + 1))[:size]


class WebServer(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, *words):  # clients that go away
        pass


def start_web(folder):
    class Here(Web):
        pass
    Here.folder = folder
    plain = WebServer(("0.0.0.0", HTTP), Here)
    secure = WebServer(("127.0.0.1", HTTPS), Here)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem", folder / "server.key")
    secure.socket = context.wrap_socket(secure.socket, server_side=True, do_handshake_on_connect=False)
    in_background(plain.serve_forever)
    in_background(secure.serve_forever)


def make_certificates(folder):
    """A CA, and what it says of host.test; with the extensions that Python wants since 3.13."""
    def openssl(*words):
        subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)
    (folder / "names").write_text("subjectAltName=DNS:host.test\nbasicConstraints=CA:FALSE\nkeyUsage=digitalSignature\n"
                                "subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n")
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    openssl("req", "-x509", *key, "-subj", "/CN=a CA of its own", "-addext", "keyUsage=critical,keyCertSign",
            "-days", "2", "-keyout", "ca.key", "-out", "ca.pem")
    openssl("req", *key, "-subj", "/CN=host.test", "-keyout", "server.key", "-out", "server.csr")
    openssl("x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2",
            "-extfile", "names", "-out", "server.pem")


def make_index(folder):
    """An index with one small wheel; gives the wheel's digest."""
    wheel = folder / "simple" / "tiny" / "tiny-1.0-py3-none-any.whl"
    wheel.parent.mkdir(parents=True)
    with zipfile.ZipFile(wheel, "w") as file:
        file.writestr("tiny.py", "size = 'tiny'\n")
        file.writestr("tiny-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n")
        file.writestr("tiny-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nGenerator: it\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        file.writestr("tiny-1.0.dist-info/RECORD", "tiny.py,,\ntiny-1.0.dist-info/METADATA,,\ntiny-1.0.dist-info/WHEEL,,\n"
                      "tiny-1.0.dist-info/RECORD,,\n")
    return hashlib.sha256(wheel.read_bytes()).hexdigest()


def make_repository(folder):
    """A repository of 100 files and 4 MB; gives its commit."""
    work, bare = folder / "work", folder / "git" / "it.git"

    def git(*words, at=work):
        return subprocess.run(["git", "-c", "user.name=it", "-c", "user.email=it@host.test", *words], cwd=at, check=True,
                              capture_output=True, text=True).stdout.strip()
    work.mkdir()
    git("init", "-q", "-b", "main")
    for i in range(100):
        (work / f"file{i}").write_text(f"{i}\n" * 100)
    (work / "large").write_bytes(os.urandom(4_000_000))
    git("add", ".")
    git("commit", "-q", "-m", "files")
    git("clone", "-q", "--bare", str(work), str(bare), at=folder)
    git("config", "http.receivepack", "true", at=bare)
    return git("rev-parse", "HEAD")


def head_of(folder):
    return subprocess.run(["git", "rev-parse", "main"], cwd=folder / "git" / "it.git", check=True, capture_output=True,
                          text=True).stdout.strip()


def labels_of(name):
    return b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"


# What the name server knows besides; of the last one it lies.
RECORDS = {
    ("public.test", MX): [(MX, struct.pack(">H", 10) + b"\4mail\xc0\x0c"), (MX, struct.pack(">H", 20) + labels_of("mail.test"))],
    ("public.test", TXT): [(TXT, b"\x0bv=spf1 -all")],
    ("long.test", TXT): [(TXT, bytes([250]) + b"%c" % (65 + i) * 250) for i in range(12)],
    ("_sip._tcp.public.test", SRV): [(SRV, struct.pack(">HHH", 0, 5, 5060) + labels_of("sip.public.test"))],
    ("alias.test", CNAME): [(CNAME, labels_of("public.test"))],
    ("4.3.2.1.in-addr.arpa", PTR): [(PTR, labels_of("public.test"))],
    ("liar.test", MX): [(MX, struct.pack(">H", 10) + labels_of("mail.test")), (A, socket.inet_aton("127.0.0.1"))],
}


def name_answer(question, most=512):
    """The answer to a question of DNS: records, none, or that there is no such name; or that it is longer than `most`."""
    labels, at = [], 12
    while size := question[at]:
        labels.append(question[at + 1:at + 1 + size].decode().lower())
        at += size + 1
    kind = struct.unpack(">H", question[at + 1:at + 3])[0]
    name = ".".join(labels)
    known = RECORDS.get((name, kind), [])
    if name in NAMES and kind == A:
        known = [(A, socket.inet_aton(address)) for address in NAMES[name]]
    records = b"".join(b"\xc0\x0c" + struct.pack(">HHIH", of, 1, 60, len(data)) + data for of, data in known)
    flags, count = 0x8180 if known or name in NAMES or any(name == one for one, _ in RECORDS) else 0x8183, len(known)
    if at + 5 + len(records) > most:
        flags, count, records = flags | 0x200, 0, b""
    return question[:2] + struct.pack(">HHHHH", flags, 1, count, 0, 0) + question[12:at + 5] + records


def start_datagrams():
    class Names(socketserver.BaseRequestHandler):
        def handle(self):
            payload, server = self.request
            server.sendto(name_answer(payload), self.client_address)

    class Echo(socketserver.BaseRequestHandler):
        def handle(self):
            payload, server = self.request
            server.sendto(payload, self.client_address)

    class NamesByTcp(socketserver.StreamRequestHandler):
        def handle(self):
            question = self.rfile.read(struct.unpack(">H", self.rfile.read(2))[0])
            answer = name_answer(question, 65535)
            self.wfile.write(struct.pack(">H", len(answer)) + answer)
    for address in ("127.0.0.1", PUBLIC):
        in_background(socketserver.TCPServer((address, 53), NamesByTcp).serve_forever)
    socketserver.UDPServer.max_packet_size = 65536
    for handler, addresses in ((Names, [("127.0.0.1", 53), (PUBLIC, 53)]), (Echo, [("127.0.0.1", DATAGRAMS)])):
        for address in addresses:
            in_background(socketserver.UDPServer(address, handler).serve_forever)


def start_ends():
    """HALF reads to the end and answers with the digest; RESETS reads a little and resets."""
    def each(port, serve):
        server = socket.create_server(("127.0.0.1", port))

        def work():
            while True:
                client, _ = server.accept()
                in_background(lambda: serve(client))
        in_background(work)

    def half(client):
        digest = hashlib.sha256()
        with client:
            while piece := client.recv(1 << 16):
                digest.update(piece)
            client.sendall(digest.hexdigest().encode())

    def resets(client):
        client.recv(1)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        client.close()
    each(HALF, half)
    each(RESETS, resets)


def start_forbidden():
    """Listens at each address of this machine."""
    server = socket.create_server(("::", FORBIDDEN), family=socket.AF_INET6, dualstack_ipv6=True)

    def work():
        while True:
            client, address = server.accept()
            came.append(address)
            client.close()
    in_background(work)


def start_ssh(folder):
    """sshd for root, by the key `client`; gives its process."""
    for name in ("client", "host"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "it", "-f", name], cwd=folder, check=True)
    os.makedirs("/run/sshd", exist_ok=True)
    (folder / "sshd_config").write_text(
        f"ListenAddress 127.0.0.1:{SSH}\nHostKey {folder}/host\nAuthorizedKeysFile {folder}/client.pub\nStrictModes no\n"
        "PermitRootLogin prohibit-password\nUsePAM no\nPidFile none\nLoginGraceTime 0\n")
    return subprocess.Popen([shutil.which("sshd", path="/usr/sbin:/usr/bin"), "-D", "-f", str(folder / "sshd_config"), "-E",
                             str(folder / "sshd.log")])


def await_port(port):
    until = time.monotonic() + 20
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except OSError:
            time.sleep(0.1)
    raise SystemExit(f"FAILED: nothing listens at 127.0.0.1:{port}")


def start_all(folder):
    make_certificates(folder)
    start_web(folder)
    start_datagrams()
    start_ends()
    start_forbidden()
    sshd = start_ssh(folder)
    await_port(SSH)
    return sshd
