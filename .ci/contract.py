#!/usr/bin/env python3
"""Checks docs/FORMATS.md, "Host contract", on three bundles (contract.sh makes them). contract.py BUNDLES SHARED RUNNER… where
BUNDLES is their folder, SHARED a folder to make for sharing, and RUNNER as for fidelity.py. Ends with 1 if a check fails."""
import contextlib
import hashlib
import os
import pathlib
import re
import select
import shlex
import subprocess
import sys
import threading
import time
import traceback

TIMEOUT = 300
DEFAULT_PATH = "/usr/local/bin:/usr/bin:/bin"  # what the sample image's config says
DOCKER_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class Result:
    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out.decode(errors="replace"), err.decode(errors="replace")

    def __repr__(self):
        return f"exit {self.code}, stdout {self.out[-300:]!r}, stderr {self.err[-600:]!r}"


class Machine:
    """Runs one of the bundles in one runtime."""

    def __init__(self, runner, bundles, shared):
        name, self.command = runner.split("=", 1)
        self.name, _, highest = name.partition("/")
        self.highest = int(highest) if highest else None
        self.bundles, self.shared = bundles, shared

    def start(self, *words, image="shell", directory=False, **how):
        argv = shlex.split(self.command)
        if directory:
            argv += ["--dir", f"{self.shared}:/data"] if directory is True else ["-v", directory]
        limit = [] if self.highest is None else ["--exit-code-max", str(self.highest)]
        path = image if isinstance(image, pathlib.Path) else self.bundles / f"{image}.wasm"
        return subprocess.run([*argv, str(path), *limit, *words], timeout=TIMEOUT, **how)

    def run(self, *words, stdin=b"", code=0, **how):
        """Runs to the end; the container's exit code must be `code`, also where the runtime cannot say it."""
        done = self.start(*words, input=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **how)
        result = Result(done.returncode, done.stdout, done.stderr)
        if self.highest is not None and code > self.highest:
            line = f"oci2wasm: exit {code}\n"
            assert result.code == self.highest and line in result.err, result
            result.err = result.err.replace(line, "")
        else:
            assert result.code == code, f"expected exit {code}, found {result}"
        return result

    def sh(self, script, *options, **how):
        return self.run(*options, "sh", "-c", script, **how)


def same(found, expected):
    assert found == expected, f"expected {expected!r}, found {found!r}"


def complaint(result, *parts):
    """Exactly one line of stderr, ours, that says all parts; nothing on stdout."""
    same(result.out, "")
    assert re.fullmatch(r"oci2wasm: [^\n]*\n", result.err), f"expected one line, found {result}"
    for part in parts:
        assert part in result.err, f"expected {part!r} in {result.err!r}"


def exit_codes(m):
    for code in (0, 3, 143):
        same(m.sh(f"exit {code}", code=code).err, "")
    m.sh("kill -TERM $$; sleep 1; exit 9", code=9)  # the first process has no default action


def exit_by_signal(m):
    # The first process of a namespace is ended from outside or by a fault only.
    m.sh("sh -c 'kill -TERM $$'; exit $?", code=143)


def exit_code_max(m):
    done = m.start("--exit-code-max=125", "sh", "-c", "exit 143", stdin=subprocess.DEVNULL, capture_output=True)
    same((done.returncode, done.stderr), (125, b"oci2wasm: exit 143\n"))
    done = m.start("--exit-code-max", "125", "sh", "-c", "exit 125", stdin=subprocess.DEVNULL, capture_output=True)
    same((done.returncode, done.stderr), (125, b""))


def environment_of_200(m):
    wanted = {f"V{n}": f"{n} ü'\"$x\\ " * (n % 7) for n in range(200)}
    options = [word for name, value in wanted.items() for word in ("--env", f"{name}={value}")]
    found = dict(line.split("=", 1) for line in m.run(*options, "env").out.splitlines() if line.startswith("V"))
    same(found, wanted)


