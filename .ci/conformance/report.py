#!/usr/bin/env python3
"""Counts what run_all printed, in a guest and natively.

With native results a program passes when status and output are the same; without, when its status is 0. Status 32 without
native results means that the program says it does not apply (LTP). Exits with 1 if a program of the list did not pass.
"""
import argparse
import re
import sys
from pathlib import Path

RUN = re.compile(r"^=== begin (.*)\n((?:.*\n)*?)=== end (\S+) \1$", re.MULTILINE)
NOT_RUN = ("not run", "")


def results(path, undefined):
    """{command: (status, output without the lines that are undefined)}"""
    text = Path(path).read_bytes().decode(errors="replace").replace("\r\n", "\n")
    return {run[1]: (run[3], [line for line in run[2].splitlines() if not (undefined and re.search(undefined, line))])
            for run in RUN.finditer(text)}


def problem(command, guest, native, status_only):
    """What is wrong with a command's run, or None."""
    status, output = guest.get(command, NOT_RUN)
    expected, expected_output = native.get(command, NOT_RUN) if native is not None else ("0", output)
    if status != expected or status == NOT_RUN[0]:
        return f"{command}: status {status}, expected {expected}"
    if output != expected_output and not (status_only and re.search(status_only, command)):
        ours, theirs = next(((a, b) for a, b in zip(output, expected_output) if a != b), (f"{len(output)} lines", f"{len(expected_output)}"))
        return f"{command}: the output differs: {ours!r}, expected {theirs!r}"
    return None


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("guest", help="results of the guest")
    options.add_argument("list", help="the commands, one a line")
    options.add_argument("--native", help="results of this machine")
    options.add_argument("--undefined", help="regular expression of lines that are not compared")
    options.add_argument("--status-only", help="regular expression of commands whose output is not compared")
    chosen = options.parse_args()
    guest = results(chosen.guest, chosen.undefined)
    native = results(chosen.native, chosen.undefined) if chosen.native else None
    commands = Path(chosen.list).read_text().split("\n")[:-1]
    left_out = [command for command in commands if native is None and guest.get(command, NOT_RUN)[0] == "32"]
    counted = [command for command in commands if command not in left_out]
    problems = [found for found in (problem(command, guest, native, chosen.status_only) for command in counted) if found]
    print("".join(f"{found}\n" for found in problems), end="")
    print(f"{len(counted) - len(problems)} of {len(counted)} passed"
          + (f", {len(left_out)} say that they do not apply" if left_out else ""))
    sys.exit(1 if problems or not commands else 0)


main()
