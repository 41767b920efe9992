#!/usr/bin/env python3
"""Boots the kernel with a small root filesystem and checks the host contract (docs/FORMATS.md).

usage: boot.py WORK_DIRECTORY KERNEL INITRAMFS ENGINE
"""
import os
import re
import struct
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

WORK, KERNEL, INITRAMFS, ENGINE = (Path(argument).absolute() for argument in sys.argv[1:5])
HERE = Path(__file__).parent
ARCH = os.environ.get("GUEST_ARCH", "riscv64")
INSTRUCTIONS_TO_START = 25_000_000
# A loop of one vector or floating-point instruction, and two more; then a return.
LOOP = {"x86_64": "660f6fc8 660ffec1 ffc9 75f4 c3", "riscv64": "5375b502 7d15 6dfd 8280"}


def build():
    root = WORK / "root"
    for folder in ("bin", "dev", "etc", "proc", "sys", "tmp"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    for name in ("program", "files"):
        subprocess.run([f"{ARCH}-linux-gnu-gcc", "-O1", "-static", "-o", root / "bin" / name, HERE / f"guest_{name}.c"],
                       check=True)
    subprocess.run(["mkfs.erofs", WORK / "rootfs", root], check=True, capture_output=True)
    (WORK / "launch").write_bytes(b"oci2wasm-launch=1\0entrypoint=/bin/program\0cmd=3\0env=PATH=/bin\0")
    (WORK / "empty").write_bytes(b"")


def run(*arguments, stdin=b"", initramfs=INITRAMFS, env=None, share=None, memory=0):
    command = [ENGINE, "--kernel", KERNEL, "--initramfs", initramfs, "--launch", WORK / "launch", "--rootfs",
               WORK / "rootfs", "--bundle-memory", str(memory), *(["--share", share] if share else []), "--", *arguments]
    return subprocess.run(command, input=stdin, capture_output=True, timeout=120,
                          env={"ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", ""), **(env or {})})