def arguments_of_100_kb(m):
    words = ["x" * 60_000, *(f"{n:04} ü\t'\n" * 10 for n in range(500)), "", "-", "--", "--env"]
    assert sum(map(len, words)) > 100_000
    expected = b"".join(word.encode() + b"\0" for word in words)
    script = "for word; do printf '%s\\0' \"$word\"; done | sha256sum"
    same(m.run("sh", "-c", script, "sh", *words).out, hashlib.sha256(expected).hexdigest() + "  -\n")


def image_command(m):
    same(m.run(image="words").out, "entry first second\n")
    same(m.run("third", image="words").out, "entry third\n")
    same(m.run("--", "-n", "fourth", image="words").out, "entry -n fourth\n")


def entrypoint_drops_cmd(m):
    same(m.run("--entrypoint", "/bin/echo", image="words").out, "\n")
    same(m.run("--entrypoint=/bin/echo", "fifth", image="words").out, "fifth\n")


def users(m):
    guest = "1000:1000 /home/guest\n"
    script = "echo $(id -u):$(id -g) $HOME"
    same(m.run("--entrypoint", "sh", "--", "-c", script, image="words").out, guest)
    same(m.sh(script, "--user", "guest").out, guest)
    same(m.sh(script, "--user", "1000").out, guest)
    same(m.sh(script, "--user", "4242").out, "4242:0 /\n")
    same(m.sh(script, "--user", "65534").out, "65534:65534 /\n")  # nobody, whom the image knows
    same(m.sh(script, "--user", "65534:7").out, "65534:7 /\n")
    same(m.sh("touch /etc/x 2>/dev/null || echo refused", "--user", "65534").out, "refused\n")
    same(m.sh("cat /dev/stdin > /dev/stdout", "--user", "65534", stdin=b"streams").out, "streams")
    complaint(m.run("--user", "nobody-here", "true", code=125), "nobody-here")


def user_in_scratch(m):
    rest = f"in / home / path {DOCKER_PATH}\n"
    same(m.run(image="scratch", code=7).out, f"uid 4711 gid 0 {rest}")
    same(m.run("--user", "65534:65533", image="scratch", code=7).out, f"uid 65534 gid 65533 {rest}")
    complaint(m.run("--user", "root2", image="scratch", code=125), "root2")


def workdir(m):
    same(m.sh("pwd").out, "/root\n")
    same(m.run("--entrypoint", "pwd", image="words").out, "/srv/made/by/config\n")
    same(m.sh("pwd; ls -A", "--workdir", "/made/by/option").out, "/made/by/option\n")
    complaint(m.run("--workdir", "relative", "true", code=125), "--workdir", "relative")
    complaint(m.run("--workdir", "/etc/passwd", "true", code=125), "/etc/passwd")


def hostname(m):
    script = "hostname; cat /etc/hostname; echo $HOSTNAME; grep -c -w $(hostname) /etc/hosts"
    same(m.sh(script).out, "oci2wasm\noci2wasm\noci2wasm\n1\n")
    same(m.sh(script, "--hostname", "other").out, "other\nother\nother\n1\n")


def env_wins(m):
    same(m.sh("echo $GREETING").out, "image\n")
    same(m.sh("echo $GREETING,$EMPTY,$A", "--env", "GREETING=option", "--env=EMPTY=", "--env", "A=b=c").out, "option,,b=c\n")
    complaint(m.run("--env", "NOVALUE", "true", code=125), "--env", "NOVALUE", "NAME=VALUE")


def memory(m):
    def total(*options, image="shell"):
        script = "awk '/MemTotal/ {print $2}' /proc/meminfo"
        return int(m.run("--entrypoint", "sh", *options, "--", "-c", script, image=image).out) >> 10
    ordinary, larger = total(), total("--memory", "640m")
    assert 460 <= ordinary <= 512 and 590 <= larger <= 640, (ordinary, larger)
    # contract.sh has a rule for it: 320m.
    asked, told = total(image="words"), total("--memory=128m", image="words")
    assert 290 <= asked <= 320 and 90 <= told <= 128, (asked, told)
    for size in ("4g", "3073m", "63m", "0", "x", "512q", "512mb", "-1"):
        complaint(m.run(f"--memory={size}", "true", code=125), "--memory", "64m to 3g")


