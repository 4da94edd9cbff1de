"""argparse's parser whose errors begin with what is wrong, with control characters made visible."""

from __future__ import annotations

import argparse
from typing import NoReturn

from dispatchbench_reports.visible_text import visible


class ArgumentParser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """The message in the first line, then the usage."""
        self.exit(2, f"{self.prog}: {visible(message)}\n{self.format_usage()}")
