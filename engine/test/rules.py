#!/usr/bin/env python3
"""The component's rules against the vectors of all implementations: rules.py VECTORS RULES

RULES is test/rules.c. Java's and JavaScript's read the same VECTORS.
"""
import json
import subprocess
import sys

with open(sys.argv[1], encoding="utf-8") as file:
    vectors = json.load(file)
lines, wanted = [], []


def ask(*words, expect):
    lines.append("\t".join(str(word) for word in words))
    wanted.append(expect)


def bytes_of(text):
    """What address_parse makes of an address, found by another line."""
    lines.append(f"parse\t{text}")
    wanted.append(None)
    return len(lines) - 1


def refers(*parts):
    """A text in which numbers stand for the answer of that line."""
    return lambda answers: "".join(answers[part] if isinstance(part, int) else part for part in parts)


def listed(texts):
    parts = []
    for i, at in enumerate([bytes_of(text) for text in texts]):
        parts += [" ", at] if i else [at]
    return refers(*parts)


def words_of(rules):
    yield "network", "bridge" if rules["bridge"] else "none"
    yield from (("allow", word) for word in rules["allow"])
    yield from (("add-host", word) for word in rules["addHost"])


for each in vectors["addresses"]:
    ask("address", each["address"], expect="public" if each["public"] else "special")
for text in vectors["notAddresses"]:
    ask("address", text, expect="none")
for rules in vectors["rules"]:
    ask("new", expect="")
    for word in words_of(rules):
        ask(*word, expect="good")
    for step in rules["steps"]:
        if "seconds" in step:
            ask("seconds", step["seconds"], expect="")
        elif "connect" in step:
            target = step["target"]
            if target:
                host, _, port = target.rpartition(":")
                target = refers(bytes_of(host.strip("[]")), ":" + port)
            ask("connect", step["connect"], step["port"], expect=target or "")
        elif "mayResolve" in step:
            ask("resolve", step["mayResolve"], expect=str(step["answer"]).lower())
        elif "pinned" in step:
            ask("pinned", step["pinned"], expect=listed(step["addresses"]))
        else:
            ask("give", step["name"], *step["answers"], expect=listed(step["told"]))
refused = []
for rules in vectors["wrongRules"]:
    ask("new", expect="")
    start = len(lines)
    for word in words_of(rules):
        ask(*word, expect=None)
    refused.append((rules, start, len(lines)))
for each in vectors["publish"]:
    parts = ["good"]
    for port in each["ports"]:
        kind = "udp" if port["udp"] else "tcp"
        parts += [" ", bytes_of(port["bind"]), f":{port['host']}:{port['guest']}:{kind}"]
    ask("publish", each["word"], expect=refers(*parts))
for word in vectors["wrongPublish"]:
    lines.append(f"publish\t{word}")
    wanted.append(None)
    refused.append((word, len(lines) - 1, len(lines)))

ended = subprocess.run([sys.argv[2]], input="\n".join(lines) + "\n", capture_output=True, text=True, check=True)
answers = ended.stdout.split("\n")[:-1]
failures = [f"{len(answers)} answers to {len(lines)} lines"] if len(answers) != len(lines) else []
for line, answer, expect in zip(lines, answers, wanted):
    expect = expect(answers) if callable(expect) else expect
    if expect is not None and answer != expect:
        failures.append(f"{line!r}: found {answer!r}, expected {expect!r}")
for what, start, end in refused:
    if all(answer.startswith("good") for answer in answers[start:end]):
        failures.append(f"{what!r} was taken")
for failure in failures:
    print(failure, file=sys.stderr)
print(f"rules: {len(lines) - len(failures)} passed, {len(failures)} failed")
sys.exit(1 if failures else 0)
