"""The names of the modules in a folder that tools/wasm has built."""

from __future__ import annotations

MODULE = "dispatchbench_backends.wasm"
"""The backends, for a host in JavaScript."""
TYPED_MODULE = "dispatchbench_backends.typed.wasm"
"""The same with typed references, which not every engine has."""
TYPED_COMMAND_MODULE = "dispatchbench_backends_command.typed.wasm"
"""The same code, with typed references, as a WASI command that is its own host."""