def out_of_memory(m):
    result = m.run("--memory=64m", "dd", "if=/dev/zero", "of=/dev/null", "bs=80M", code=137)
    same(result.out, "")
    found = re.fullmatch(r"oci2wasm: out of memory: the guest has (\d+) MB, and its kernel killed dd to go on: [^\n]*--memory\n", result.err)
    assert found and 45 <= int(found[1]) <= 64, result.err
    # A child's end is not the container's.
    result = m.sh("dd if=/dev/zero of=/dev/null bs=80M 2>/dev/null; echo $?", "--memory=64m")
    same(result.out, "137\n")
    assert "oci2wasm: out of memory" in result.err and result.err.count("--memory") == 1, result.err


def full_root(m):
    script = "cat /dev/zero > /big; echo $?; rm /big; echo on > /small; cat /small"
    result = m.sh(script, "--memory=64m")
    same(result.out, "1\non\n")
    assert "No space left on device" in result.err and "oci2wasm" not in result.err, result.err


def limits_and_privileges(m):
    script = """ulimit -n; ulimit -u; awk '/^Cap(Eff|Bnd)/ {print $2}' /proc/self/status; wc -c < /proc/timer_list
        (echo 1 > /proc/sys/vm/overcommit_memory) 2>/dev/null && echo set
        mount -t tmpfs tmpfs /tmp 2>/dev/null && echo mounted; true"""
    same(m.sh(script).out, "1048576\nunlimited\n" + 2 * "00000000a80425fb\n" + "0\n")
    found = m.sh(script, "--privileged").out.split()
    same(found[:4], ["1048576", "unlimited", *2 * ["000001ffffffffff"]])
    assert int(found[4]) > 0 and found[5:] == ["set", "mounted"], found
    same(m.sh("grep CapEff /proc/self/status", "--user", "guest").out, "CapEff:\t0000000000000000\n")


def options_in_error(m):
    complaint(m.run("--no-such-option", "true", code=125), "--no-such-option")
    complaint(m.run("--hostname", code=125), "--hostname")
    complaint(m.run("--tty=1", "true", code=125), "--tty")


def not_found(m):
    for name in ("/no/such", "no-such-command", "/etc/passwd/x", ""):
        complaint(m.run("--", name, code=127), name)


def not_executable(m):
    for name in ("/etc/passwd", "/etc"):
        complaint(m.run(name, code=126), name)


def nothing_to_run(m):
    complaint(m.run("--entrypoint", "", image="scratch", code=127))


def stdin_absent(m):
    counting = ("sh", "-c", "wc -c; exec cat")
    done = m.start(*counting, stdin=subprocess.DEVNULL, capture_output=True)
    same((done.returncode, done.stdout, done.stderr), (0, b"0\n", b""))
    if m.name == "node":
        return  # node opens /dev/null itself where descriptor 0 is closed, which is the same
    done = m.start(*counting, preexec_fn=lambda: os.close(0), capture_output=True)
    same((done.returncode, done.stdout, done.stderr), (0, b"0\n", b""))


def stdin_of_10_mb(m):
    content = bytes(range(256)) * 40_960
    same(m.run("sha256sum", stdin=content).out, hashlib.sha256(content).hexdigest() + "  -\n")


def stdin_left_over(m):
    same(m.sh("head -c 5", stdin=b"12345" + bytes(5_000_000)).out, "12345")


def stdin_while_busy(m):
    """What is typed reaches a guest that is never idle: here control-C, its terminal."""
    script = "trap 'echo interrupted; exit 3' INT; echo busy; while :; do :; done"
    argv = [*shlex.split(m.command), str(m.bundles / "shell.wasm"), "--tty", "sh", "-c", script]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        limit = threading.Timer(60, process.kill)
        limit.start()
        try:
            while not process.stdout.readline().endswith(b"busy\r\n"):
                assert process.poll() is None, process.returncode
            process.stdin.write(b"\x03")
            process.stdin.flush()
            same((process.stdout.read(), process.wait()), (b"^Cinterrupted\r\n", 3))
        finally:
            limit.cancel()
            process.kill()


