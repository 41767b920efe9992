"""What a container sees and leaves behind: see run.sh."""

import functools
import gzip
import hashlib
import os
import shutil
import subprocess
import tempfile
import unittest

from machine import EngineMachine, QemuMachine

OUT = os.environ["GUEST_OUT"]
BUSYBOX = os.environ["BUSYBOX"]
PROBE = os.environ["PROBE"]
PROBE_32 = os.environ["PROBE_32"]
ARCHITECTURE = os.environ["ARCHITECTURE"]
ENGINE = os.environ["ENGINE"]

qemu_only = unittest.skipIf(ENGINE, "needs the host's side of the control port or a clock of its own: QEMU only")
engine_only = unittest.skipUnless(ENGINE, "needs the engine's own share: engine only")

PROGRAMS = (
    "cat date dd echo env false grep hostname id ln ls mkdir mknod mount nc pwd readlink rm seq sh sha256sum sleep stty "
    "sync tail touch tr tty wc"
)
PASSWD = "root:x:0:0:root:/root:/bin/sh\nweb:x:1000:1001::/home/web:/bin/sh\n"
GROUP = "root:x:0:\nweb:x:1001:\naudio:x:29:web,root\nvideo:x:44:other,web\n"


@functools.cache
def image(kind):
    """An EROFS image: `full` has a shell and users, `scratch` one program and nothing else."""
    with tempfile.TemporaryDirectory() as tree:
        os.chmod(tree, 0o755)
        os.makedirs(f"{tree}/bin")
        shutil.copy(BUSYBOX, f"{tree}/bin/busybox")
        if kind == "full":
            shutil.copy(PROBE, f"{tree}/bin/probe")
            if PROBE_32:
                shutil.copy(PROBE_32, f"{tree}/bin/probe_32")
            for program in PROGRAMS.split():
                os.symlink("busybox", f"{tree}/bin/{program}")
            os.makedirs(f"{tree}/etc")
            files = {"passwd": PASSWD, "group": GROUP, "hosts": "from the image\n"}
            for name, content in files.items():
                with open(f"{tree}/etc/{name}", "w") as file:
                    file.write(content)
            os.symlink("/run/nowhere/resolv.conf", f"{tree}/etc/resolv.conf")
            for folder in ("root", "tmp", "home/web"):
                os.makedirs(f"{tree}/{folder}")
            os.chmod(f"{tree}/tmp", 0o1777)
            with open(f"{tree}/bin/bad-interpreter", "w") as file:
                file.write("#!/no/such/interpreter\n")
            os.chmod(f"{tree}/bin/bad-interpreter", 0o755)
        path = os.path.join(OUT, f"test-{kind}.erofs")
        if os.path.exists(path):
            os.remove(path)
        subprocess.run(["mkfs.erofs", "--all-root", "-T0", path, tree], check=True, stdout=subprocess.DEVNULL)
    return path


def run(*records, kind="full", **options):
    if ENGINE:
        return EngineMachine(ENGINE, OUT, image(kind), records, **options).run()
    return QemuMachine(OUT, image(kind), records, **options).run()


def shell(script, *records, **options):
    return run("entrypoint=/bin/sh", "run.arg=-c", f"run.arg={script}", *records, **options)


def talk(address, port):
    """A script that sends a line over a connection to itself, and prints what arrived."""
    # nc ends when either side has said all it has to say: let that be the sender.
    listen = f"sleep 1000 | nc -l -p {port} >/tmp/got &"
    return f"{listen} until echo over | nc {address} {port}; do sleep 0.1; done; cat /tmp/got"


