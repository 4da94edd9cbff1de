"""argparse's parser whose errors print control characters of the command line as visible text."""

from __future__ import annotations

import argparse
from typing import NoReturn

from dispatchbench_reports.visible_text import visible


class ArgumentParser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        super().error(visible(message))
