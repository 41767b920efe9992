#!/usr/bin/env python3
"""Sums the reports of surefire and failsafe into one closing line, and fails where no test ran."""
import pathlib
import sys
import xml.etree.ElementTree as ElementTree

run = failed = skipped = 0
for report in pathlib.Path(".").glob("*/target/*-reports/TEST-*.xml"):
    suite = ElementTree.parse(report).getroot()
    run += int(suite.get("tests"))
    failed += int(suite.get("failures")) + int(suite.get("errors"))
    skipped += int(suite.get("skipped"))
print(f"{run - failed - skipped} passed, {failed} failed, {skipped} skipped")
sys.exit(1 if failed or not run else 0)