class ExitCodes(unittest.TestCase):
    def test_should_pass_on_the_exit_code(self):
        for code in (0, 3, 255):
            with self.subTest(code):
                outcome = shell(f"exit {code}")
                self.assertEqual((outcome.exit_code, outcome.errors), (code, []))

    def test_should_end_with_128_and_the_signal(self):
        # The container's first process is immune to its own signals: a child takes the signal, the shell its status.
        self.assertEqual(shell("sh -c 'kill -TERM $$'; exit $?").exit_code, 143)

    def test_should_report_a_command_that_is_not_in_path(self):
        outcome = run("cmd=nosuch")
        self.assertEqual(
            (outcome.exit_code, outcome.errors), (127, ["executable file not found in $PATH: nosuch"])
        )

    def test_should_report_a_file_that_does_not_exist(self):
        outcome = run("cmd=/no/such")
        self.assertEqual(
            (outcome.exit_code, outcome.errors), (127, ["executing /no/such: no such file or directory"])
        )

    def test_should_report_a_file_that_cannot_be_executed(self):
        for file, reason in (("/etc/passwd", "permission denied"), ("/etc", "is a directory")):
            with self.subTest(file):
                outcome = run(f"cmd={file}")
                self.assertEqual((outcome.exit_code, outcome.errors), (126, [f"executing {file}: {reason}"]))

    def test_should_report_a_missing_interpreter(self):
        outcome = run("cmd=bad-interpreter")
        self.assertEqual(outcome.exit_code, 127)
        self.assertIn("its interpreter", outcome.errors[0])

    def test_should_report_an_image_without_command(self):
        outcome = run()
        self.assertEqual(outcome.exit_code, 125)
        self.assertIn("no command given", outcome.errors[0])

    def test_should_end_background_processes_with_the_first(self):
        outcome = shell("sleep 1000 & exit 4")
        self.assertEqual(outcome.exit_code, 4)


class Commands(unittest.TestCase):
    def test_should_join_entrypoint_and_cmd(self):
        self.assertEqual(run("entrypoint=echo", "cmd=a b", "cmd=c").stdout, b"a b c\n")

    def test_should_replace_cmd_by_arguments(self):
        self.assertEqual(run("entrypoint=echo", "cmd=image", "run.arg=run").stdout, b"run\n")

    def test_should_drop_cmd_with_a_new_entrypoint(self):
        outcome = run("entrypoint=false", "cmd=image", "run.entrypoint=echo")
        self.assertEqual((outcome.stdout, outcome.exit_code), (b"\n", 0))

    def test_should_pass_long_arguments_and_many_variables(self):
        argument = "x" * 100_000
        variables = [f"run.env=V{i}={i}" for i in range(200)]
        outcome = shell("echo ${#1} $V0 $V199", "run.arg=sh", f"run.arg={argument}", *variables)
        self.assertEqual(outcome.stdout, b"100000 0 199\n")

    def test_should_make_the_environment_as_docker_does(self):
        outcome = run("cmd=env", "env=A=image", "env=B=image", "run.env=B=run", "run.hostname=box")
        variables = dict(line.split("=", 1) for line in outcome.stdout.decode().splitlines())
        self.assertEqual(
            variables,
            {
                "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                "HOSTNAME": "box",
                "HOME": "/root",
                "A": "image",
                "B": "run",
            },
        )

    def test_should_make_a_missing_working_directory(self):
        self.assertEqual(run("cmd=pwd", "workdir=/srv/made/here").stdout, b"/srv/made/here\n")

    def test_should_refuse_a_relative_working_directory(self):
        outcome = run("cmd=pwd", "run.workdir=srv")
        self.assertEqual((outcome.stdout, outcome.exit_code), (b"", 125))


