#include "commands/commands.h"
#include "sampling/server.h"

#include <unistd.h>

namespace dispatchbench {

int serve_command(const Options&) { return serve(dup(STDIN_FILENO), dup(STDOUT_FILENO)); }

} // namespace dispatchbench
