#!/usr/bin/env python3
"""Sums up Meson's test logs: "N passed, N failed, N skipped", and ends with 1 if any failed.

tally.py testlog.json...  A doctest program counts as its cases; any other test as one. A program
that says its cases passed and then fails (a sanitizer, a crash at exit) is one failure more; a log
that is missing, since an earlier step ended the run, is one too.
"""

import collections
import json
import os
import re
import sys

CASES = re.compile(r"test cases:\s*(\d+)\s*\|\s*(\d+) passed\s*\|\s*(\d+) failed")


def count(test):
    """(passed, failed, skipped) of one entry of the log."""
    if test["result"] == "SKIP":
        return 0, 0, 1
    good = test["result"] in ("OK", "EXPECTEDFAIL")
    cases = CASES.search(test.get("stdout") or "")
    if not cases:
        return (1, 0, 0) if good else (0, 1, 0)
    passed, failed = int(cases[2]), int(cases[3])
    return passed, failed + (0 if good or failed else 1), 0


def tally(lines):
    total = collections.Counter()
    for line in lines:
        total.update(dict(zip(("passed", "failed", "skipped"), count(json.loads(line)))))
    return total


def summary(total):
    text = f"{total['passed']} passed, {total['failed']} failed"
    return text + (f", {total['skipped']} skipped" if total["skipped"] else "")


if __name__ == "__main__":
    missing = [name for name in sys.argv[1:] if not os.path.exists(name)]
    for name in missing:
        print(f"{name} is missing: its tests did not run", file=sys.stderr)
    written = [name for name in sys.argv[1:] if name not in missing]
    result = tally(line for name in written for line in open(name, encoding="utf-8"))
    result["failed"] += len(missing)
    print(summary(result))
    sys.exit(1 if result["failed"] or not result["passed"] else 0)
