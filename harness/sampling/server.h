// The native host: this program, loading a library and answering the sampling protocol.
#pragma once

namespace dispatchbench {

/// Answers requests from `in` on `out` until `in` ends (see protocol.h). Returns the process's exit code.
int serve(int in, int out);

} // namespace dispatchbench
