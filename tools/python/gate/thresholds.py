"""The thresholds of the gate: ci/gate.toml."""

from __future__ import annotations

import dataclasses
import re
import tomllib
from pathlib import Path
from typing import Any

from arguments import shortened
from tool import WrongUsage

MOST = 1000  # of per cent, and of layouts


@dataclasses.dataclass(frozen=True)
class Thresholds:
    """What ci/gate.toml says."""

    preset: str
    count_percent: float
    count_workloads: str
    margin_percent: float
    time_workloads: str
    layouts: int


class _Fields:
    """Takes checked fields out of the parsed file. Every method raises WrongUsage, which names file and field."""

    def __init__(self, path: Path, document: dict[str, Any]) -> None:
        self._path = path
        self._document = document

    def _field(self, name: str, kinds: type | tuple[type, ...], expected: str) -> Any:
        section, _, key = name.rpartition(".")
        holder = self._document.get(section, {}) if section else self._document
        value = holder.get(key) if isinstance(holder, dict) else None
        if not isinstance(value, kinds) or isinstance(value, bool):
            raise WrongUsage(f"{self._path}: field {name}: found {value!r}, expected {expected}")
        return value

    def text(self, name: str, expected: str) -> str:
        """A string."""
        return str(self._field(name, str, expected))

    def pattern(self, name: str) -> str:
        """A string that is a regular expression."""
        value = self.text(name, "a regular expression")
        try:
            re.compile(value)
        except re.error as error:
            raise WrongUsage(
                f"{self._path}: field {name}: {value!r} is no regular expression ({error})"
            ) from error
        return value

    def _in_range(self, name: str, value: Any) -> Any:
        if value < 0:
            raise WrongUsage(f"{self._path}: field {name}: found {value}, expected 0 or more")
        if not value <= MOST:
            raise WrongUsage(
                f"{self._path}: field {name}: found {shortened(str(value))}, expected {MOST} or less"
            )
        return value

    def percent(self, name: str) -> float:
        """A number that isn't negative."""
        value = self._field(name, (int, float), "a number of per cent")
        return float(self._in_range(name, value))

    def whole(self, name: str) -> int:
        """A whole number that isn't negative."""
        return int(self._in_range(name, self._field(name, int, "a whole number")))


def read_thresholds(path: Path) -> Thresholds:
    """Reads and checks the file. Raises WrongUsage."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise WrongUsage(f"{path}: can't be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise WrongUsage(f"{path}: isn't TOML: byte {error.start} is not UTF-8") from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise WrongUsage(f"{path}: isn't TOML: {error}") from error
    fields = _Fields(path, document)
    return Thresholds(
        preset=fields.text("preset", "a preset's name"),
        count_percent=fields.percent("counts.threshold_percent"),
        count_workloads=fields.pattern("counts.workloads"),
        margin_percent=fields.percent("timing.margin_percent"),
        time_workloads=fields.pattern("timing.workloads"),
        layouts=fields.whole("timing.layouts"),
    )