class Boot(unittest.TestCase):
    def test_streams_and_exit_code(self):
        result = run(stdin=b"hello\n")
        self.assertEqual((b"hello\n", b"err\n", 3), (result.stdout, result.stderr, result.returncode))

    def replay(self, simd):
        page = bytes.fromhex(LOOP[ARCH]).ljust(4096, b"\0")
        recording = struct.pack("<4I qII 4I", 1, 1, 0, 0, 0, 0, 0, 0, 0, 5000, 0)
        return run("--replay", stdin=b"OW2J" + struct.pack("<8I", 0, 1, 2, 100, 160, simd, 1, 1) + page + recording)

    def test_replay_translates_a_loop_of_a_program(self):
        for simd in (0, 1):
            result = self.replay(simd)
            self.assertEqual((0, b""), (result.returncode, result.stderr))
            self.assertEqual((b"OW2R", 1), struct.unpack_from("<4sI", result.stdout))

    def test_replay_refuses_a_header_that_it_does_not_know(self):
        result = self.replay(2)
        self.assertEqual((125, b""), (result.returncode, result.stdout))
        self.assertIn(b"the job's header is not one this engine knows", result.stderr)

    def test_large_input_passes_unchanged(self):
        data = bytes(range(256)) * 8192
        result = run("0", stdin=data)
        self.assertEqual(0, result.returncode)
        self.assertTrue(data == result.stdout, f"{len(result.stdout)} of {len(data)} bytes, or changed ones")

    def test_boots_within_its_budget(self):
        result = run("--stats")
        stats = re.search(rb"(\d+) guest instructions, (\d+) before", result.stderr)
        self.assertTrue(stats, result.stderr)
        self.assertGreater(int(stats[2]), 0)
        self.assertLessEqual(int(stats[2]), INSTRUCTIONS_TO_START)

    def test_deterministic_runs_are_equal(self):
        first, second = (re.search(rb"\d+ guest instructions, \d+", run("--deterministic", "--stats").stderr)[0]
                         for _ in range(2))
        self.assertEqual(first, second)

    def test_exit_codes_above_the_limit_are_said(self):
        result = run("--exit-code-max", "125", "200")
        self.assertEqual(125, result.returncode)
        self.assertIn(b"oci2wasm: exit 200\n", result.stderr)

    def test_memory_is_as_asked_for_by_the_host_else_by_the_bundle(self):
        def of(*arguments, **bundle):
            return int(re.search(rb"Memory: \d+K/(\d+)K", run("--kernel-log", *arguments, **bundle).stderr)[1]) >> 10
        sizes = of(), of(memory=320 << 20), of("--memory=128m", memory=320 << 20)
        for size, expected in zip(sizes, (512, 320, 128)):
            self.assertTrue(expected - 8 <= size <= expected, sizes)
        result = run(memory=1 << 40)
        self.assertEqual(125, result.returncode)
        self.assertRegex(result.stderr, rb"^oci2wasm: this bundle asks for 1099511627776 bytes")

    def test_waiting_takes_time_but_no_cpu(self):
        before, start = os.times(), time.monotonic()
        result = run("wait")
        self.assertEqual(b"waited\n", result.stdout)
        cpu = os.times().children_user - before.children_user
        self.assertGreater(time.monotonic() - start, 0.2)
        self.assertLess(cpu, time.monotonic() - start)

    def test_root_tells_how_many_files_it_can_hold(self):
        files, free = map(int, run("files").stdout.split())
        self.assertTrue(10000 < free < files, (files, free))

    @unittest.skipUnless(ARCH == "x86_64", "has a time-stamp counter")
    def test_time_stamps_grow(self):
        for arguments in ((), ("--deterministic",)):
            self.assertEqual(b"grew\n", run(*arguments, "tsc").stdout)

    def test_missing_program_is_127(self):
        result = run("--entrypoint", "/bin/none")
        self.assertEqual(127, result.returncode)
        self.assertTrue(result.stderr.startswith(b"oci2wasm: "), result.stderr)

    def test_panic_is_125_with_the_last_lines(self):
        result = run(initramfs=WORK / "empty")
        self.assertEqual(125, result.returncode)
        self.assertIn(b"oci2wasm: the guest stopped", result.stderr)
        self.assertIn(b"Kernel panic", result.stderr)

    def test_bad_option_is_125(self):
        result = run("--bogus")
        self.assertEqual((125, b""), (result.returncode, result.stdout))
        self.assertRegex(result.stderr, rb"^oci2wasm: unknown option --bogus")

    def test_shared_directory(self):
        with tempfile.TemporaryDirectory() as folder:
            host = Path(folder)
            (host / "from-host").write_text("host\n")
            result = run("--entrypoint", "/bin/files", "--user", "1234:56", "/data", share=f"/data={host}")
            self.assertEqual((b"", 0), (result.stdout, result.returncode), result.stderr)
            self.assertEqual(["from-host", "large", "new", "other"], sorted(path.name for path in host.iterdir()))
            self.assertEqual("Deep", (host / "other").read_text())
            large = (host / "large").read_bytes()
            self.assertEqual((1000000 // 4096 * 4096, ord("M"), 77), (len(large), large[5000], large[4096 * 77]))

    def test_shared_directory_of_several_users(self):
        with tempfile.TemporaryDirectory() as folder:
            host = Path(folder)
            (host / "from-host").write_text("host\n")
            result = run("--entrypoint", "/bin/files", "/data", share=f"/data={host}")
            self.assertEqual((b"", 0), (result.stdout, result.returncode), result.stderr)
            # Nothing of the guest's users, and no special file, is on the host.
            self.assertEqual(["from-host", "large", "new", "other", "program", "team", "users"],
                             sorted(path.name for path in host.iterdir()))
            self.assertEqual(["kept", "pointer"], sorted(path.name for path in (host / "users/data").iterdir()))
            self.assertEqual((0o644, os.getuid()), ((host / "program").stat().st_mode & 0o7777, (host / "new").stat().st_uid))

    @unittest.skipUnless(ARCH == "x86_64", "x86-64 has levels")
    def test_missing_instruction_sets_are_named(self):
        for name, needs in (("avx2", b"AVX or AVX2 and needs x86-64-v3"), ("bmi2", b"BMI1 or BMI2 and needs x86-64-v3")):
            result = run("use", name)
            self.assertEqual(132, result.returncode, result.stderr)
            self.assertRegex(result.stderr, rb"oci2wasm: program\[\d+\]: illegal instruction: it is one of " + needs)

    @unittest.skipUnless(ARCH == "x86_64", "x86-64 has levels")
    def test_instructions_that_no_set_has_or_that_are_only_tried_are_not_named(self):
        for arguments, expected in ((("use", "ud2"), (132, b"")), (("probe", "avx2"), (0, b"caught\n"))):
            result = run(*arguments)
            self.assertEqual(expected, (result.returncode, result.stdout), result.stderr)
            self.assertNotIn(b"illegal instruction", result.stderr)

    def test_kernel_log_goes_to_stderr(self):
        result = run("--kernel-log", "0")
        self.assertIn(b"Linux version", result.stderr)
        self.assertNotIn(b"Linux version", result.stdout)


WORK.mkdir(parents=True, exist_ok=True)
build()
unittest.main(argv=[sys.argv[0]])
