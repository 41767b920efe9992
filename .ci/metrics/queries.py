#!/usr/bin/env python3
"""Evaluates each query of the Grafana dashboard, and each alert, in a Prometheus that scrapes a pipeline: every metric it
names is exported, every panel and variable has data. Usage: queries.py DASHBOARD PROMETHEUS_URL"""
import json
import re
import sys
import urllib.parse
import urllib.request

dashboard, prometheus = sys.argv[1:]
VARIABLES = {"$__rate_interval": "1m", "$__range": "5m", "$lane": ".*", "$registry": ".*"}
METRIC = re.compile(r"\b((?:oci2wasm|jvm|process|system)_\w+|up)\b(?!\s*:)")


def ask(path, **parameters):
    with urllib.request.urlopen(f"{prometheus}/api/v1/{path}?{urllib.parse.urlencode(parameters)}") as answer:
        return json.load(answer)["data"]


def plain(query):
    for name, value in VARIABLES.items():
        query = query.replace(name, value)
    assert "$" not in query, f"a variable that this test does not know: {query}"
    return query


def metrics(query):
    """Names outside of strings and label lists."""
    return set(METRIC.findall(re.sub(r'"[^"]*"', '""', query)))


panels = [panel for panel in json.load(open(dashboard))["panels"] if panel["type"] != "row"]
exported = set(ask("label/__name__/values"))
wrong, counted = [], 0


def check(where, query, needs_data):
    global counted
    counted += 1
    named = metrics(query)
    if not named:
        wrong.append(f"{where}: names no metric: {query}")
    for name in sorted(named - exported):
        wrong.append(f"{where}: {name} is not exported")
    result = ask("query", query=query)["result"]
    numbers = [one["value"][1] for one in result if one["value"][1] != "NaN"]
    if needs_data and not numbers:
        wrong.append(f"{where}: no data: {query}")


for panel in panels:
    for target in panel["targets"]:
        check(f'panel "{panel["title"]}"', plain(target["expr"]), True)
for variable in json.load(open(dashboard))["templating"]["list"]:
    if variable["type"] == "query":
        metric, label = re.fullmatch(r"label_values\((\w+), (\w+)\)", variable["query"]["query"]).groups()
        check(f'variable "{variable["name"]}"', f"count by ({label}) ({metric})", True)
rules = [rule for group in ask("rules")["groups"] for rule in group["rules"]]
for rule in rules:
    check(f'alert {rule["name"]}', rule["query"], False)
    if rule["health"] != "ok":
        wrong.append(f'alert {rule["name"]}: {rule["health"]}: {rule.get("lastError")}')

if not rules or not panels:
    wrong.append(f"found {len(panels)} panels and {len(rules)} alerts, expected some of both")
for line in wrong:
    print(line)
print(f"{counted} queries of {len(panels)} panels and {len(rules)} alerts, {len(wrong)} wrong")
sys.exit(1 if wrong else 0)