class Users(unittest.TestCase):
    def test_should_resolve_users_and_groups(self):
        cases = {
            "web": "uid=1000(web) gid=1001(web) groups=29(audio),44(video),1001(web)",
            "1000": "uid=1000(web) gid=1001(web) groups=29(audio),44(video),1001(web)",
            "web:audio": "uid=1000(web) gid=29(audio) groups=29(audio)",
            "65534:44": "uid=65534 gid=44(video) groups=44(video)",
            "65534": "uid=65534 gid=0(root) groups=0(root)",
        }
        for user, wanted in cases.items():
            with self.subTest(user):
                self.assertEqual(run("cmd=id", f"user={user}").stdout.decode().strip(), wanted)

    def test_should_take_numbers_without_passwd(self):
        outcome = run("entrypoint=/bin/busybox", "cmd=id", "cmd=-u", "user=65534:7", kind="scratch")
        self.assertEqual((outcome.stdout, outcome.exit_code), (b"65534\n", 0))

    def test_should_refuse_an_unknown_name(self):
        outcome = run("cmd=id", "run.user=nobody")
        self.assertEqual(outcome.exit_code, 125)
        self.assertIn("nobody", outcome.errors[0])

    def test_should_set_home_and_let_the_user_reopen_its_streams(self):
        outcome = shell("echo $HOME >/dev/stdout; echo e >/dev/stderr", "user=web")
        self.assertEqual((outcome.stdout, outcome.stderr), (b"/home/web\n", b"e\n"))


class Files(unittest.TestCase):
    def test_should_show_the_names_whatever_the_image_holds(self):
        outcome = shell("hostname; cat /etc/hostname /etc/resolv.conf; cat /etc/hosts", "run.hostname=box")
        self.assertIn(b"box\nbox\n#", outcome.stdout)
        self.assertIn(b"127.0.1.1\tbox\n", outcome.stdout)
        self.assertNotIn(b"from the image", outcome.stdout)

    def test_should_have_dockers_devices(self):
        outcome = shell("ls /dev; ls -d /proc/1/fd /sys/class; readlink /proc/self/ns/pid | wc -l")
        wanted = "fd full mqueue null ptmx pts random shm stderr stdin stdout tty urandom zero"
        self.assertEqual(outcome.stdout.decode().split("\n")[:14], wanted.split())

    def test_should_show_only_the_containers_processes(self):
        outcome = shell("echo $$; echo /proc/[0-9]*")
        self.assertEqual(outcome.stdout, b"1\n/proc/1\n")

    def test_should_write_over_the_image(self):
        outcome = shell("echo new >/etc/passwd; cat /etc/passwd; mkdir /x && touch /x/y && rm -r /x /home && ls /")
        self.assertEqual(outcome.stderr, b"")
        self.assertNotIn(b"home", outcome.stdout)

    def test_should_say_when_memory_for_files_is_used_up(self):
        outcome = shell("dd if=/dev/zero of=/big bs=1M count=1000; echo $?; rm /big; echo still here")
        self.assertEqual(outcome.stdout, b"1\nstill here\n")
        self.assertIn(b"No space left on device", outcome.stderr)

    def test_should_reach_loopback(self):
        self.assertEqual(shell(talk("127.0.0.1", 7000)).stdout, b"over\n")

    def test_should_let_every_user_listen_on_low_ports(self):
        self.assertEqual(shell(talk("::1", 80), "run.user=65534:65534").stdout, b"over\n")

    @qemu_only
    def test_should_set_the_clock(self):
        outcome = run("cmd=date", "cmd=+%s", "run.time=1700000000000000000")
        self.assertLess(int(outcome.stdout) - 1_700_000_000, 60)

    def test_should_share_a_folder_with_the_host(self):
        with tempfile.TemporaryDirectory() as folder:
            with open(f"{folder}/from-host", "w") as file:
                file.write("host")
            outcome = shell("cd /mnt/a/b; cat from-host; echo -n guest >from-guest; ls -a", share=folder)
            self.assertEqual((outcome.stdout, outcome.stderr), (b"host.\n..\nfrom-guest\nfrom-host\n", b""))
            with open(f"{folder}/from-guest") as file:
                self.assertEqual(file.read(), "guest")

    @engine_only
    def test_should_show_shared_files_as_the_users(self):
        with tempfile.TemporaryDirectory() as folder:
            with open(f"{folder}/file", "w") as file:
                file.write("host")
            script = "ls -ln /mnt/a/b/file; echo -n new >/mnt/a/b/file; mkdir /mnt/a/b/folder; ls -ln /mnt/a/b"
            outcome = shell(script, "run.user=1000:1001", share=folder)
            self.assertEqual(outcome.stderr, b"")
            self.assertEqual(outcome.stdout.count(b" 1000     1001 "), 3, outcome.stdout)
            with open(f"{folder}/file") as file:
                self.assertEqual(file.read(), "new")

    @engine_only
    def test_should_see_at_once_what_others_do_to_shared_files(self):
        # A second mount of the same folder stands for the host: each keeps nothing of what the other writes.
        script = (
            "cd /mnt/a/b; other=/mnt/twice/log; exec 3>>log; echo a >&3; echo b >>$other; echo c >&3; exec 4<log; "
            "cat <&4; echo d >>$other; cat <&4; : >$other; echo e >&3; cat log; echo f >$other; cat log"
        )
        with tempfile.TemporaryDirectory() as folder:
            outcome = shell(script, share=folder, twice=True)
            self.assertEqual((outcome.stdout, outcome.stderr), (b"a\nb\nc\nd\ne\nf\n", b""))
            with open(f"{folder}/log") as file:
                self.assertEqual(file.read(), "f\n")


