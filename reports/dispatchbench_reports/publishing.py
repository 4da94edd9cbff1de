"""Publishes one run: its results, without paths of this machine, with page, tables and the charts that others quote."""

from __future__ import annotations

import gzip
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any, Callable, Mapping

from dispatchbench_reports.options import PublishOptions
from dispatchbench_reports.output import make_directory, write_all
from dispatchbench_reports.problems import Problem
from dispatchbench_reports.reading.cold_starts import read_cold_starts
from dispatchbench_reports.reading.json_file import read_json
from dispatchbench_reports.reading.verification import read_verification
from dispatchbench_reports.report import write_report
from dispatchbench_reports.selected_results import read_lens

PUBLISHED_CHARTS = (
    "matrix",
    "ratio",
    "technique",
    "flags",
    "engines",
    "v8_history",
    "correctness",
    "overhead",
    "ladder",
    "suspension",
    "cold",
)
"""Charts with their own files, if one picture holds them. The page shows all charts, and more files would make a repository
heavy."""


CHECKS: Mapping[str, Callable[[str], object]] = {
    "verification": read_verification,
    "cold": read_cold_starts,
}
"""Readers, which refuse what they can't read, of the further files that are published beside the results: by their field."""


def without_places(value: Any) -> Any:
    """The same JSON with each absolute path cut to its last part: nobody needs to know where files were."""
    if isinstance(value, dict):
        return {name: without_places(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [without_places(inner) for inner in value]
    if isinstance(value, str) and "/" in value:
        return re.sub(r"(?<![\w./-])/(?:[^\s/:;,'\"]+/)+", "", value)
    return value


def _packed(document: Any) -> bytes:
    """Without a time in the header, so that the same results give the same file."""
    return gzip.compress(json.dumps(document, separators=(",", ":")).encode(), mtime=0)


def publish(options: PublishOptions) -> Path:
    """Writes a folder named by date, processor and topic; returns the page's path."""
    results, extra = options.results, options.extra
    study = read_lens(results).study
    if len(study.sources) != 1 or study.foreign:
        raise Problem(", ".join(results.paths), "", "expected one results.json of dispatchbench")
    source = study.sources[0]
    processor = re.sub(r"\((R|TM)\)|Processor|CPU|@.*", " ", source.machine.cpu_model)
    words = [source.date[:10], *re.findall(r"[a-z0-9]+", processor.lower())]
    name = "-".join(words if options.topic is None else [*words, options.topic])
    folder = make_directory(str(Path(options.output) / name))
    document = without_places(read_json(results.paths[0]))
    document["context"].pop("host_name", None)
    published = folder / "results.json.gz"
    files = {published: _packed(document)}
    results = replace(results, paths=(str(published),))
    kept: dict[str, str] = {}
    for name, check in CHECKS.items():
        if (given := getattr(extra, name)) is not None:
            check(given)
            beside = folder / f"{name}.json.gz"
            files[beside] = _packed(without_places(read_json(given)))
            kept[name] = str(beside)
    extra = replace(extra, **kept)
    write_all(files)
    return write_report(results, extra, str(folder), separate=PUBLISHED_CHARTS)
