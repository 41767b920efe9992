#!/usr/bin/env python3
"""Runs each command of a table natively in the image's root (foreign machine code through qemu-user, by binfmt_misc) and
inside its bundle, and compares stdout, stderr and exit code. fidelity.py [OPTION…] ROOTFS BUNDLE RUNNER… where RUNNER is
NAME=COMMAND, the command line that runs a bundle, e.g. "node=node docs/run.mjs", or NAME/MAX=COMMAND where the runtime
knows no exit code above MAX. Prints a table; ends with 1 if a row differs.

Without --cases the table is the one below. A file of cases begins with `key: value` lines, of which `memory` is the
guest's and `user` the image's (`architecture` and `packages` are fidelity_images.sh's); a case is a line `== NAME`, with marks in parentheses at its end, and a script of sh
(`shell: bash` in the head: of bash; `shell: none`: a program and its words). Marks: `quick`, run at every change;
`runtimes`, run in every runtime; `amd64`, run on that platform only; `mapped`, run with an empty folder of the host at
/mapped. The runner `native` is the reference itself: what differs there is no case.

--trained is for a bundle that the chosen cases have trained: each row tells what part of its instructions translations of the
bundle executed, and a runner fails in which these executed fewer than a million in all, as where a host installs its own.
--interpreted has another reference: the same bundle and runner without translation, both with --deterministic. Then the guest has
to execute as many instructions, too, and to leave the same memory. Cases with a folder of the host or standard input are left
out: when these come depends on the host.
--training prints the commands for `convert --train`, each with a NUL behind it."""
import argparse
import hashlib
import os
import re
import shlex
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from fidelity_table import Table

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
TIMEOUT = 1800
# What the engine's processor lacks: libraries that ask for it compute other last digits with it.
SAME_PROCESSOR = "GLIBC_TUNABLES=glibc.cpu.hwcaps=-AVX2,-FMA,-FMA4,-AVX,-AVX512F"

# What docker hides of /proc. A namespace of the container's own may mount no /proc that shows more.
HIDDEN = "acpi asound kcore keys latency_stats sched_debug timer_list timer_stats scsi"

# What --stats prints. TRANSLATED: where a host has installed translations, all that the engine offered, or the bundle has them.
STATS = re.compile(rb"oci2wasm: stats: .*\n")
INSTRUCTIONS = re.compile(rb"stats: (\d+) guest instructions")
TRANSLATED = re.compile(rb"stats: (\d+) of them translated, \d+ functions in (?:.* 0 modules refused|the bundle)\n")
# The two pieces of it that are the same in each run with --deterministic.
EXACT = re.compile(rb"stats: (\d+ guest instructions, \d+ before|memory [0-9a-f]{16})")
MIN_TRANSLATED = 1_000_000

