// Backend libraries as shared objects, loaded into the process that runs them.
#pragma once

#include "abi.h"
#include "subjects/library.h"

#include <filesystem>
#include <string>

namespace dispatchbench {

/// Loads the library and never unloads it. Call only in a host's process. Throws Failure, naming the file, if
/// it can't be loaded, exports no `dispatchbench_library`, or has another ABI version.
const BackendLibrary& load_library(const std::filesystem::path& path);

/// The same from a private copy of the file, so that no physical page of it is shared with other processes.
const BackendLibrary& load_private_copy(const std::filesystem::path& path);

/// The backend `name`. Throws Failure if the library has none.
const Backend& find_backend(const BackendLibrary& library, const std::string& name);

/// What it says of itself, as values.
LibraryDescription describe(const BackendLibrary& library);

} // namespace dispatchbench
