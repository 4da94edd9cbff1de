"""Every workload folder is complete and its workload.json says what the schema demands."""

import json
import re

import jsonschema
import pytest

from workload import WORKLOADS, workload_fields, workload_names

SCHEMA = json.loads((WORKLOADS / "workload.schema.json").read_text(encoding="utf-8"))


def test_every_folder_with_a_source_has_a_workload_json() -> None:
    sources = sorted(path.stem for path in WORKLOADS.glob("*/*.tal"))
    assert sources == workload_names()
    assert len(sources) >= 20


@pytest.mark.parametrize("name", workload_names())
def test_workload_json_is_valid(name: str) -> None:
    jsonschema.Draft7Validator.check_schema(SCHEMA)
    jsonschema.validate(workload_fields(WORKLOADS / name), SCHEMA)


@pytest.mark.parametrize("name", workload_names())
def test_folder_and_files_have_the_name_of_the_workload(name: str) -> None:
    assert workload_fields(WORKLOADS / name)["name"] == name
    files = {path.name for path in (WORKLOADS / name).iterdir()}
    assert files == {f"{name}.tal", f"{name}.rom", "workload.json"}


@pytest.mark.parametrize("name", workload_names())
def test_source_starts_with_a_header_comment(name: str) -> None:
    source = (WORKLOADS / name / f"{name}.tal").read_text(encoding="utf-8")
    header = source[: source.index(" )\n\n") + 1]
    assert header.startswith(f"( {name}: ")
    for heading in ("Computes:", "Why:", "Expected:"):
        assert len(re.findall(rf"^  {heading} \S", header, re.MULTILINE)) == 1, heading


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("instructions", 999_999),
        ("instructions", 3_000_001),
        ("expected_output", "\u20ac"),
        ("expected_exit_code", 128),
        ("name", "Fib"),
        ("unknown", 1),
        ("frames", -1),
        ("frames", 1.5),
        ("arguments", "one"),
        ("arguments", ["\u20ac"]),
    ],
)
def test_schema_refuses_what_a_workload_must_not_say(field: str, value: object) -> None:
    wrong = workload_fields(WORKLOADS / "fib")
    wrong[field] = value
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(wrong, SCHEMA)


def test_schema_allows_arguments_and_frames() -> None:
    fields = workload_fields(WORKLOADS / "fib") | {"arguments": ["a", "", "\u00ff"], "frames": 0}
    jsonschema.validate(fields, SCHEMA)


def test_readme_lists_every_workload() -> None:
    readme = (WORKLOADS / "README.md").read_text(encoding="utf-8")
    assert sorted(re.findall(r"^\| `(\w+)` \|", readme, re.MULTILINE)) == workload_names()