# name, shell words after `sh -c`, or a list of words; stdin
CASES = [
    ("echo", "echo hi; exit 3", b""),
    ("exit 0", "true", b""),
    ("exit by signal", "sh -c 'kill -TERM $$'; exit $?", b""),
    ("not found", ["/no/such/command"], b""),
    ("pipeline", "seq 1 2000 | grep 7 | sort -r | head -n 40 | tr 0-9 a-j | tac | md5sum", b""),
    ("stderr apart", "echo out; echo err >&2; echo out2", b""),
    ("stdin lines", "while read -r line; do echo \"<$line>\"; done", b"one\ntwo\n  three\n"),
    ("no stdin", "cat | wc -c", b""),
    ("stdin of 10 MB", "sha256sum", bytes(range(256)) * 40960),
    ("files", "cd /tmp && mkdir -p a/b && echo x > a/b/c && cp -r a d && mv d/b e && find . | sort && cat e/c && rm -r a d e && ls -la | wc -l", b""),
    ("links and modes", "cd /tmp; touch f; chmod 640 f; ln f g; ln -s f h; stat -c '%a %h %F' f g h; rm f; cat h; echo $?", b""),
    ("find", "find / -xdev -type f -perm -4000 2>/dev/null | sort", b""),
    ("image's files", "find /srv -mindepth 1 -type d -printf '%p %M %U %G %T+\\n' -o -printf '%p %M %n %U %G %s %T+ %l\\n' | sort; cat /missing/parents/of/this /srv/linked /srv/was-a-file/inside /srv/was-a-directory; sha256sum /srv/large", b""),
    ("environment", "env | grep -v -e '^GLIBC_TUNABLES=' -e '^HOSTNAME=' -e '^_=' -e '^SHLVL=' -e '^OLDPWD=' | sort", b""),
    ("pid 1", "echo $$; readlink /proc/self/exe", b""),
    ("kernel", "cat /proc/sys/kernel/ostype; uname -s -m", b""),
    ("uid", "id; umask; pwd", b""),
    ("background and wait", "sleep 0.1 & wait $!; echo $?; (exit 7) & wait $!; echo $?", b""),
    ("trap", "trap 'echo caught; exit 5' USR1; kill -USR1 $$; sleep 1", b""),
    ("big output", "seq 1 200000", b""),
    ("tar and gzip", "cd / && tar -cf - usr/lib/python3*/json etc/cron.daily etc/pam.d 2>/dev/null | tar -tvf - | sort | md5sum; head -c 1000000 /srv/large | gzip -9n | sha256sum", b""),
    ("python hashlib", ["python3", "-c", "import hashlib\nfor a in ('md5','sha1','sha256','sha512','blake2b','sha3_256'): print(a, hashlib.new(a, b'x'*100000).hexdigest())"], b""),
    ("python json", ["python3", "-c", "import json\nd={'a':[1,2.5,None,True,'\\u00fc'],'b':{'c':1e300}}\nprint(json.dumps(json.loads(json.dumps(d)),sort_keys=True))"], b""),
    ("python sqlite3", ["python3", "-c", "import sqlite3\nc=sqlite3.connect('/tmp/t.db')\nc.execute('create table t(a,b)')\nc.executemany('insert into t values(?,?)',[(i,i*i) for i in range(1000)])\nc.commit()\nprint(c.execute('select sum(b),count(*),avg(a) from t where a%7=3').fetchall())"], b""),
    ("python subprocess", ["python3", "-c", "import subprocess\nr=subprocess.run(['sh','-c','cat; echo e >&2; exit 9'],input=b'in',capture_output=True)\nprint(r)"], b""),
    ("python threads", ["python3", "-c", "import threading,queue\nq=queue.Queue()\nt=[threading.Thread(target=lambda i=i:q.put(sum(range(i*1000)))) for i in range(20)]\n[x.start() for x in t];[x.join() for x in t]\nprint(sorted(q.queue))"], b""),
    ("python floats", ["python3", "-c", "import math,struct\nfor x in (0.1,1e-310,2**0.5,math.pi,1e308,-0.0,float('inf'),float('nan')):\n  print(x, x*3, x/7 , math.sqrt(abs(x)), math.sin(x) if abs(x)<1e300 else '', struct.pack('>d',x).hex(), struct.pack('>f', x if abs(x)<1e38 or x!=x or x in (float('inf'),) else 0).hex(), round(x,3))\nprint(sum(1/i for i in range(1,100000)), math.fsum([.1]*10), divmod(-7.5,2), 2.5//-1, int(1e18), float(2**63), math.fmod(-7,3))"], b""),
    ("python sockets", ["python3", "-c", "import socket,threading\ns=socket.create_server(('127.0.0.1',0))\ndef f():\n  c,_=s.accept()\n  c.sendall(c.recv(100)[::-1]);c.close()\nt=threading.Thread(target=f);t.start()\nk=socket.create_connection(s.getsockname());k.sendall(b'hello');print(k.recv(100));t.join()"], b""),
    ("python error", ["python3", "-c", "raise SystemExit(42)"], b""),
    ("python integers", ["python3", "-c", "print(sum(range(10**6)), pow(3,1000,10**40), (2**521-1)%1000003, -7//2, -7%3)"], b""),
]


