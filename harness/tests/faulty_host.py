"""The stand-in host gone wrong in one way: `faulty_host.py WAY`. See test_faulty_hosts.py."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools" / "tests"))

from standin_host import Host, send  # noqa: E402


def main() -> None:
    way = sys.argv[1]
    host = Host()
    for line in sys.stdin:
        fields = json.loads(line)
        request = fields["request"]
        if way == f"hangs at {request}":
            time.sleep(600)
        if way == f"closes its output at {request}":
            os.close(1)
            time.sleep(600)
        if way == f"dies at {request}":
            os._exit(7)
        answer = host.answer(line)
        if way == "breaks in runs afresh" and fields.get("afresh"):
            answer = {"error": "engine exploded"}
        if way == "has no clock":
            answer |= {name: 0 for name in ("cpu", "wall") if name in answer}
            for row in answer.get("batch", {}).get("benchmarks", []):
                row["cpu_time"] = 0
        if way == "runs in a microsecond":
            answer |= {name: 1000.0 for name in ("cpu", "wall") if name in answer}
        if way == "returns no rows" and "batch" in answer:
            answer["batch"]["benchmarks"] = []
        if way == "errs while measuring" and request == "batch":
            answer = {"error": "engine exploded"}
        send(answer)
        if way == "stops reading after load" and request == "load":
            time.sleep(600)


if __name__ == "__main__":
    main()