class Host(unittest.TestCase):
    """What a program finds out about the machine is what it would in docker, on a host with a usual kernel."""

    def probe(self, word, *records, **options):
        outcome = run("cmd=probe", *[f"cmd={part}" for part in word.split()], *records, **options)
        self.assertEqual((outcome.stdout, outcome.stderr, outcome.exit_code), (b"ok\n", b"", 0), outcome.errors)

    def test_should_count_the_files_that_the_root_may_have(self):
        self.probe("inodes")

    def test_should_let_programs_reserve_more_than_there_is(self):
        self.probe("reserve")

    def test_should_run_as_many_processes_and_threads_as_fit(self):
        self.probe("many")

    def test_should_have_dockers_limits(self):
        self.assertEqual(shell("ulimit -Sn; ulimit -Hn; ulimit -u").stdout, b"1048576\n1048576\nunlimited\n")

    def test_should_be_the_root_of_its_control_group(self):
        outcome = shell("cat /proc/self/cgroup /sys/fs/cgroup/pids.max; grep -w 1 /sys/fs/cgroup/cgroup.procs")
        self.assertEqual(outcome.stdout, b"0::/\nmax\n1\n")
        refused = shell("mkdir /sys/fs/cgroup/more")
        self.assertIn(b"Read-only file system", refused.stderr)
        self.assertEqual(shell("mkdir /sys/fs/cgroup/more && echo made", "run.privileged=1").stdout, b"made\n")

    def test_should_have_dockers_capabilities_unless_privileged(self):
        bound = "grep -h CapBnd /proc/self/status; grep -h CapEff /proc/self/status"
        self.assertEqual(shell(bound).stdout.split()[1::2], [b"00000000a80425fb"] * 2)
        self.assertEqual(shell(bound, "run.user=1000").stdout.split()[1::2], [b"00000000a80425fb", b"0" * 16])
        self.assertEqual(shell(bound, "run.privileged=1").stdout.split()[1::2], [b"000001ffffffffff"] * 2)
        refused = shell("mount -t tmpfs none /tmp; hostname other; hostname")
        self.assertEqual(refused.stdout, b"oci2wasm\n")
        self.assertEqual(shell("mount -t tmpfs none /tmp && echo mounted", "run.privileged=1").stdout, b"mounted\n")

    def test_should_hide_what_docker_hides_unless_privileged(self):
        script = "wc -c </proc/timer_list; ls /sys/firmware | wc -l; echo 0 >/proc/sys/vm/overcommit_memory && echo written"
        hidden = shell(script)
        self.assertEqual(hidden.stdout, b"0\n0\n")
        self.assertIn(b"Read-only file system", hidden.stderr)
        timers, _, written = shell(script, "run.privileged=1").stdout.split()
        self.assertGreater(int(timers), 0)
        self.assertEqual(written, b"written")

    def test_should_have_the_system_calls_of_a_docker_host(self):
        for word in ("uring", "userfaultfd", "hugetlb", "secret", "ipc", "keys", "dnotify", "kcmp", "thp"):
            with self.subTest(word):
                self.probe(word)

    def test_should_dump_core(self):
        self.probe("core")

    def test_should_have_files_like_a_docker_hosts(self):
        for word in ("xattrs", "acls", "direct"):
            with self.subTest(word):
                self.probe(word)

    def test_should_make_networks_when_privileged(self):
        for word in ("links", "tun", "queues", "nftables", "iptables"):
            with self.subTest(word):
                self.probe(word, "run.privileged=1")

    def test_should_have_no_device_of_the_network_that_nobody_made(self):
        self.assertEqual(shell("ls /sys/class/net").stdout, b"lo\n")

    def test_should_tell_in_proc_what_a_docker_host_tells(self):
        wanted = {
            "/proc/swaps": b"Filename",
            "/proc/kallsyms": b"0000000000000000 ",  # the addresses are for the privileged
            "/proc/key-users": b"    0:",
            "/proc/self/io": b"rchar: ",
            "/proc/pressure/memory": b"some avg10=",
            "/proc/sys/kernel/core_pattern": b"core\n",
            "/sys/kernel/mm/transparent_hugepage/enabled": b"always madvise [never]\n",
        }
        for path, start in wanted.items():
            with self.subTest(path):
                outcome = shell(f"cat {path}")
                self.assertTrue(outcome.stdout.startswith(start), (outcome.stdout[:80], outcome.stderr))
        config = gzip.decompress(run("cmd=cat", "cmd=/proc/config.gz").stdout)
        self.assertIn(b"\nCONFIG_IO_URING=y\n", config)
        keys = shell("cat /proc/keys; echo end", "run.privileged=1")
        self.assertEqual((keys.stdout[-4:], keys.stderr), (b"end\n", b""))

    @unittest.skipUnless(ARCHITECTURE == "x86_64", "x86-64 has system calls at fixed addresses")
    def test_should_answer_old_system_calls_at_a_page_that_cannot_be_read(self):
        self.probe("vsyscall")
        self.assertIn(b" --xp ", shell("grep vsyscall /proc/self/maps").stdout)

    @unittest.skipUnless(ARCHITECTURE == "x86_64", "riscv64's board tells of no caches")
    def test_should_know_its_caches(self):
        outcome = shell("cd /sys/devices/system/cpu/cpu0/cache; cat index*/level index*/size")
        self.assertEqual(outcome.stdout.split()[:4], [b"1", b"1", b"2", b"3"], outcome.stderr)


