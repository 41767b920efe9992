#!/usr/bin/env python3
"""Runs .ci/bench/slowdown.c's program natively and in bundles, in turn, and prints what each kind of work costs over the first
command: slowdown.py ROUNDS LABEL=COMMAND… where COMMAND goes to sh and prints a line for each kind: name, nanoseconds, value.
The least of the rounds, since whatever else runs only adds. Values that differ from the first command's are an error."""
import subprocess
import sys


def measure(label, command):
    done = subprocess.run(["sh", "-c", command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        raise SystemExit(f"slowdown.py: {label}: ended with exit code {done.returncode}: {command}")
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    return {name: (int(nanoseconds), value) for name, nanoseconds, value in rows}


def main(rounds, *texts):
    commands = dict(text.split("=", 1) for text in texts)
    runs = {label: [] for label in commands}
    for number in range(int(rounds)):
        for label, command in commands.items():
            runs[label].append(measure(label, command))
            print(f"# round {number + 1}: {label}", file=sys.stderr)
    first, *others = runs
    print("| | native | " + " | ".join(others) + " |\n|---|" + "---|" * (len(others) + 1))
    for kind, (_, expected) in runs[first][0].items():
        native = min(run[kind][0] for run in runs[first])
        cells = []
        for label in others:
            for run in runs[label]:
                if kind not in run:
                    raise SystemExit(f"slowdown.py: {kind} in {label}: no line of it; is the machine too busy to finish one?")
                if run[kind][1] != expected:
                    raise SystemExit(f"slowdown.py: {kind} in {label}: computed {run[kind][1]}, natively {expected}")
            cells.append(f"{min(run[kind][0] for run in runs[label]) / native:.0f} ×")
        print(f"| {kind} | {native / 1e6:.3f} ms | " + " | ".join(cells) + " |", flush=True)


main(*sys.argv[1:])
