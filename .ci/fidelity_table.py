#!/usr/bin/env python3
"""The page of results, docs/FIDELITY.md: under a heading for each image a table of its commands, with a column for each platform
and runtime, and under "Counts" how many are equal. Cells are "same", "differs", or "–" where nothing was run. Prose stays as it
is. `fidelity_table.py FILE` counts anew."""
import fcntl
import sys
from collections import Counter

COLUMNS = [f"{platform} {runtime}" for platform in ("amd64", "riscv64") for runtime in ("node", "wasmtime", "jvm", "browser")]
COUNTS = "Counts"
NOT_RUN = "–"


def cells(line):
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def rows_of(lines):
    """Command -> column -> cell, of the table among these lines."""
    table = [cells(line) for line in lines if line.startswith("|")]
    if not table:
        return {}
    head, _, *rows = table
    return {row[0]: dict(zip(head[1:], row[1:])) for row in rows}


def written(head, rows):
    return ["| " + " | ".join(row) + " |" for row in (head, ["---"] * len(head), *rows)]


class Table:
    """One image's part of the page."""

    def __init__(self, path, image, commands):
        self.path, self.image, self.commands = path, image, commands

    def cell(self, command, column):
        with open(self.path) as file:
            return rows_of(sections(file.read()).get(self.image, [])).get(command, {}).get(column, NOT_RUN)

    def record(self, command, column, cell):
        """Other runs may write to the same page at the same time."""
        with open(self.path, "r+") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            parts = sections(file.read())
            lines = parts.setdefault(self.image, [""])
            rows = rows_of(lines)
            rows.setdefault(command, {})[column] = cell
            body = [[name, *(rows[name].get(column, NOT_RUN) for column in COLUMNS)] for name in self.commands if name in rows]
            parts[self.image] = [line for line in lines if line and not line.startswith("|")]
            parts[self.image] = ["", *spaced(parts[self.image]), *written(["command", *COLUMNS], body), ""]
            write(file, parts)


def spaced(prose):
    return [*prose, ""] if prose else []


def sections(text):
    """Heading -> lines below it; what is before the first heading has the key None."""
    parts = {None: []}
    heading = None
    for line in text.splitlines():
        if line.startswith("## "):
            heading = line.removeprefix("## ")
            parts[heading] = []
        else:
            parts[heading].append(line)
    return parts


def counts(parts):
    found = {column: Counter() for column in COLUMNS}
    for heading, lines in parts.items():
        if heading != COUNTS:
            for row in rows_of(lines).values():
                for column in COLUMNS:
                    found[column][row.get(column, NOT_RUN)] += 1
    return [[column, str(found[column]["same"]), str(found[column]["differs"])] for column in COLUMNS]


def write(file, parts):
    if COUNTS in parts:
        parts[COUNTS] = ["", *written(["platform and runtime", "same", "differs"], counts(parts)), ""]
    file.seek(0)
    for heading, lines in parts.items():
        text = "\n".join([f"## {heading}", *lines] if heading else lines).rstrip("\n")
        file.write(("\n" if heading else "") + text + "\n")
    file.truncate()


if __name__ == "__main__":
    with open(sys.argv[1], "r+") as page:
        write(page, sections(page.read()))