@unittest.skipUnless(PROBE_32, "programs of 32 bits run on x86-64 only")
class Programs32(unittest.TestCase):
    """Programs of 32 bits in a 64-bit image."""

    def probe(self, word, outcome):
        with self.subTest(word):
            self.assertEqual((outcome.stdout, outcome.stderr, outcome.exit_code), (b"ok\n", b"", 0), outcome.errors)

    def test_should_run_as_the_containers_first_process(self):
        self.probe("page", run("cmd=probe_32", "cmd=page"))

    def test_should_find_what_the_processor_and_the_kernel_give_to_32_bit_programs(self):
        for word in ("thread", "addresses", "signals", "trace", "far"):
            self.probe(word, shell(f"probe_32 {word}"))

    def test_should_execute_programs_of_64_bits(self):
        self.probe("execute", shell("probe_32 execute"))

    def test_should_be_refused_what_the_kernel_has_not(self):
        self.probe("absent", shell("probe_32 absent"))

    def test_should_end_by_the_signal_of_a_fault(self):
        self.assertEqual(shell("probe_32 fault; echo $?").stdout, b"139\n")


class Memory(unittest.TestCase):
    @engine_only
    def test_should_have_512_megabytes_or_what_the_host_gives(self):
        total = "grep MemTotal /proc/meminfo"
        self.assertIn(int(shell(total).stdout.split()[1]) >> 10, range(460, 513))
        outcome = shell(total, address_space=400 << 20)
        self.assertIn(int(outcome.stdout.split()[1]) >> 10, range(220, 257))
        self.assertEqual((outcome.errors, outcome.stderr), ([], b""))

    @engine_only
    def test_should_not_lower_what_was_asked_for(self):
        outcome = run("cmd=true", options=["--memory=512m"], address_space=400 << 20)
        self.assertEqual(outcome.exit_code, 125)
        self.assertEqual(outcome.errors, ["the host has not enough memory for the guest: give a lower --memory"])

    def test_should_end_as_docker_does_and_name_the_option_when_memory_is_used_up(self):
        outcome = run("cmd=probe", "cmd=exhaust")
        self.assertEqual((outcome.exit_code, outcome.stdout), (137, b""))
        self.assertRegex(outcome.errors[-1], r"^out of memory: the guest has \d+ MB, .* killed probe .* --memory$")

    def test_should_say_so_when_a_child_is_killed_and_go_on(self):
        outcome = shell("probe exhaust; echo $?")
        self.assertEqual((outcome.exit_code, outcome.stdout), (0, b"137\n"))
        self.assertIn("--memory", outcome.errors[-1])

    @engine_only
    def test_should_only_fail_writes_when_all_room_for_files_is_taken(self):
        script = """: >/big; probe crowd; cat /dev/zero >>/big; cat /dev/zero >/dev/shm/big; cat /dev/zero >/dev/big
            dd if=/dev/zero of=/dev/null bs=4M count=1 2>/dev/null && echo computed
            rm /big; seq 1 10000 >/big && wc -l </big"""
        for memory in ("64m", "256m"):
            with self.subTest(memory):
                outcome = shell(script, options=[f"--memory={memory}"])
                self.assertEqual((outcome.stdout, outcome.errors), (b"ok\ncomputed\n10000\n", []), outcome.stderr)
                self.assertEqual(outcome.stderr.count(b"No space left on device"), 3, outcome.stderr)
                self.assertEqual(outcome.exit_code, 0)


