"""The JSON schema of results.json, and checks of a file's context against it."""

from __future__ import annotations

import functools
import json
from importlib import resources
from typing import Any

from dispatchbench_reports.problems import Problem
from dispatchbench_reports.reading.json_fields import described, field_path

SCHEMA_VERSIONS = (1, 2, 3)


@functools.cache
def results_schema() -> dict[str, Any]:
    """The JSON schema of results.json, as this package carries it."""
    text = (
        resources.files("dispatchbench_reports").joinpath("results.schema.json").read_text("utf-8")
    )
    schema: dict[str, Any] = json.loads(text)
    return schema


@functools.cache
def _context_validator() -> Any:
    from jsonschema import Draft7Validator  # Loads as slowly as all else that `table` needs.

    schema = results_schema()
    return Draft7Validator(
        {**schema["properties"]["context"], "definitions": schema["definitions"]}
    )


def check_context(path: str, context: dict[str, Any]) -> None:
    """Raises Problem unless the context follows the schema of its version."""
    own = context["dispatchbench"]
    if isinstance(own, dict):
        version = own.get("schema")
        if isinstance(version, bool) or version not in SCHEMA_VERSIONS:
            raise Problem(
                path,
                "context.dispatchbench.schema",
                f"found {described(version)}, expected {', '.join(map(str, SCHEMA_VERSIONS[:-1]))} or {SCHEMA_VERSIONS[-1]}",
                "Read it with the reports of the dispatchbench version that wrote it",
            )
    from jsonschema.exceptions import best_match

    error = best_match(_context_validator().iter_errors(context))
    if error is not None:
        raise Problem(path, field_path(["context", *error.absolute_path]), error.message)
