#!/usr/bin/env python3
"""Real programs of a container that has a network: programs.py PARTS MEGABYTES PATIENCE BUNDLE RUNNER…

BUNDLE has Debian's packages (network_programs.sh). RUNNER takes docker's options before the module. PARTS are names of PARTS below;
MEGABYTES is the size of large files; PATIENCE is what times to wait are multiplied with. It wants a network and a /etc/resolv.conf
of its own, so that ports and names are free and nothing leaves this machine.
"""
import atexit
import base64
import hashlib
import os
import queue
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import programs_host as host

parts, size, patience = sys.argv[1].split(), int(sys.argv[2]) * 1_000_000, int(sys.argv[3])
bundle, runner = sys.argv[4], sys.argv[5:]
is_component = bundle.endswith(".component.wasm")
folder = Path(tempfile.mkdtemp(prefix="oci2wasm-programs."))
folder.chmod(0o755)
passed, failed = 0, []
begun, used, watched = time.monotonic(), 0, None
WEB, REDIS, SHELL, DATABASE, ECHO, OTHER = 8080, 6379, 2222, 5432, 7007, 7000
PORTS = [f"{WEB}:80", f"{REDIS}:6379", f"{SHELL}:22", f"{DATABASE}:5432", f"{ECHO}:7/udp", f"{OTHER}:7000"]
OPTIONS = [
    *(word for port in PORTS for word in ("-p", port)),
    "--network", "bridge", "--add-host", "host.test:host-gateway", "--add-host", "db:10.1.2.3", "--allow", "192.0.2.1",
    *(word for port in (host.HTTPS, host.HTTP, host.SSH, host.HALF, host.RESETS, host.DATAGRAMS, 9)
      for word in ("--allow", f"host-gateway:{port}")),
]


def check(what, expected, found, megabytes=None):
    """Counts one check, and tells how long it took since the last one, and how much of a processor the container's runtime used."""
    global passed
    took, before = time.monotonic() - begun, used
    restart_clock()
    speed = f", {megabytes / took:.1f} MB/s" if megabytes else ""
    spent = f"{took:.1f} s, {used - before:.1f} of a processor{speed}"
    if expected == found:
        passed += 1
        print(f"ok: {what} ({spent})", flush=True)
    else:
        failed.append(what)
        print(f"FAILED: {what} ({spent}): expected {expected!r}, found {found!r}", flush=True)


def restart_clock():
    global begun, used
    begun, used = time.monotonic(), watched.processor() if watched else 0