def words(command):
    return ["/bin/sh", "-c", command] if isinstance(command, str) else command


def read_cases(path):
    """The head's values; and name, command, standard input and marks of each case."""
    with open(path) as file:
        top, *parts = re.split(r"^== ", file.read(), flags=re.M)
    head = dict(line.split(": ", 1) for line in top.splitlines() if line)
    cases = []
    for part in parts:
        line, script = part.split("\n", 1)
        name, marks = re.fullmatch(r"(.*?)(?: \(((?:quick|runtimes|amd64|mapped|, )+)\))?", line).groups()
        shell = head.get("shell")
        command = shlex.split(script) if shell == "none" else ["/bin/bash", "-c", script] if shell == "bash" else script
        cases.append((name, command, b"", (marks or "").split(", ")))
    return head, cases


def without_stats(result):
    """The result as if --stats had not been there, and the numbers of instructions and of translated ones."""
    code, out, err = result
    counts = [int(found[1]) if (found := pattern.search(err)) else 0 for pattern in (INSTRUCTIONS, TRANSLATED)]
    return (code, out, STATS.sub(b"", err)), counts


def run(argv, stdin):
    """stdin: bytes of a pipe; None: /dev/null."""
    given = {"stdin": subprocess.DEVNULL} if stdin is None else {"input": stdin}
    try:
        done = subprocess.run(argv, **given, capture_output=True, timeout=TIMEOUT)
        code = 128 - done.returncode if done.returncode < 0 else done.returncode
        return code, done.stdout, done.stderr
    except subprocess.TimeoutExpired as late:
        return "timeout", late.stdout or b"", late.stderr or b""


def in_folder(is_mapped, run_it):
    """run_it(FOLDER), an empty one of the host's that is removed afterwards; without a mapped one, of None."""
    if not is_mapped:
        return run_it(None)
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        return run_it(folder)


def reference(root, command, stdin, user=None, mapped=None):
    """As docker starts it: own pid, mount, network and IPC namespaces, loopback up, /etc/hosts, a fresh /proc without the paths that
    docker hides, /sys, /tmp and upper layer, and docker's capabilities."""
    if isinstance(command, list) and command[0].startswith("/no/"):
        return 127, b"", None  # docker's rule, which execve does not follow
    setup = """set -e
        ip link set lo up 2>/dev/null || true
        mount -t tmpfs tmpfs /mnt; mkdir /mnt/upper /mnt/work /mnt/root
        mount -t overlay -o lowerdir={0},upperdir=/mnt/upper,workdir=/mnt/work overlay /mnt/root
        mkdir -p /mnt/root/proc /mnt/root/tmp /mnt/root/dev /mnt/root/etc
        mount -t proc proc /mnt/root/proc; mount -t tmpfs tmpfs /mnt/root/tmp; mount --rbind /dev /mnt/root/dev
        mkdir -p /mnt/root/sys; mount -t sysfs -o ro sysfs /mnt/root/sys
        mount -t cgroup2 -o ro cgroup2 /mnt/root/sys/fs/cgroup 2>/dev/null || true # where the kernel has it
        for hidden in {6}; do
            path=/mnt/root/proc/$hidden
            if [ -d $path ]; then mount -t tmpfs -o ro tmpfs $path; elif [ -e $path ]; then mount --bind /dev/null $path; fi
        done
        if [ -n {7} ]; then mkdir /mnt/root/mapped; mount --bind {7} /mnt/root/mapped; fi
        printf "127.0.0.1\tlocalhost\n::1\tlocalhost\n" > /mnt/root/etc/hosts
        exec env -i PATH={1} HOME={2} {3} python3 {4} /mnt/root {5} "$@" """
    enter = os.path.join(os.path.dirname(os.path.abspath(__file__)), "fidelity", "enter.py")
    setup = setup.format(shlex.quote(root), PATH, home(root), SAME_PROCESSOR, shlex.quote(enter), user or "0:0", HIDDEN,
                         shlex.quote(mapped or ""))
    namespaces = ["unshare", "--pid", "--fork", "--kill-child", "--mount", "--net", "--ipc"]
    return run([*namespaces, "sh", "-c", setup, "sh", *words(command)], stdin)


