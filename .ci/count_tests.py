#!/usr/bin/env python3
"""Sums the reports of surefire and failsafe, names each failed test, and fails where no test ran."""
import pathlib
import sys
import xml.etree.ElementTree as ElementTree

run = skipped = 0
failed = []
for report in pathlib.Path(".").glob("*/target/*-reports/TEST-*.xml"):
    suite = ElementTree.parse(report).getroot()
    run += int(suite.get("tests"))
    skipped += int(suite.get("skipped"))
    for case in suite.iter("testcase"):
        for kind in ("failure", "error"):
            for fault in case.findall(kind):
                lines = (fault.text or fault.get("message") or "").strip().splitlines()
                failed.append(f"{case.get('classname')}.{case.get('name')}: " + " | ".join(lines[:6]))
print(f"{run - len(failed) - skipped} passed, {len(failed)} failed, {skipped} skipped")
for line in failed:
    print(f"FAILED {line[:700]}")
sys.exit(1 if failed or not run else 0)