class Guest:
    """A container whose shell is told what to do through its standard input."""

    def __init__(self):
        self.errors = open(folder / "stderr", "w+")
        self.process = subprocess.Popen([*runner, *OPTIONS, bundle, "--memory=768m", "--", "/bin/bash"], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=self.errors)
        self.lines = queue.Queue()
        self.commands = 0
        host.in_background(self.read)

    def read(self):
        for line in self.process.stdout:
            self.lines.put(line.decode(errors="replace").rstrip("\n"))
        self.lines.put(None)

    def begin(self, command):
        self.commands += 1
        self.process.stdin.write(f"{{ {command}\n}} < /dev/null 2>&1; printf '\\n@{self.commands} %d@\\n' $?\n".encode())
        self.process.stdin.flush()

    def end(self, seconds=120):
        """The output and the code of what was begun."""
        output, until = [], time.monotonic() + seconds * patience
        while True:
            try:
                line = self.lines.get(timeout=max(0, until - time.monotonic()))
            except queue.Empty:
                return "\n".join([*output, f"(nothing more within {seconds * patience} s)"]).strip(), -1
            if line is None:
                self.errors.seek(0)
                sys.exit(f"FAILED: the container ended with {self.process.wait()}: {' '.join(output)} {self.errors.read()}")
            if not (ended := re.fullmatch(r"@(\d+) (\d+)@", line)):
                output.append(line)
            elif int(ended[1]) == self.commands:
                return "\n".join(output).strip(), int(ended[2])
            else:
                output = []  # of a command that was given up

    def do(self, command, seconds=120):
        self.begin(command)
        return self.end(seconds)

    def put(self, path, payload):
        # Lines that a shell reads quickly.
        text = base64.encodebytes(payload).decode()
        self.process.stdin.write(f"base64 -d > {path} << 'E'\n{text}E\n".encode())

    def python(self, *words, seconds=120):
        return self.do(" ".join(["python3 /tmp/guest.py", *map(str, words)]), seconds)

    def processes(self):
        """What /proc/PID/stat says, after the name, of the runtime and its peer."""
        everyone, mine = {}, {self.process.pid}
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = stat.read_text().rsplit(") ", 1)[1].split()
            except OSError:
                continue
            everyone[int(stat.parent.name)] = fields
        for _ in range(4):
            mine |= {pid for pid, fields in everyone.items() if int(fields[1]) in mine}
        return [everyone[pid] for pid in mine if pid in everyone]

    def memory(self):
        """Bytes in use."""
        return sum(int(fields[21]) for fields in self.processes()) * os.sysconf("SC_PAGE_SIZE")

    def processor(self):
        """Seconds of processors."""
        return sum(int(fields[11]) + int(fields[12]) for fields in self.processes()) / os.sysconf("SC_CLK_TCK")

    def most_memory(self, seconds):
        """How far use grows within so much time."""
        before, until, most = self.memory(), time.monotonic() + seconds, 0
        while time.monotonic() < until:
            most = max(most, self.memory() - before)
            time.sleep(0.2)
        return most


def run(*words, seconds=300, **how):
    """What a program of the host says, and its code."""
    try:
        ended = subprocess.run(words, stdin=how.pop("stdin", subprocess.DEVNULL), capture_output=True, timeout=seconds * patience,
                               **how)
    except subprocess.TimeoutExpired:
        return f"(nothing within {seconds * patience} s)", -1
    return (ended.stdout + ended.stderr).decode(errors="replace").strip(), ended.returncode


def sha256(payload):
    return hashlib.sha256(payload).hexdigest()


def file_of(name, count):
    payload = os.urandom(count)
    (folder / name).write_bytes(payload)
    return payload


def connect(port):
    return socket.create_connection(("127.0.0.1", port), timeout=120 * patience)


def read_all(client):
    got = bytearray()
    while piece := client.recv(1 << 16):
        got += piece
    return bytes(got)


def web(guest):
    url = f"http://127.0.0.1:{WEB}"
    out, code = run("curl", "-sS", f"{url}/")
    check("nothing listens yet: curl is reset", True, code in (52, 56))
    guest.put("/tmp/nginx.conf", b"""
worker_processes 1; events {} pid /tmp/nginx.pid; error_log /tmp/nginx.log;
http { access_log off; sendfile on; client_body_temp_path /srv/tmp;
  server { listen 80; root /srv/www; client_max_body_size 0; location /up/ { dav_methods PUT; } } }
""")
    guest.begin("mkdir -p /srv/www/up /srv/tmp; chmod 777 /srv/www/up /srv/tmp; echo page > /srv/www/index.html; sleep 2; "
                "nginx -c /tmp/nginx.conf")
    out, code = run("curl", "-sS", "--retry", "60", "--retry-delay", "1", "--retry-all-errors", f"{url}/")
    check("curl tries until nginx listens", ("page", 0), ("page" if "page" in out.splitlines() else out, code))
    check("nginx starts", ("", 0), guest.end())
    out, code = run("curl", "-sS", "-w", "%{num_connects} ", f"{url}/", f"{url}/index.html")
    check("two requests on one connection", ("page\n1 page\n0", 0), (out, code))
    out, code = run("curl", "-s", "-Z", "--parallel-max", "20", *[f"{url}/?{i}" for i in range(100)])
    check("100 requests, 20 at once", (0, 100), (code, out.splitlines().count("page")))
    payload = file_of("large", size)
    restart_clock()
    out, code = run("curl", "-sS", "-T", str(folder / "large"), f"{url}/up/large")
    check(f"{size} bytes up to nginx", ("", 0), (out, code), size / 1e6)
    out, code = run("curl", "-sS", "-o", str(folder / "back"), f"{url}/up/large")
    check(f"{size} bytes down from nginx", ("", 0), (out, code), size / 1e6)
    check("up and down have the same SHA-256", sha256(payload), sha256((folder / "back").read_bytes()))


