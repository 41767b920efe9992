#!/usr/bin/env python3
"""Runs commands in turn, A B A B ..., and compares medians with the first one's: bench.py ROUNDS LABEL[/REPEATS]=COMMAND… where
REPEATS is how often the command does the work, and COMMAND goes to sh. Columns: elapsed and CPU seconds per repeat (user and
system, of all its processes), what the command itself says after "total" where it does, and the largest process' peak memory."""
import os
import re
import statistics
import subprocess
import sys
import time


def measure(command, repeats):
    begin = time.monotonic()
    process = subprocess.Popen(["sh", "-c", command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    out = process.stdout.read().decode(errors="replace")
    _, status, usage = os.wait4(process.pid, 0)
    elapsed = time.monotonic() - begin
    if status != 0:
        raise SystemExit(f"bench.py: {command}: ended with wait status {status}")
    own = re.search(r"total ([0-9.]+) s", out)
    return {"elapsed": elapsed / repeats, "cpu": (usage.ru_utime + usage.ru_stime) / repeats,
            "own": float(own[1]) / repeats if own else None, "mb": usage.ru_maxrss / 1024}


def median(runs, column):
    values = [run[column] for run in runs]
    return None if None in values else statistics.median(values)


def cell(value, baseline):
    return "–" if value is None else f"{value:.3f} s ({value / baseline:.2f} ×)" if baseline else f"{value:.3f} s"


def main(rounds, *texts):
    commands = []
    for text in texts:
        label, command = text.split("=", 1)
        label, _, repeats = label.partition("/")
        commands.append((label, command, int(repeats or 1)))
    runs = {label: [] for label, _, _ in commands}
    for _ in range(int(rounds)):
        for label, command, repeats in commands:
            runs[label].append(measure(command, repeats))
            print(f"# {label}: " + ", ".join(f"{k} {v:.3f}" for k, v in runs[label][-1].items() if v is not None), file=sys.stderr)
    first = runs[commands[0][0]]
    print("| | elapsed | CPU | its own clock | peak memory |\n|---|---|---|---|---|")
    for label, own_runs in runs.items():
        cells = [cell(median(own_runs, column), median(first, column)) for column in ("elapsed", "cpu", "own")]
        print(f"| {label} | " + " | ".join(cells) + f" | {max(run['mb'] for run in own_runs):.0f} MB |")


main(*sys.argv[1:])
