"""failed_tests.py RESULTS: names each failed test of ctest's JUnit file, with the end of what it printed.

A log that is cut to its end, as a CI service's often is, then still says what failed.
"""

from __future__ import annotations

import sys
import xml.etree.ElementTree as ElementTree

SHOWN_LINES = 12


def main() -> None:
    """Prints nothing if no test failed."""
    for case in ElementTree.parse(sys.argv[1]).iter("testcase"):
        if case.get("status") == "fail":
            print(f"{case.get('name')}: FAILED")
            printed = (case.findtext("system-out") or "").splitlines()
            for line in printed[-SHOWN_LINES:]:
                print(f"  {line[:300]}")


main()