def slow(guest):
    """Those who read slowly, after `web`."""
    payload = (folder / "large").read_bytes()
    bound = 0.4 * size
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        client.settimeout(120 * patience)
        client.connect(("127.0.0.1", WEB))
        client.sendall(b"GET /up/large HTTP/1.0\r\n\r\n")
        grown = guest.most_memory(10)
        check(f"a client reads nothing for 10 s: {grown / 1e6:.0f} MB more in use, less than {bound / 1e6:.0f}", True,
              grown < bound)
        body = read_all(client).split(b"\r\n\r\n", 1)[1]
        check("then it gets all", sha256(payload), sha256(body))
    path = "/size/100000000"
    guest.begin(f"curl -sS --limit-rate 100k --max-time 12 -o /dev/null http://host.test:{host.HTTP}{path}")
    grown = guest.most_memory(10)
    out, code = guest.end()
    check(f"curl takes 100 kB/s: {grown / 1e6:.0f} MB more in use, less than 40", (True, 28), (grown < 40e6, code))
    check(f"the server could send {host.sent[path] / 1e6:.0f} MB of 100, less than 30", True, host.sent[path] < 30e6)
    guest.begin("nc -l -p 7000 | (sleep 10; sha256sum)")
    with retried(OTHER) as client:
        client.settimeout(None)

        def send():
            client.sendall(payload)
            client.shutdown(socket.SHUT_WR)
        host.in_background(send)
        grown = guest.most_memory(8)
        check(f"a server reads nothing for 10 s: {grown / 1e6:.0f} MB more in use, less than {bound / 1e6:.0f}", True,
              grown < bound)
        out, code = guest.end(300)
    check("then it has all", (sha256(payload), 0), (out.split()[0], code), len(payload) / 1e6)


def retried(port):
    """A connection to what begins to listen about now. What is not there yet resets it at once."""
    until = time.monotonic() + 30 * patience
    while True:
        client = connect(port)
        client.settimeout(1 * patience)
        try:
            client.recv(1, socket.MSG_PEEK)
        except TimeoutError:
            client.settimeout(120 * patience)
            return client
        except OSError:
            client.close()
            if time.monotonic() > until:
                raise
            time.sleep(0.2)


def redis(guest):
    out, code = guest.do("redis-server --port 6379 --bind 0.0.0.0 --protected-mode no --daemonize yes --save '' > /dev/null; "
                         "until redis-cli ping; do sleep 0.1; done")
    check("redis starts", (True, 0), (out.endswith("PONG"), code))

    def said(client, expected):
        got = b""
        while len(got) < len(expected):
            if not (piece := client.recv(65536)):
                break
            got += piece
        return got
    with connect(REDIS) as subscriber, connect(REDIS) as publisher:
        subscriber.sendall(b"SUBSCRIBE news\r\n")
        answer = b"*3\r\n$9\r\nsubscribe\r\n$4\r\nnews\r\n:1\r\n"
        check("redis: subscribed", answer, said(subscriber, answer))
        for text in (b"from outside", b"x" * 200_000):
            publisher.sendall(b"*3\r\n$7\r\nPUBLISH\r\n$4\r\nnews\r\n$%d\r\n%s\r\n" % (len(text), text))
            answer = b"*3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$%d\r\n%s\r\n" % (len(text), text)
            check(f"redis: {len(text)} bytes published from outside", True, answer == said(subscriber, answer))
            check("redis: one has got it", b":1\r\n", said(publisher, b":1\r\n"))
        guest.do("redis-cli publish news inside")
        answer = b"*3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$6\r\ninside\r\n"
        check("redis: published inside", answer, said(subscriber, answer))
        restart_clock()
        count = 500 // patience
        for i in range(count):
            publisher.sendall(b"INCR n\r\n")
            said(publisher, b":%d\r\n" % (i + 1))
        each = (time.monotonic() - begun) / count * 1000
        publisher.sendall(b"GET n\r\n")
        answer = b"$%d\r\n%d\r\n" % (len(str(count)), count)
        check(f"redis: {count} questions, {each:.1f} ms each", answer, said(publisher, answer))


