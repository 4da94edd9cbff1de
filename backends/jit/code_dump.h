// The generated code of one program as a file, for tools/audit, objdump and others that read ELF.
#pragma once

#include "translation.h"

namespace dispatchbench::inline DISPATCHBENCH_NAMESPACE {

/// The file that the environment variable DISPATCHBENCH_JIT_DUMP names; null if it is unset or empty.
const char* dump_file();

/// Writes what is compiled at the end of a program to `translation.dump_file`. If that fails, a message on
/// stderr says why, and nothing else changes.
void dump_code(const Translation& translation);

} // namespace dispatchbench::inline DISPATCHBENCH_NAMESPACE
