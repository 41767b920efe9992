#!/usr/bin/env python3
"""Fuzzes the engine by processor time: fuzz_engine.py [--hours H] [--slice S] [--nice N] [--programs DIR] [--totals] FOLDER [TARGET…]

The targets run in turn, one after the other, S seconds (60) of processor time each at the lowest rank (or the nice value N),
until each has used H hours (1). FOLDER/TARGET.log has a line for each slice; the same command goes on where the logs end. A finding does not end
the run: its seed is in the log, its output in FOLDER/TARGET-SEED.txt. --totals prints the sums of the logs and runs nothing.
--programs takes the fuzzers from DIR, a copy of the built ones, and builds none. Exits with 1 where a log has a finding."""
import argparse
import os
import pathlib
import re
import resource
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
ENGINE = ROOT / "engine"
OUT = {"riscv64": ENGINE / "out/test", "x86_64": ENGINE / "out/test-x86_64"}
# Each target's program, the architecture that it is built for, and its first seed.
TARGETS = {
    "cpu-riscv64": ("fuzz_cpu_riscv64", "riscv64", 12_000_000_001),
    "cpu-x86_64": ("fuzz_cpu_x86_64", "x86_64", 12_100_000_001),
    "race-9p": ("race_9p", "riscv64", 12_200_000_001),
    "fuzz-9p": ("fuzz_9p", "riscv64", 12_300_001),
    "net-frames": ("fuzz_net", "riscv64", 12_400_001),
    "net-dns": ("fuzz_net", "riscv64", 12_500_001),
    "net-netp": ("fuzz_net", "riscv64", 12_600_001),
}
SLICE = re.compile(r"^first=(\d+) cases=(\d+) seconds=([0-9.]+) (clean|FOUND \S+)$", re.M)
# Targets of libFuzzer, and what makes their seeds. They cannot stop by processor time: a slice has so many cases.
LIBFUZZER = {
    "fuzz-9p": ["seeds_9p.py"],
    "net-frames": ["seeds_net.py", "frames"],
    "net-dns": ["seeds_net.py", "dns"],
    "net-netp": ["seeds_net.py", "netp"],
}
LIBFUZZER_RUNS = 20_000


def slices(log):
    return [(int(first), int(cases), float(seconds), end)
            for first, cases, seconds, end in SLICE.findall(log.read_text() if log.exists() else "")]


def used(log):
    return sum(seconds for _, _, seconds, _ in slices(log))


def build(target, programs):
    program, architecture, _ = TARGETS[target]
    if programs:
        return programs / program
    path = OUT[architecture] / program
    subprocess.run(["make", "-s", "-C", ENGINE, path.relative_to(ENGINE), f"ARCH={architecture}"], check=True)
    return path


def processor_seconds():
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return children.ru_utime + children.ru_stime


def run_slice(target, program, folder, seconds, rank):
    """One slice's line is added to the log."""
    log = folder / f"{target}.log"
    done = slices(log)
    seed = done[-1][0] + done[-1][1] if done else TARGETS[target][2]
    if target in LIBFUZZER:
        seeds, *kind = LIBFUZZER[target]
        corpus = folder / f"corpus-{target.removeprefix('fuzz-')}"
        if not corpus.exists():
            subprocess.run(["python3", ENGINE / "test" / seeds, corpus, *kind], check=True)
        command = [program, f"-runs={LIBFUZZER_RUNS}", f"-seed={seed}", "-max_len=4096", f"-artifact_prefix={folder}/", corpus]
    else:
        command = [program, "--processor", str(seconds), str(seed)]
    before = processor_seconds()
    ran = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
                         env=os.environ | {"ASAN_OPTIONS": "detect_leaks=0"}, preexec_fn=lambda: os.nice(rank))
    spent = processor_seconds() - before
    if target in LIBFUZZER:
        # Its seed stands for a whole slice.
        cases, found = 1, f"FOUND {seed}"
    else:
        wrong = re.search(r"a finding with seed (\d+)", ran.stdout)
        clean = re.search(r": (\d+) cases.*: clean$", ran.stdout, re.M)
        if not wrong and not clean:
            raise SystemExit(f"{program}: ended with {ran.returncode}, without a seed or a count:\n{ran.stdout[-2000:]}")
        cases = int(wrong[1]) - seed + 1 if wrong else int(clean[1])
        found = f"FOUND {wrong[1]}" if wrong else ""
    end = found if ran.returncode else "clean"
    if ran.returncode:
        (folder / f"{target}-{found.split()[1]}.txt").write_text(ran.stdout)
    with log.open("a") as lines:
        lines.write(f"first={seed} cases={cases} seconds={spent:.1f} {end}\n")


def print_totals(folder, targets):
    """The number of findings."""
    findings = 0
    for target in targets:
        done = slices(folder / f"{target}.log")
        cases = sum(cases for _, cases, _, _ in done) * (LIBFUZZER_RUNS if target in LIBFUZZER else 1)
        wrong = [end.split()[1] for _, _, _, end in done if end != "clean"]
        findings += len(wrong)
        print(f"{target}: {sum(seconds for _, _, seconds, _ in done):.0f} s of processor time, {cases} cases, "
              f"first seed {TARGETS[target][2]}: {'found by seeds ' + ', '.join(wrong) if wrong else 'clean'}")
    return findings


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hours", type=float, default=1)
    parser.add_argument("--slice", type=int, default=60)
    parser.add_argument("--nice", type=int, default=19)
    parser.add_argument("--programs", type=pathlib.Path)
    parser.add_argument("--totals", action="store_true")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=", ".join(TARGETS))
    asked = parser.parse_args()
    targets = asked.targets or list(TARGETS)
    unknown = set(targets) - set(TARGETS)
    if unknown:
        parser.error(f"target {', '.join(sorted(unknown))}: expected some of {', '.join(TARGETS)}")
    folder = asked.folder.resolve()
    if not asked.totals:
        folder.mkdir(parents=True, exist_ok=True)
        programs = {target: build(target, asked.programs) for target in targets}
        while left := [target for target in targets if used(folder / f"{target}.log") < asked.hours * 3600]:
            for target in left:
                run_slice(target, programs[target], folder, asked.slice, asked.nice)
    return 1 if print_totals(folder, targets) else 0


if __name__ == "__main__":
    sys.exit(main())