def datagrams(guest):
    guest.do("python3 /tmp/guest.py udp_echo 7 > /tmp/echo.log 2>&1 &")
    with socket.socket(type=socket.SOCK_DGRAM) as client:
        client.settimeout(2 * patience)
        client.connect(("127.0.0.1", ECHO))
        for attempt in range(60):
            client.send(b"?")
            try:
                client.recv(10)
                break
            except OSError:
                pass
        for count in (1, 512, 1472, 9000, 60000):
            client.send(payload := os.urandom(count))
            try:
                got = client.recv(65536)
            except OSError as error:
                got = error
            check(f"UDP: {count} bytes there and back", True, got == payload)
    for count in (1, 1472, 9000, 60000):
        check(f"UDP: {count} bytes out and back", (f"{count} True", 0),
              guest.python("udp_send", "host.test", host.DATAGRAMS, count))
    # jco's host tells a component nothing of it.
    check("UDP: nobody listens", ("TimeoutError" if is_component else "ConnectionRefusedError", 0),
          guest.python("udp_send", "host.test", 9, 1))


def names(guest):
    check("getent: a pinned name", ("10.1.2.3 db", 0), guest.do("getent ahostsv4 db | awk '/STREAM/ {print $1, $3}'"))
    check("getent: no such name", ("", 2), guest.do("getent hosts missing.test"))
    check("dig: a pinned name", ("10.1.2.3", 0), guest.do("dig +short db"))
    check("dig: a public name", (host.PUBLIC, 0), guest.do("dig +short public.test"))
    check("dig: a public name, by TCP", (host.PUBLIC, 0), guest.do("dig +short +tcp public.test"))
    check("dig: no AAAA", ("", 0), guest.do("dig +short public.test AAAA"))
    out, code = guest.do("dig missing.test")
    check("dig: no such name", (True, 0), ("status: NXDOMAIN" in out, code))
    check("dig: a name that leads inside", ("", 0), guest.do("dig +short inside.test"))
    check("dig asks another server", (host.PUBLIC, 0), guest.do(f"dig +short @{host.PUBLIC} public.test"))
    out, code = guest.do("host public.test")
    check("host: a public name", ("public.test has address 1.2.3.4", 0), (out, code))


def inside(guest):
    """Redirects and names of a public server that lead where no rule does."""
    go = f"curl -sS -L --max-time {60 * patience} -o /dev/null -w '%{{http_code}} %{{num_redirects}}' http://public.test:{host.HTTP}/to/"
    check("curl follows a redirect to a public address", ("200 1", 0), guest.do(f"{go}public.test:{host.HTTP}/size/9"))
    for what, where, expected in (
            ("127.0.0.1, which is the container's own", "127.0.0.1", "Couldn't connect"),
            ("the host", "10.0.2.2", "Couldn't connect"),
            ("the cloud's secrets", host.SECRETS, "Couldn't connect"),
            ("the host, where IPv6 hides its address", "[64:ff9b::7f00:1]", "Couldn't connect"),
            ("a name that leads inside", "inside.test", "Could not resolve")):
        out, code = guest.do(f"{go}{where}:{host.FORBIDDEN}/")
        check(f"curl is not led to {what}", (True, True), (expected in out or out, code in (6, 7)))
    check("a name with addresses outside and inside has those outside", (host.PUBLIC, 0),
          guest.do("dig +short both.test"))
    check("a name that will turn inside", (host.PUBLIC, 0), guest.do("dig +short turning.test"))
    host.NAMES["turning.test"] = ["127.0.0.1", host.SECRETS]
    # A JVM remembers answers for 30 s.
    out, code = guest.do(f"for i in $(seq {30 * patience}); do a=$(dig +short turning.test); "
                         f"[ \"$a\" = {host.PUBLIC} ] || break; sleep 1; done; echo \"<$a>\"", 120)
    check("when it turns inside it has no address", ("<>", 0), (out, code))
    check("nobody came to the host's other ports", [], host.came)