def home(root):
    """root's home as docker finds it: / where the image has no /etc/passwd."""
    try:
        with open(root + "/etc/passwd") as users:
            return next((line.split(":")[5] for line in users if line.startswith("root:")), "/")
    except FileNotFoundError:
        return "/"


class Runner:
    def __init__(self, text):
        name, self.command = text.split("=", 1)
        self.name, _, highest = name.partition("/")
        self.highest = int(highest) if highest else None

    def run(self, asked, options, command, stdin, user=None, mapped=None, host=()):
        """`host`: options of the runner's own, which stand before the bundle."""
        if self.name == "native":
            return reference(asked.root, command, stdin, user, mapped)
        if self.highest is not None:
            options = [*options, "--exit-code-max", str(self.highest)]
        folders = ["--dir", f"{mapped}:/mapped"] if mapped else []
        return run([*shlex.split(self.command), *host, *folders, asked.bundle, *options, *words(command)], stdin)

    def same(self, expected, found):
        code, out, err = expected
        if code == "timeout":  # what neither ends is not known to be the same
            return False
        if self.highest is not None and code > self.highest:
            return found[:2] == (self.highest, out) and f"oci2wasm: exit {code}\n".encode() in found[2]
        return found[:2] == (code, out) and (err is None or found[2] == err)


def brief(result):
    code, out, err = result
    return f"{code} {hashlib.sha256(out).hexdigest()[:8]}"


def add(total, counts):
    total[:] = map(sum, zip(total, counts))


def part(counts):
    """Of instructions those translated, in percent."""
    return f"{100 * counts[1] / max(counts[0], 1):.1f} %"


def report(name, expected, found):
    print(f"# {name}: expected {brief(expected)}, found {brief(found)}", file=sys.stderr)
    for label, a, b in (("stdout", expected[1], found[1]), ("stderr", expected[2], found[2])):
        if a is not None and a != b:
            print(f"#   {label} expected {a[-400:]!r}\n#   {label} found    {b[-400:]!r}", file=sys.stderr)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--cases", metavar="FILE")
    parser.add_argument("--platform", default="riscv64", help="amd64 or riscv64 (default)")
    parser.add_argument("--marked", metavar="MARK", help="only the cases that have this mark")
    parser.add_argument("--only", metavar="REGEX", default="", help="only the cases whose name has this in it")
    parser.add_argument("--table", metavar="FILE", help="the page that has the results so far; these are written into it")
    parser.add_argument("--missing", action="store_true", help="only what the page does not call the same yet")
    parser.add_argument("--trained", action="store_true", help="the bundle is one that was trained")
    parser.add_argument("--interpreted", action="store_true", help="the reference is the bundle, interpreted")
    parser.add_argument("--training", action="store_true", help="only print what trains such a bundle")
    parser.add_argument("root")
    parser.add_argument("bundle")
    parser.add_argument("runners", nargs="*")
    asked = parser.parse_args()
    if asked.trained + asked.interpreted + bool(asked.table) > 1:
        parser.error("found two of --table, --trained and --interpreted, expected one: the page compares plain bundles with native runs")
    head, cases = read_cases(asked.cases) if asked.cases else ({}, [(*case, []) for case in CASES])
    image = os.path.basename(asked.cases or "layers").removesuffix(".cases")
    table = Table(asked.table, image, [case[0] for case in cases]) if asked.table else None
    chosen = [
        case for case in cases
        if re.search(asked.only, case[0])
        and (not asked.marked or asked.marked in case[3])
        and (asked.platform == "amd64" or "amd64" not in case[3])
    ]
    if asked.training:
        print("".join(shlex.join(words(command)) + "\0" for _, command, *_ in chosen), end="")
        return 0
    runners = [Runner(text) for text in asked.runners]
    options = ["--memory", head["memory"]] if "memory" in head else []
    if asked.interpreted and (others := {runner.name for runner in runners} - {"node", "jvm"}):
        parser.error(f"--interpreted: found {', '.join(sorted(others))}, expected node or jvm, which install translations")
    if asked.interpreted:
        return against_interpreted(asked, [case for case in chosen if "mapped" not in case[3] and not case[2]], runners, options)
    return compare(asked, chosen, table, runners, options, head.get("user"))


