"""Publishes one run: its results, without paths of this machine, with page, tables and the charts that others quote."""

from __future__ import annotations

import gzip
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

from dispatchbench_reports.options import OpcodeOptions, ResultsOptions
from dispatchbench_reports.output import make_directory, write_all
from dispatchbench_reports.problems import Problem
from dispatchbench_reports.reading.json_file import read_json
from dispatchbench_reports.report import write_report
from dispatchbench_reports.selected_results import read_lens

PUBLISHED_CHARTS = ("matrix", "ratio", "technique")
"""Charts with their own files. The page shows all charts, and more files would make a repository heavy."""


def without_places(value: Any) -> Any:
    """The same JSON with each absolute path cut to its last part: nobody needs to know where files were."""
    if isinstance(value, dict):
        return {name: without_places(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [without_places(inner) for inner in value]
    if isinstance(value, str) and "/" in value:
        return re.sub(r"(?<![\w./-])/(?:[^\s/:;,'\"]+/)+", "", value)
    return value


def publish(options: ResultsOptions, opcodes: OpcodeOptions | None, output: str) -> Path:
    """Writes a folder named by date and processor; returns the page's path."""
    study = read_lens(options).study
    if len(study.sources) != 1 or study.foreign:
        raise Problem(", ".join(options.paths), "", "expected one results.json of dispatchbench")
    source = study.sources[0]
    processor = re.sub(r"\((R|TM)\)|Processor|CPU|@.*", " ", source.machine.cpu_model)
    name = "-".join([source.date[:10], *re.findall(r"[a-z0-9]+", processor.lower())])
    folder = make_directory(str(Path(output) / name))
    document = without_places(read_json(options.paths[0]))
    document["context"].pop("host_name", None)
    # No time in the header, so that the same results give the same file.
    packed = gzip.compress(json.dumps(document, separators=(",", ":")).encode(), mtime=0)
    published = folder / "results.json.gz"
    write_all({published: packed})
    return write_report(
        replace(options, paths=(str(published),)), opcodes, str(folder), separate=PUBLISHED_CHARTS
    )