def records(_):
    """Other records than addresses, in a container that has a name server of its own: of the machine's nobody asks for them."""
    questions = ["public.test MX", "public.test TXT", "long.test TXT", "_sip._tcp.public.test SRV", "alias.test CNAME", "-x 1.2.3.4",
                 "liar.test MX", "public.test ANY", "db TXT", "public.test", "inside.test"]
    script = "; ".join([*(f"dig +short {each} | sort; echo @" for each in questions),
                        "dig liar.test MX | grep -o 'status: [A-Z]*'; dig none.test MX | grep -o 'status: [A-Z]*'",
                        "dig long.test TXT | grep -o 'MSG SIZE.*'; host -t mx public.test"])
    out, code = run(*runner, "--network", "bridge", "--dns", "127.0.0.1", "--add-host", "db:10.1.2.3", bundle, "--memory=256m",
                    "--", "/bin/bash", "-c", script)
    answers = [answer.strip().splitlines() for answer in out.split("@")]
    found = dict(zip(questions, answers))
    long = sorted('"' + chr(65 + i) * 250 + '"' for i in range(12))
    for question, lines in (
            ("public.test MX", ["10 mail.public.test.", "20 mail.test."]), ("public.test TXT", ['"v=spf1 -all"']),
            ("long.test TXT", long), ("_sip._tcp.public.test SRV", ["0 5 5060 sip.public.test."]),
            ("alias.test CNAME", ["public.test."]), ("-x 1.2.3.4", ["public.test."]), ("liar.test MX", []),
            ("public.test ANY", []), ("db TXT", []), ("public.test", [host.PUBLIC]), ("inside.test", [])):
        check(f"dig {question}", lines, found.get(question, out))
    check("what a name server adds, a name that is not there, the size by TCP, host", (
        ["status: SERVFAIL", "status: NXDOMAIN", "MSG SIZE  rcvd: 3183", "public.test mail is handled by 10 mail.public.test.",
         "public.test mail is handled by 20 mail.test."], 0), (answers[-1], code))


def lease(guest):
    """Clients of DHCP; what they would set is set."""
    guest.put("/tmp/dhclient", b'#!/bin/sh\n[ -z "$new_ip_address" ] || echo "is $reason $new_ip_address $new_subnet_mask '
              b'$new_routers $new_domain_name_servers"\n')
    guest.put("/tmp/udhcpc", b'#!/bin/sh\n[ "$1" != bound ] || echo "is $1 $ip $subnet $router $dns"\n')
    guest.do("chmod +x /tmp/dhclient /tmp/udhcpc")
    given = "10.0.2.15 255.255.255.0 10.0.2.2 10.0.2.3"
    for what, command, expected in (
            ("dhclient", "dhclient -1 -v -sf /tmp/dhclient -lf /tmp/leases -pf /tmp/pid eth0", f"is BOUND {given}"),
            ("dhclient takes the lease it had", "kill $(cat /tmp/pid); dhclient -1 -v -sf /tmp/dhclient -lf /tmp/leases -pf /tmp/pid "
             "eth0", f"is REBOOT {given}"),
            ("dhclient gives it back", "dhclient -r -v -sf /tmp/dhclient -lf /tmp/leases -pf /tmp/pid eth0 && echo is released",
             "is released"),
            ("udhcpc", "udhcpc -f -n -q -i eth0 -s /tmp/udhcpc", f"is bound {given}")):
        out, code = guest.do(command)
        check(what, ([expected], 0), ([line for line in out.splitlines() if line.startswith("is ")] or out, code))


