"""tools/wasm: the backends as a WebAssembly module, in every engine that can be had."""
