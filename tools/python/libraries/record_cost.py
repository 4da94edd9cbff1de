"""Runs a compiler and writes beside the object what it took and how it ended: record_cost.py COMPILER ARGUMENT...

A build starts every compilation through this (see record_costs.cmake). It needs nothing but Python's standard library.
"""

import json
import os
import pathlib
import resource
import subprocess
import sys

SUFFIX = ".cost.json"
MOST_SECONDS = 1200
"""Of processor time for one process of a compiler. One that takes more never ends."""


def main(words: list[str]) -> int:
    """Runs the command; returns its exit code, as a shell would."""
    target = pathlib.Path(words[words.index("-o") + 1])
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))
    # A clang that crashes leaves its sources there.
    environment = {**os.environ, "CLANG_CRASH_DIAGNOSTICS_DIR": str(target.parent)}
    with subprocess.Popen(
        words, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment
    ) as process:
        assert process.stderr
        said = process.stderr.read()
        # With what the process started and waited for: a driver compiles in a process of its own.
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    sys.stderr.buffer.write(said)
    record = {
        "exit_code": process.returncode,
        "seconds": round(usage.ru_utime + usage.ru_stime, 3),
        "peak_bytes": usage.ru_maxrss * 1024,
        "said": said[-20_000:].decode("utf-8", "backslashreplace") if process.returncode else "",
    }
    written = target.with_name(f"{target.name}{SUFFIX}")
    temporary = written.with_name(f"{written.name}.new")
    temporary.write_text(json.dumps(record))
    temporary.replace(written)
    return process.returncode if process.returncode >= 0 else 128 - process.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