@engine_only
class Scratch(unittest.TestCase):
    """What a container writes is on a disk, not in memory."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.disk = os.path.join(self.folder, "scratch")

    def options(self, value, *more):
        return {"scratch": self.folder, "options": [f"--scratch={value}", *more]}

    def checked(self):
        """What e2fsck says of the disk as the run left it, once its journal is replayed."""
        subprocess.run(["e2fsck", "-fp", self.disk], check=False, capture_output=True)
        return subprocess.run(["e2fsck", "-fn", self.disk], check=False, capture_output=True).returncode

    def test_should_have_files_like_a_docker_hosts(self):
        for word in ("xattrs", "acls", "direct"):
            with self.subTest(word):
                outcome = run("cmd=probe", f"cmd={word}", **self.options("128m"))
                self.assertEqual((outcome.stdout, outcome.stderr), (b"ok\n", b""), outcome.errors)

    def test_should_write_over_the_image(self):
        script = "echo new >/etc/passwd; cat /etc/passwd; mkdir /x && touch /x/y && rm -r /x /home && ls /"
        outcome = shell(script, **self.options("128m"))
        self.assertEqual((outcome.stderr, outcome.errors), (b"", []))
        self.assertNotIn(b"home", outcome.stdout)
        self.assertEqual(os.listdir(self.folder), [])

    def test_should_hold_more_than_memory_and_read_it_back(self):
        script = "dd if=/dev/zero bs=1M count=80 >/big; echo end >>/big; tail -c 4 /big; sha256sum </big"
        outcome = shell(script, **self.options("1g", "--memory=64m"))
        expected = hashlib.sha256(b"\0" * (80 << 20) + b"end\n").hexdigest()
        self.assertEqual(outcome.stdout.decode(), f"end\n{expected}  -\n", outcome.stderr)

    def test_should_say_when_the_disk_is_full_and_go_on(self):
        outcome = shell("dd if=/dev/zero of=/big bs=1M count=1000; echo $?; rm /big; echo here >/f; cat /f",
                        **self.options("128m"))
        self.assertEqual((outcome.stdout, outcome.errors), (b"1\nhere\n", []))
        self.assertIn(b"No space left on device", outcome.stderr)

    def test_should_keep_what_was_written_for_the_next_run(self):
        first = shell("mkdir /a; echo kept >/a/b; ln /a/b /c; rm /etc/hosts /bin/wc; echo new >/etc/group; "
                      "touch /private; rm -r /home", **self.options("keep=256m"))
        self.assertEqual((first.exit_code, first.stderr, first.errors), (0, b"", []))
        self.assertEqual(self.checked(), 0)
        second = shell("cat /a/b /c /etc/group; ls /bin/wc /home; readlink -f /c; echo more >>/c; cat /a/b",
                       **self.options("keep"))
        self.assertEqual((second.stdout, second.errors), (b"kept\nkept\nnew\n/c\nkept\nmore\n", []))
        self.assertEqual(second.stderr.count(b"No such file or directory"), 2)

    def test_should_mount_what_a_killed_run_left(self):
        script = "echo synced >/a; sync; i=0; while :; do echo $i >/f$((i % 500)); : $((i += 1)); done"
        with tempfile.NamedTemporaryFile() as launch:
            machine = EngineMachine(ENGINE, OUT, image("full"),
                                    ["entrypoint=/bin/sh", "run.arg=-c", f"run.arg={script}"],
                                    **self.options("keep=128m"))
            launch.write(machine.launch)
            launch.flush()
            with self.assertRaises(subprocess.TimeoutExpired):  # kills it
                subprocess.run([*machine.command, "--launch", launch.name, "--", *machine.options],
                               capture_output=True, timeout=12, env={})
        outcome = shell("cat /a; echo 1 >/more && cat /more", **self.options("keep"))
        self.assertEqual((outcome.stdout, outcome.stderr, outcome.errors), (b"synced\n1\n", b"", []))
        self.assertEqual(self.checked(), 0)

    def test_should_refuse_the_disk_of_another_image(self):
        self.assertEqual(shell("echo x >/f", **self.options("keep=128m")).exit_code, 0)
        with open(self.disk, "r+b") as disk:
            disk.seek(1024 + 0x68)
            disk.write(b"another bundle's")
        outcome = shell("cat /f", **self.options("keep"))
        self.assertEqual((outcome.exit_code, outcome.stdout), (125, b""))
        self.assertIn("found that of another bundle", outcome.errors[0])

    def test_should_say_what_helps_when_the_filesystem_is_damaged(self):
        self.assertEqual(shell("echo x >/f", **self.options("keep=128m")).exit_code, 0)
        with open(self.disk, "r+b") as disk:
            disk.seek(4096)
            disk.write(b"x" * 4096)
        outcome = shell("cat /f", **self.options("keep"))
        self.assertEqual((outcome.exit_code, outcome.stdout), (125, b""))
        self.assertIn("e2fsck -f", outcome.errors[-1])

    def test_should_want_a_folder(self):
        outcome = shell("true", options=["--scratch=1g"])
        self.assertEqual(outcome.exit_code, 125)
        self.assertIn("found no folder mapped as /.oci2wasm/scratch", outcome.errors[0])

    def test_should_say_what_sizes_there_are(self):
        for value in ("64m", "2t", "keep=1m", "kept", "keep=", "8G", "1gb"):
            with self.subTest(value):
                outcome = shell("true", **self.options(value))
                self.assertEqual(outcome.errors, [f'option --scratch: found "{value}", expected a size from 128m to 1t, keep, '
                                                  'or keep=SIZE'])


class Streams(unittest.TestCase):
    def test_should_keep_the_streams_apart(self):
        outcome = shell("echo out; echo err >&2")
        self.assertEqual((outcome.stdout, outcome.stderr), (b"out\n", b"err\n"))

    def test_should_pass_stdin_to_its_end(self):
        data = os.urandom(1 << 20)
        digest = hashlib.sha256(data).hexdigest()
        self.assertEqual(run("cmd=sha256sum", stdin=data).stdout.decode(), f"{digest}  -\n")

    def test_should_pass_all_output_written_before_the_end(self):
        data = os.urandom(1 << 20)
        outcome = run("cmd=cat", stdin=data)
        self.assertEqual(len(outcome.stdout), len(data))
        self.assertEqual(outcome.stdout, data)

    def test_should_not_need_stdin_to_be_read(self):
        self.assertEqual(shell("echo done", stdin=b"x" * (1 << 20)).stdout, b"done\n")

    @qemu_only
    def test_should_pass_signals_on(self):
        def act(machine):
            machine.expect(b"ready")
            machine.send(b"signal 10\n", port="control")

        outcome = shell("trap 'echo caught; exit 9' USR1; echo ready; while :; do sleep 0.1; done", act=act)
        self.assertEqual((outcome.stdout, outcome.exit_code), (b"ready\ncaught\n", 9))

    @qemu_only
    def test_should_end_a_killed_container(self):
        def act(machine):
            machine.expect(b"ready")
            machine.send(b"signal 9\n", port="control")

        self.assertEqual(shell("echo ready; sleep 1000", act=act).exit_code, 137)


class Terminals(unittest.TestCase):
    def test_should_give_a_terminal_of_the_size_told(self):
        outcome = shell("tty; stty size; echo $TERM; echo e >&2", "run.tty=1", "run.winsize=33 101")
        self.assertEqual(outcome.stdout, b"/dev/pts/0\r\n33 101\r\nxterm\r\ne\r\n")
        self.assertEqual(outcome.stderr, b"")

    def test_should_pass_all_output_of_a_terminal(self):
        outcome = shell("seq 1 20000", "run.tty=1", "run.winsize=24 80")
        self.assertEqual(outcome.stdout.split(), [b"%d" % i for i in range(1, 20001)])

    @qemu_only
    def test_should_talk_and_resize(self):
        def act(machine):
            machine.expect(b"# ")
            machine.send(b"echo $((6 * 7))\n")
            machine.expect(b"42\r\n")
            machine.send(b"winsize 50 132\n", port="control")
            # ^C is a signal for the command that runs by then; the terminal drops what was typed before it.
            machine.send(b"sh -c \"echo g''o; sleep 1000\"\n")
            machine.expect(b"go\r\n")
            machine.send(b"\x03")
            machine.expect(b"^C")
            machine.send(b"stty size; exit 5\n")

        outcome = run("cmd=/bin/sh", "run.tty=1", "run.winsize=24 80", act=act)
        self.assertIn(b"50 132", outcome.stdout)
        self.assertEqual(outcome.exit_code, 5)

    def test_should_end_a_terminals_input(self):
        outcome = run("cmd=cat", "run.tty=1", "run.winsize=24 80", stdin=b"line\n")
        self.assertEqual(outcome.stdout, b"line\r\nline\r\n")

    @qemu_only
    def test_should_ask_the_terminal_for_its_size(self):
        def act(machine):
            machine.expect(b"\x1b[6n\x1b8")
            # In two parts, among what the user types, with an escape sequence that is none.
            machine.send(b"a\x1b[A\x1b[40")
            machine.expect(b"a^[[A")
            machine.send(b";90Rb\n")

        outcome = shell("read -r line; stty size; echo $line", "run.tty=1", act=act)
        self.assertIn(b"40 90\r\na\x1b[Ab\r\n", outcome.stdout)

    def test_should_give_back_what_is_no_answer(self):
        outcome = run("cmd=cat", "run.tty=1", stdin=b"line\n\x1b[4")
        self.assertTrue(outcome.stdout.endswith(b"line\r\n\x1b[4"), outcome.stdout)


if __name__ == "__main__":
    unittest.main()