TLS = f"https://host.test:{host.HTTPS}"
# Where packages are unpacked only, nothing has made this file yet.
CAS = "cd /etc/ssl/certs; [ -s ca-certificates.crt ] || cat /usr/share/ca-certificates/mozilla/*.crt > ca-certificates.crt"


def trust(guest):
    """Curl and pip know the CA from now on."""
    guest.do(f"{CAS}; cat /tmp/ca.pem >> ca-certificates.crt")


def web_clients(guest):
    guest.do(CAS)
    check("curl: a certificate of an unknown CA", 60, guest.do(f"curl -sS {TLS}/size/1")[1])
    trust(guest)
    check("curl over TLS", ("200 100", 0), guest.do(f"curl -sS -o /dev/null -w '%{{http_code}} %{{size_download}}' {TLS}/size/100"))
    check("curl: a public name, by bridge", ("200", 0),
          guest.do(f"curl -sS -o /dev/null -w '%{{http_code}}' http://public.test:{host.HTTP}/size/9"))
    check("python: three requests on one connection", ("[1, 70000, 3]", 0), guest.python("keep_alive", "host.test", host.HTTP))
    count = size // 20
    check(f"curl: {count} bytes over TLS", (sha256(host.pattern(count)), 0),
          (lambda out, code: (out.split()[0], code))(*guest.do(f"curl -sS {TLS}/size/{count} | sha256sum")), count / 1e6)
    check("urllib over TLS", (f"200 1000000 {sha256(host.pattern(1_000_000))}", 0),
          guest.python("urllib_get", f"{TLS}/size/1000000"))
    check("requests over TLS, two on one connection", ("200 1000 True", 0), guest.python("requests_twice", TLS, 1_000_000))


def pip(guest):
    wheel = host.make_index(folder)
    trust(guest)
    out, code = guest.do(f"cd /tmp && pip download -q --disable-pip-version-check --no-deps --index-url {TLS}/simple/ tiny "
                         "&& sha256sum tiny-1.0-py3-none-any.whl", 300)
    check("pip download over TLS", (wheel, 0), (out.splitlines()[-1].split()[0] if code == 0 else out, code))


def git(guest):
    commit = host.make_repository(folder)
    out, code = guest.do(f"cd /tmp && git clone -q http://host.test:{host.HTTP}/git/it.git http && git -C http rev-parse HEAD", 300)
    check("git clone over http", (commit, 0), (out, code), 4)
    out, code = guest.do("cd /tmp/http && echo more > more && git add more && git -c user.name=it -c user.email=it@host.test "
                         "commit -q -m more && git push -q && git rev-parse HEAD")
    check("git push over http", (host.head_of(folder), 0), (out, code))