def streams_apart(m):
    result = m.sh("echo out; echo err >&2; seq 1 50000; seq 1 50000 >&2; echo out2")
    numbers = "".join(f"{n}\n" for n in range(1, 50001))
    same((result.out, result.err), ("out\n" + numbers + "out2\n", "err\n" + numbers))


def closed_output(m):
    argv = [*shlex.split(m.command), str(m.bundles / "shell.wasm"), "sh", "-c", "yes; echo ended $? >&2"]
    with subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        same(process.stdout.read(4), b"y\ny\n")
        process.stdout.close()
        found = process.stderr.read()
        assert b"ended" in found and process.wait(TIMEOUT) == 0, (process.returncode, found)


def session_seconds(session):
    """Processor time of all processes of a session."""
    ticks = 0
    for path in pathlib.Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # one that ended meanwhile
            words = path.read_text().rpartition(")")[2].split()
            if int(words[3]) == session:
                ticks += int(words[11]) + int(words[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def idle(m):
    """While the guest sleeps, a second comes in which the runtime uses almost no processor. Until then its compilers
    may have work left, for longer on a machine that is busy."""
    argv = [*shlex.split(m.command), str(m.bundles / "shell.wasm"), "sh", "-c", "echo asleep; sleep 10; echo awake"]
    used = []
    with subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, start_new_session=True) as process:
        same(process.stdout.readline(), b"asleep\n")
        while not select.select([process.stdout], [], [], 0)[0]:
            before, begun = session_seconds(process.pid), time.monotonic()
            time.sleep(1)
            used.append((session_seconds(process.pid) - before) / (time.monotonic() - begun))
        same(process.stdout.read(), b"awake\n")
        same(process.wait(TIMEOUT), 0)
    print(f"#   {m.name}: asleep, of a processor: {' '.join(f'{share:.2f}' for share in used)}", file=sys.stderr)
    assert len(used) >= 5 and min(used) < 0.1, used


def deterministic(m):
    script = "date +%s.%N; head -c 16 /dev/urandom | sha256sum; cat /proc/sys/kernel/random/uuid; seq 1 1000 | sort -r | tail -n 1"
    def run():
        # When an end of input arrives is the host's affair: here none does.
        nothing, keep_open = os.pipe()
        done = m.start("--deterministic", "--stats", "sh", "-c", script, stdin=nothing, capture_output=True)
        os.close(nothing)
        os.close(keep_open)
        return Result(done.returncode, done.stdout, done.stderr)
    first, second = run(), run()
    counts = [re.search(r"stats: (\d+) guest instructions, (\d+) before", each.err).groups() for each in (first, second)]
    same(counts[1], counts[0])
    same(second.out, first.out)
    assert first.out.startswith("157783680"), first.out  # 2020-01-01
    same(m.run("--deterministic", "cat", stdin=b"piped").out, "piped")


def stats(m):
    text = m.run("--stats", "true").err
    # The second line is there where the host installs translated code.
    found = re.fullmatch(r"oci2wasm: stats: (\d+) guest instructions, (\d+) before the container's first, \d+ ms, \d+ MIPS\n"
                         r"(?:oci2wasm: stats: (\d+) of them translated, \d+ functions in \d+ modules of \d+ bytes, 0 modules refused\n)?", text)
    assert found and int(found[2]) < int(found[1]) and int(found[3] or 0) < int(found[1]), text


def kernel_log(m):
    assert "Linux version" in m.run("--kernel-log", "true").err
    same(m.run("true").err, "")


def panic(m):
    # Out of memory is a panic when asked for: the kernel's last lines are shown, and nothing hangs.
    script = "echo 2 > /proc/sys/vm/panic_on_oom; dd if=/dev/zero of=/dev/null bs=400M"
    result = m.sh(script, "--privileged", "--memory=256m", code=125)
    assert "oci2wasm: the guest stopped" in result.err and "Kernel panic - not syncing" in result.err, result


def corrupt_rootfs(m):
    broken = m.bundles / "broken.wasm"
    content = bytearray((m.bundles / "shell.wasm").read_bytes())
    # A byte of the first frame, which has the superblock: behind the payload header, from zstd's magic on.
    content[content.index(bytes.fromhex("28b52ffd"), content.index(b"OCI2WASM\2")) + 20] ^= 1
    broken.write_bytes(content)
    result = m.run("true", image=broken, code=125)
    same(result.out, "")
    assert re.fullmatch(r"oci2wasm: frame 0 of the root filesystem \(\d+ bytes\) is damaged: [^\n]*\n"
                        r"oci2wasm: mounting erofs at /lower: input/output error\n", result.err), result


def shared_directory(m):
    share = m.shared
    subprocess.run(["rm", "-rf", share], check=True)
    share.mkdir()
    big = os.urandom(9_000_001)
    (share / "big").write_bytes(big)
    (share / "log").write_text("one\n")
    (share / "old").write_text("content of old\n")
    (share / "sub").mkdir()
    (share / "sub" / "inner").write_text("inner\n")
    script = """set -e; cd /data
        sha256sum < big; cat sub/inner; ls
        echo two >> log; mv old new; mv sub moved; mkdir -p a/b; echo deep > a/b/c; ln -s a/b/c link; cat link
        cp big copy; rm big; : > empty; printf 0123456789 > cut; dd if=/dev/null of=cut bs=1 seek=4 2>/dev/null; rm moved/inner; rmdir moved
        test ! -e /data/old; echo to-devnull > /dev/null; stat -c %s copy; dd if=/dev/zero of=sparse bs=1 count=1 seek=99999 2>/dev/null"""
    result = m.sh(script, directory=True)
    digest = hashlib.sha256(big).hexdigest()
    same(result.out, f"{digest}  -\ninner\nbig\nlog\nold\nsub\ndeep\n{len(big)}\n")
    same(sorted(p.name for p in share.iterdir()), ["a", "copy", "cut", "empty", "link", "log", "new", "sparse"])
    same((share / "log").read_text(), "one\ntwo\n")
    same((share / "new").read_text(), "content of old\n")
    same((share / "a/b/c").read_text(), "deep\n")
    same((share / "cut").read_text(), "0123")
    same((share / "empty").read_bytes(), b"")
    same(os.readlink(share / "link"), "a/b/c")
    same(hashlib.sha256((share / "copy").read_bytes()).hexdigest(), digest)
    same((share / "sparse").read_bytes(), bytes(100_000))
    same(m.sh("id -u; echo mine > /data/mine; stat -c '%U %a' /data/mine", "--user", "guest", directory=True).out,
         "1000\nguest 644\n")


def shared_directory_keeps_what_the_guest_sets(m):
    for name in ("script", "kept"):
        (m.shared / name).write_text("#!/bin/sh\necho ran\n")
    script = """set -e; cd /data
        ./script; stat -c '%u %g %a' script; chown 70:71 kept; chmod 4751 kept; mv kept moved; stat -c '%u %g %a' moved
        umask 027; mkdir private; echo x > private/x; stat -c '%a' private private/x; chmod 600 script; test ! -x script
        mkfifo pipe; stat -c '%F %a' pipe; ls | grep pipe; echo through > pipe & cat pipe; mv pipe private/pipe
        rmdir private 2>/dev/null || echo full; rm private/pipe private/x; rmdir private; rm moved; echo new > moved; stat -c '%u %a' moved"""
    same(m.sh(script, directory=True).out, "ran\n0 0 755\n70 71 4751\n750\n640\nfifo 640\npipe\nthrough\nfull\n0 640\n")
    # It lasts as long as the machine, and the host saw nothing of it.
    same(m.sh("stat -c '%u %g %a' /data/script; ls /data | grep -c pipe", directory=True, code=1).out, "0 0 755\n0\n")
    assert not (m.shared / "pipe").exists() and (m.shared / "script").stat().st_uid == os.getuid()


def shared_directory_has_no_way_out(m):
    (m.shared / "out").unlink(missing_ok=True)
    (m.shared / "out").symlink_to("../bundles/shell.wasm")
    same(m.sh("cd /data; ls ../.. > /dev/null; cat out 2>/dev/null || echo closed", directory=True).out, "closed\n")


def shared_directory_read_only(m):
    if m.name not in ("node", "jvm"):  # other hosts have options of their own
        return
    (m.shared / "fixed").write_text("fixed\n")
    before = {path: path.lstat().st_mtime_ns for path in m.shared.rglob("*")}
    script = """cd /data; cat fixed
        for change in 'echo x > unmade' 'echo x > fixed' 'echo x >> fixed' 'rm fixed' 'mkdir unmade' 'mv fixed unmade' 'touch fixed' 'ln fixed unmade' \\
            'ln -s fixed unmade' 'touch unmade'; do
          sh -c "$change" 2> /tmp/why && echo "done: $change"; grep -q 'Read-only file system' /tmp/why || cat /tmp/why
        done"""
    same(m.sh(script, directory=f"{m.shared}:/data:ro", code=0).out, "fixed\n")
    same({path: path.lstat().st_mtime_ns for path in m.shared.rglob("*")}, before)
    result = m.start("true", directory=f"{m.shared}:data", stdin=subprocess.DEVNULL, capture_output=True)
    same(result.returncode, 2)
    assert b"expected HOST:GUEST[:ro]" in result.stderr, result.stderr


def network(m):
    same(m.sh("cat /sys/class/net/lo/operstate; grep -c : /proc/net/dev; (echo up | nc -l -p 7) & sleep 1; nc 127.0.0.1 7 < /dev/null").out,
         "unknown\n1\nup\n")


def runtime_files(m):
    script = """grep -c 127.0.0.1 /etc/hosts; test -f /etc/resolv.conf && echo resolv
        for d in null zero full random urandom tty; do test -c /dev/$d && echo $d; done
        readlink /dev/fd; readlink /dev/stdin; stat -c '%a %F' /dev/shm /dev/pts /tmp; echo x > /dev/shm/x && cat /dev/shm/x
        echo $HOME $PATH ${TERM-none}; echo $$"""
    same(m.sh(script).out, "1\nresolv\nnull\nzero\nfull\nrandom\nurandom\ntty\n/proc/self/fd\n/proc/self/fd/0\n"
         "1777 directory\n755 directory\n1777 directory\nx\n/root " + DEFAULT_PATH + " none\n1\n")


def terminal(m):
    out = m.run("--tty", "sh", "-c", "echo $TERM; tty; test -t 0 -a -t 1 -a -t 2 && echo all; echo err >&2").out
    assert "xterm\r\n/dev/pts/0\r\nall\r\nerr\r\n" in out, out


CHECKS = [exit_codes, exit_by_signal, exit_code_max, environment_of_200, arguments_of_100_kb, image_command,
          entrypoint_drops_cmd, users, user_in_scratch, workdir, hostname, env_wins, memory, out_of_memory, full_root,
          limits_and_privileges, options_in_error, not_found, not_executable, nothing_to_run, stdin_absent,
          stdin_of_10_mb, stdin_left_over, stdin_while_busy, streams_apart, closed_output, idle,
          deterministic, stats, kernel_log, panic, corrupt_rootfs, shared_directory, shared_directory_keeps_what_the_guest_sets,
          shared_directory_has_no_way_out, shared_directory_read_only, network,
          runtime_files, terminal]


def passes(check, machine):
    try:
        check(machine)
        return True
    except (AssertionError, subprocess.TimeoutExpired) as failure:
        where = traceback.extract_tb(failure.__traceback__)[1]
        print(f"# {check.__name__} in {machine.name}, line {where.lineno}: {failure}", file=sys.stderr)
        return False


def main(bundles, shared, *runners):
    bundles = pathlib.Path(bundles)
    machines = [Machine(runner, bundles, pathlib.Path(shared)) for runner in runners]
    only = os.environ.get("CONTRACT_ONLY", "").split()
    passed = failed = 0
    for check in CHECKS:
        if only and check.__name__ not in only:
            continue
        cells = [passes(check, machine) for machine in machines]
        passed, failed = passed + sum(cells), failed + len(cells) - sum(cells)
        print(check.__name__.replace("_", " ") + ": " + ", ".join(
            f"{machine.name} {'ok' if cell else 'FAILED'}" for machine, cell in zip(machines, cells)), flush=True)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


sys.exit(main(*sys.argv[1:]))
