# Builds a backend library as a WebAssembly module with clang-19: cmake -S backends -B build/wasm --toolchain this.
#
# Debian packages: clang-19 lld-19 libclang-rt-19-dev-wasm32 libc++-19-dev-wasm32 libc++abi-19-dev-wasm32 wasi-libc.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR wasm32)
set(CMAKE_CXX_COMPILER clang++-19 CACHE FILEPATH "A clang that has the target wasm32-wasi")
set(CMAKE_EXECUTABLE_SUFFIX .wasm)

foreach(language CXX ASM)
  set(CMAKE_${language}_COMPILER_TARGET wasm32-wasi)
endforeach()
# What every engine that has tail calls has, too.
set(CMAKE_CXX_FLAGS_INIT "-mtail-call -mbulk-memory -msign-ext -mnontrapping-fptoint")