def begin_table(runners):
    print("| command |" + "".join(f" {runner.name} |" for runner in runners))
    print("|---|" + "---|" * len(runners), flush=True)


def end_table(counts, total, differing):
    """counts: by runner the instructions and the translated ones, where they were counted. The exit code."""
    for runner, (instructions, translated) in counts.items():
        print(f"{runner.name}: {part((instructions, translated))} of {instructions} instructions translated")
        total += 1
        if translated < MIN_TRANSLATED:
            print(f"# {runner.name}: {translated} translated instructions, expected {MIN_TRANSLATED}", file=sys.stderr)
            differing += 1
    print(f"{total - differing} passed, {differing} failed")
    return 1 if differing else 0


def against_interpreted(asked, cases, runners, options):
    """Each case twice, side by side."""
    differing = 0
    counts = {runner: [0, 0] for runner in runners}
    begin_table(runners)
    with ThreadPoolExecutor(max_workers=1) as pool:
        for name, command, *_ in cases:
            row = [name]
            for runner in runners:
                run_it = partial(runner.run, asked, [*options, "--deterministic", "--stats"], command, None)
                beside = pool.submit(run_it, host=["--translate", "host"])
                expected = run_it(host=["--translate", "off"])
                found = beside.result()
                wanted, got = (EXACT.findall(result[2]) for result in (expected, found))
                expected, _ = without_stats(expected)
                found, counted = without_stats(found)
                add(counts[runner], counted)
                row.append("same")
                if found != expected or got != wanted or len(got) != 2:
                    row[-1] = "differs"
                    differing += 1
                    report(f"{name} in {runner.name}", expected, found)
                    print(f"#   --stats expected {wanted}, found {got}", file=sys.stderr)
                row[-1] += f", {part(counted)} translated"
            print("| " + " | ".join(row) + " |", flush=True)
    return end_table(counts, len(cases) * len(runners), differing)


def compare(asked, cases, table, runners, options, user):
    """Prints a row as soon as it is known."""
    options = [*options, "--stats"] if asked.trained else options
    total = differing = 0
    counts = {runner: [0, 0] for runner in runners} if asked.trained else {}
    begin_table(runners)
    with ThreadPoolExecutor(max_workers=2) as pool:
        for name, command, stdin, marks in cases:
            is_mapped = "mapped" in marks
            known = {runner: asked.missing and table.cell(name, f"{asked.platform} {runner.name}") == "same" for runner in runners}
            if all(known.values()):
                continue
            running = {
                runner: pool.submit(in_folder, is_mapped, partial(runner.run, asked, options, command, stdin, user))
                for runner in runners if not known[runner]
            }
            expected = in_folder(is_mapped, partial(reference, asked.root, command, stdin, user))
            row = [name]
            for runner in runners:
                row.append("same")
                if known[runner]:
                    continue
                total += 1
                found = running[runner].result()
                if asked.trained:
                    found, counted = without_stats(found)
                    add(counts[runner], counted)
                if not runner.same(expected, found):
                    row[-1] = "differs"
                    differing += 1
                    report(f"{name} in {runner.name}", expected, found)
                if table and runner.name != "native":
                    table.record(name, f"{asked.platform} {runner.name}", row[-1])
                if asked.trained:
                    row[-1] += f", {part(counted)} translated"
            print("| " + " | ".join(row) + " |", flush=True)
    return end_table(counts, total, differing)


if __name__ == "__main__":
    sys.exit(main())