def shells(guest):
    payload = file_of("small", 5_000_000)
    options = ["-i", str(folder / "client"), "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o",
               "LogLevel=ERROR"]
    guest.put("/tmp/client", (folder / "client").read_bytes())
    guest.do("mkdir -p /run/sshd /root/.ssh; chmod 700 /root/.ssh; chmod 600 /tmp/client")
    guest.put("/root/.ssh/authorized_keys", (folder / "client.pub").read_bytes())
    guest.put("/tmp/sshd_config", b"""
HostKey /tmp/host
PermitRootLogin prohibit-password
LoginGraceTime 0
Subsystem sftp internal-sftp
""")
    out, code = guest.do("ssh-keygen -q -t ed25519 -N '' -f /tmp/host; /usr/sbin/sshd -f /tmp/sshd_config")
    check("sshd starts", ("", 0), (out, code))
    with open(folder / "small") as file:
        out, code = run("ssh", "-p", str(SHELL), *options, "root@127.0.0.1", "sha256sum; exit 7", stdin=file)
    check("ssh into the container: 5 MB in, a digest and the exit code back", (f"{sha256(payload)}  -", 7), (out, code), 5)
    out, code = run("ssh", "-p", str(SHELL), *options, "root@127.0.0.1", "echo $SSH_CLIENT | cut -d' ' -f1")
    check("ssh: clients seem to come from 10.0.2.2", ("10.0.2.2", 0), (out, code))
    run("scp", "-q", "-P", str(SHELL), *options, str(folder / "small"), "root@127.0.0.1:/tmp/copied")
    out, code = run("scp", "-q", "-P", str(SHELL), *options, "root@127.0.0.1:/tmp/copied", str(folder / "copied"))
    copied = folder / "copied"
    check("scp there and back, 5 MB", ("", 0, True), (out, code, copied.exists() and copied.read_bytes() == payload), 10)
    inside = "-i /tmp/client -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -v"
    out, code = guest.do(f"head -c 3000000 /dev/urandom > /tmp/out; ssh {inside} -p {host.SSH} root@host.test 'sha256sum; exit 5' "
                         "< /tmp/out 2> /tmp/ssh.log; echo $?; sha256sum < /tmp/out")
    lines = out.splitlines()
    if len(lines) != 3:
        print(guest.do("tail -n 15 /tmp/ssh.log")[0], (folder / "sshd.log").read_text(), sep="\n")
    check("ssh out of the container: 3 MB out, a digest and the exit code back", [lines[-1], "5", lines[-1]], lines, 3)


def database(guest):
    out, code = guest.do("""
d=/var/lib/postgresql/it; bin=$(echo /usr/lib/postgresql/*/bin); mkdir -p $d; chown postgres $d; cd /tmp
echo secret > /tmp/secret
pg() { setpriv --reuid=postgres --regid=postgres --clear-groups "$@"; }
pg $bin/initdb -D $d -U it --auth=scram-sha-256 --pwfile=/tmp/secret -E UTF8 --locale=C --no-sync > log 2>&1 || cat log
echo "host all all 10.0.2.2/32 scram-sha-256" >> $d/pg_hba.conf
options="-h 0.0.0.0 -k /tmp -c fsync=off -c shared_buffers=16MB"
pg $bin/pg_ctl -D $d -o "$options" -l $d/log -w -t 300 -s start || cat $d/log""", 600)
    check("PostgreSQL starts on files of the container", ("", 0), (out, code))
    login = ["psql", "-X", "-At", "-h", "127.0.0.1", "-p", str(DATABASE), "-U", "it", "-d", "postgres", "-v", "ON_ERROR_STOP=1"]
    known = {**os.environ, "PGPASSWORD": "secret", "PGCONNECT_TIMEOUT": "60"}
    out, code = run(*login, "-c", "select 6 * 7", env=known)
    check("psql of the host", ("42", 0), (out, code))
    out, code = run(*login, "-c", "select 1", env={**known, "PGPASSWORD": "wrong"})
    check("psql with a wrong password", (True, 2), ("password authentication failed" in out, code))
    rows = "".join(f"{i}\t{i * i} text of a row\n" for i in range(20_000))
    (folder / "rows").write_text(rows)
    restart_clock()
    out, code = run(*login, "-q", "-c", "create table t (n int primary key, s text)", "-c", f"\\copy t from '{folder}/rows'",
                    "-c", "select count(*), sum(n) from t", env=known)
    check("psql: 20,000 rows in", (f"20000|{sum(range(20_000))}", 0), (out, code), len(rows) / 1e6)
    out, code = run(*login, "-q", "-c", "\\copy (select * from t order by n) to stdout", env=known)
    check("psql: 20,000 rows out", (sha256(rows.encode()), 0), (sha256(out.encode() + b"\n"), code), len(rows) / 1e6)


