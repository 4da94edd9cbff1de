"""Where a command keeps what it fetches for a user."""

from __future__ import annotations

import os
import pathlib

from tool import ToolError


def data_folder(variable: str, name: str) -> pathlib.Path:
    """The folder that the environment variable names, or dispatchbench/`name` among the user's data; it need not exist.
    Raises ToolError if the user has no home."""
    chosen = os.environ.get(variable)
    if chosen:
        return pathlib.Path(chosen).absolute()
    data = os.environ.get("XDG_DATA_HOME")
    # The specification of these folders says that a relative one is to be ignored.
    if data and os.path.isabs(data):
        return pathlib.Path(data) / "dispatchbench" / name
    try:
        home = pathlib.Path.home()
    except RuntimeError as error:
        raise ToolError(
            f"this user has no home folder; set {variable} to a folder for {name}"
        ) from error
    return home / ".local/share/dispatchbench" / name
