"""Asks a compiler whether it takes flags: what it refuses depends on its version and target, so nothing is assumed."""

from __future__ import annotations

import pathlib
import subprocess
import tempfile
from collections.abc import Sequence

from tool import ToolError, finished

# It has what the flags are about: a loop, an indirect call and a branch.
SOURCE = """\
using Function = int (*)(int);
int run(Function function, int count) {
  int sum = 0;
  for (int i = 0; i < count; ++i)
    if (i & 1) sum += function(i);
  return sum;
}
"""


def refusal(compiler: pathlib.Path, flags: Sequence[str]) -> str | None:
    """Why a compiler doesn't take these flags, in its own words; None if it does. Compilers only warn about some flags
    that they then ignore, so a warning is a refusal."""
    with tempfile.TemporaryDirectory(prefix="flags-") as folder:
        command = [str(compiler), "-Werror", "-O2", *flags, "-c", "-x", "c++", "-"]
        try:
            done = finished(
                [*command, "-o", pathlib.Path(folder) / "probe.o"],
                text=SOURCE,
                cwd=folder,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
            )
        except OSError as error:
            raise ToolError(f"{compiler}: can't be started ({error.strerror})") from error
    if done.returncode == 0:
        return None
    lines = [line for line in done.stdout.splitlines() if "error:" in line or "Error:" in line]
    said = (lines or done.stdout.strip().splitlines() or [f"exit code {done.returncode}"])[0]
    return said.split("rror: ", 1)[-1].strip()
