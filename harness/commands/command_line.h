// The command line: which options each command has, and what is said of one that can't be understood.
#pragma once

#include "commands/options.h"

namespace dispatchbench {

/// A command, as commands.h has it.
using Command = int (*)(const Options&);

/// What a command line asks for.
struct ParsedCommand {
  Command command = nullptr; ///< Null: only `text` was asked for.
  Options options;
  std::string text; ///< The help or the version.
};

/// Parses the command line. Throws UsageError naming the option, what was found and what was expected.
ParsedCommand parse_command_line(int count, char** words);

} // namespace dispatchbench
