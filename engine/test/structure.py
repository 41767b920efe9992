"""Checks how the engine's files depend on each other: structure.py INIT-OBJECTS FOLDER OBJECT…, where INIT-OBJECTS is the folder
of init's, and FOLDER that of the engine's, of which this architecture has those that are named.

A unit is FILE.c with FILE.h and FILE_internal.h. It uses a unit that it includes, and one that it calls: the object
files say which. Checked are:

- No unit uses itself by way of others.
- A function is declared in a header of its own unit. INTERFACES and HANDLERS are declared elsewhere.
- A folder uses only those that MAY_USE names; those of cpu/x86_64 only those above them in its README's table.
"""
import os
import re
import subprocess
import sys

# By folder; the longest that fits.
MAY_USE = {
    "memory": {"host"},
    "cpu": {"memory", "host"},
    "device": {"memory", "host", "zstd"},
    "net": {"device", "host"},
    "translate": {"memory", "host"},
    "translate/riscv64": {"cpu", "memory", "translate", "host"},
    "translate/x86_64": {"cpu", "memory", "translate", "host"},
    "machine": {"cpu", "device", "net", "memory", "translate", "translate/riscv64", "translate/x86_64", "host", "guest/init"},
    "host": set(),
    "zstd": set(),
    "host/native": {"host", "machine"},
    "host/wasi": {"host", "machine", "zstd"},
    "guest/init": set(),
}
# Headers of functions that there are for each host or architecture: a call is one of the header's unit.
INTERFACES = [
    "host/host.h",
    "host/files.h",
    "host/net.h",
    "host/words.h",
    "machine/machine.h",
    "translate/processor.h",
]
# Handlers of x86-64 are declared from the rows of code.inc.
HANDLERS = "cpu/x86_64/op.h"
X86 = "cpu/x86_64"


def unit_of(path):
    return re.sub(r"(_internal)?\.\w+$", "", path)


def sources(top):
    for folder, folders, files in os.walk(top):
        folders.sort()
        for name in sorted(files):
            if name.endswith((".c", ".h", ".inc")):
                yield os.path.normpath(os.path.join(folder, name))


def included(path):
    """What a file includes of the engine."""
    with open(path, encoding="utf-8") as file:
        names = re.findall(r'^#include "(.*)"', file.read(), re.M)
    for name in names:
        beside = os.path.normpath(os.path.join(os.path.dirname(path), name))
        if os.path.exists(beside) or os.path.exists(name):
            yield beside if os.path.exists(beside) else os.path.normpath(name)
        elif name != "arch.h":
            sys.exit(f"{path}: no {name}")


def words_of(path):
    with open(path, encoding="utf-8") as file:
        return set(re.findall(r"\w+", file.read()))


def symbols(folder, objects):
    """For each unit of the objects in the folder, what it defines and what it wants."""
    found = {unit_of(os.path.relpath(path, folder)): (set(), set()) for path in objects}
    listed = subprocess.run(["nm", "-A", "-P", *objects], check=True, capture_output=True, text=True).stdout
    for line in listed.splitlines():
        path, rest = line.split(": ", 1)
        symbol, kind = rest.split()[:2]
        defined, wanted = found[unit_of(os.path.relpath(path, folder))]
        if kind in "TDBR":
            defined.add(symbol)
        elif kind == "U":
            wanted.add(symbol)
    return found


def add_calls(uses, objects, problems, headers):
    owner = {symbol: unit for unit, (defined, _) in objects.items() for symbol in defined}
    for unit, (_, wanted) in sorted(objects.items()):
        for symbol in sorted(wanted):
            other = owner.get(symbol, unit)
            if other == unit:
                continue
            interface = [header for header in INTERFACES if symbol in headers[header]]
            if interface:
                other = unit_of(interface[0])
            uses.setdefault(unit, {}).setdefault(other, f"calls {symbol}")
            own = [header for header in headers if unit_of(header) == other]
            if not any(symbol in headers[header] for header in own + [HANDLERS]):
                problems.add(f"{symbol} of {other}.c, which {unit}.c uses, is declared in no header of its own")


def find_circle(uses):
    """The first chain of units that leads back to its start."""
    done, chain = set(), []

    def visit(unit):
        if unit in chain:
            return chain[chain.index(unit) :] + [unit]
        if unit in done:
            return None
        chain.append(unit)
        for other in sorted(uses.get(unit, {})):
            circle = visit(other)
            if circle:
                return circle
        chain.pop()
        done.add(unit)
        return None

    for unit in sorted(uses):
        circle = visit(unit)
        if circle:
            return circle
    return None


def part_of(unit):
    return max((part for part in MAY_USE if unit.startswith(part + "/")), key=len, default=None)


def x86_order():
    """The folders of cpu/x86_64, from the table in its README."""
    with open(X86 + "/README.md", encoding="utf-8") as file:
        order = [X86 if name == "." else f"{X86}/{name}" for name in re.findall(r"^\| `([\w.]+)/?` \|", file.read(), re.M)]
    there = {X86} | {entry.path for entry in os.scandir(X86) if entry.is_dir()}
    if set(order) != there:
        sys.exit(f"{X86}/README.md lists the folders {order}, there are {sorted(there)}")
    return order


def check_folders(uses, problems):
    order = x86_order()
    for unit, others in uses.items():
        for other, how in others.items():
            mine, its = part_of(unit), part_of(other)
            if its != mine and its not in MAY_USE[mine]:
                problems.add(f"{unit} {how} of {other}: {mine} may not use {its}")
            mine, its = os.path.dirname(unit), os.path.dirname(other)
            if mine in order and its in order and order.index(its) > order.index(mine):
                problems.add(f"{unit} {how} of {other}: {its} stands below {mine} in {X86}/README.md")


def main():
    init_folder, folder, *objects = sys.argv[1:]
    uses, problems, headers = {}, set(), {}
    for path in [path for top in ("zstd", "memory", "translate", "cpu", "device", "net", "machine", "host", "guest/init") for path in sources(top)]:
        if path.endswith(".h"):
            headers[path] = words_of(path)
        for other in included(path):
            if unit_of(other) != unit_of(path):
                uses.setdefault(unit_of(path), {})[unit_of(other)] = f"includes {other}"
    headers[HANDLERS] |= words_of("cpu/x86_64/code.inc")
    add_calls(uses, symbols(folder, objects), problems, headers)
    init_objects = [entry.path for entry in os.scandir(init_folder) if entry.name.endswith(".o")]
    init = {"guest/init/" + unit: found for unit, found in symbols(init_folder, init_objects).items()}
    add_calls(uses, init, problems, headers)
    check_folders(uses, problems)
    circle = find_circle(uses)
    if circle:
        steps = [f"  {unit} {uses[unit][other]} of {other}" for unit, other in zip(circle, circle[1:])]
        problems.add("a circle:\n" + "\n".join(steps))
    for problem in sorted(problems):
        print(problem, file=sys.stderr)
    sys.exit(1 if problems else 0)


main()