def ends(guest):
    three = "sha256sum < /tmp/three | cut -d' ' -f1"
    guest.do("head -c 3000000 /dev/urandom > /tmp/three")
    out, code = guest.do(f"nc -N host.test {host.HALF} < /tmp/three; echo; {three}")
    there, here = (out.splitlines() + [""])[:2]
    check("nc -N: half-closed, then the answer", (here, True), (there, bool(here)), 3)
    payload = os.urandom(1_000_000)
    guest.begin(f"nc -N -l -p 7000 < /tmp/three > /tmp/got; sha256sum < /tmp/got | cut -d' ' -f1; {three}")
    time.sleep(2 * patience)
    with connect(OTHER) as client:  # nc -l goes when its client has ended, so that its end comes first
        got = read_all(client)
        client.sendall(payload)
    out, code = guest.end()
    check("nc -l -N: half-closed, then it reads on", f"{sha256(payload)}\n{sha256(got)}", out, 4)
    check("a server of the host resets", ("ConnectionResetError", 0), guest.python("read_until_reset", "host.test", host.RESETS))
    guest.begin("python3 /tmp/guest.py resetting 7000")
    with retried(OTHER) as client:
        client.sendall(b"xy")
        try:
            found = client.recv(10)
        except OSError as error:
            found = type(error).__name__
    guest.end()
    # A component can only end a connection; what becomes of that is its host's.
    check("a server of the container resets", True, found == "ConnectionResetError" or (is_component and found == b""))
    guest.begin("python3 /tmp/guest.py serve_until_reset 7000")
    client = retried(OTHER)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, host.RESET)
    client.close()
    check("a client of the host resets", ("ConnectionResetError", 0), guest.end())
    for what, address, port, expected in (
            ("refused", "10.0.2.2", 9, "Connection refused"), ("unreachable", "192.0.2.1", 80, "No route to host"),
            ("forbidden: a port of the host", "10.0.2.2", host.FORBIDDEN, "No route to host"),
            ("forbidden: a private address", "10.9.9.9", 80, "No route to host")):
        out, code = guest.do(f"nc -n -v -w 20 {address} {port}", 30)
        check(what, (True, 1), (expected in out and out, code) if expected not in out else (True, code))


def taken_port(guest):
    # run.mjs knows no more than "the command line is wrong"; oci2wasm has a code for what is unavailable, a component none.
    expected = 1 if is_component else 2 if runner[0] == "node" else 3
    out, code = run(*runner, "-p", f"{WEB}:80", bundle, "--", "/bin/true")
    check(f"a port that is taken ends with code {expected}, and says: {out}", (expected, True),
          (code, f"127.0.0.1:{WEB}" in out and "cannot be taken" in out))


PARTS = {part.__name__: part for part in (web, slow, redis, datagrams, names, inside, records, lease, web_clients, pip, git, shells,
                                          database, ends, taken_port)}


def main():
    global watched
    sshd = host.start_all(folder)
    atexit.register(sshd.kill)
    guest = watched = Guest()
    restart_clock()
    atexit.register(guest.process.kill)
    guest.put("/tmp/guest.py", Path(__file__).with_name("programs_guest.py").read_bytes())
    guest.put("/tmp/ca.pem", (folder / "ca.pem").read_bytes())
    check("the shell answers", ("hello", 0), guest.do("echo hello", 300))
    for part in parts:
        try:
            PARTS[part](guest)
        except OSError as error:
            check(f"{part} goes to its end", None, error)
    watched = None  # there will be nothing to watch
    restart_clock()
    guest.process.stdin.close()
    try:
        code = guest.process.wait(60 * patience)
    except subprocess.TimeoutExpired:
        code = "goes on"
    check("the container ends with its shell", 0, code)
    subprocess.run(["rm", "-rf", str(folder)], check=True)
    print(f"{passed} passed, {len(failed)} failed")
    return 1 if failed else 0


signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
sys.exit(main())
