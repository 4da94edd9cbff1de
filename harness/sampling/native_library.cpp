#include "sampling/native_library.h"

#include "system/errors.h"
#include "system/files.h"
#include "system/line_stream.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <link.h>
#include <span>
#include <sys/mman.h>

namespace dispatchbench {
namespace {

/// The part of a library's file that is ever loaded: up to the end of its last segment. Debug information
/// lies behind it, many times as long, and every process of a run would read it. Of a file that is no such
/// library, all.
std::string loaded_part(const std::filesystem::path& path) {
  constexpr const char* expected = "a backend library";
  std::string start = read_file(path, expected, 65536); // Has the table of segments.
  ElfW(Ehdr) header{};
  if (start.size() < sizeof header) return start;
  std::memcpy(&header, start.data(), sizeof header);
  std::size_t end = 0;
  for (std::size_t i = 0; i < header.e_phnum; ++i) {
    ElfW(Phdr) segment{};
    const std::size_t at = header.e_phoff + i * header.e_phentsize;
    if (at + sizeof segment > start.size()) return read_file(path, expected);
    std::memcpy(&segment, start.data() + at, sizeof segment);
    end = std::max<std::size_t>(end, segment.p_offset + segment.p_filesz);
  }
  return end == 0 ? read_file(path, expected) : read_file(path, expected, end);
}

/// Checks that this program and the library mean the same structs.
void check_abi(const BackendLibrary& library, const std::string& path) {
  if (library.abi != DISPATCHBENCH_ABI_VERSION)
    throw Failure(fmt::format("{}: has ABI version {}; expected {}. {}", path, library.abi,
                              DISPATCHBENCH_ABI_VERSION,
                              library.abi < DISPATCHBENCH_ABI_VERSION
                                  ? "Rebuild it with this version's backends/abi.h"
                                  : "Build dispatchbench from the revision that built the library"));
  if (library.library_size != sizeof(BackendLibrary) || library.backend_size != sizeof(Backend) ||
      library.machine_size != sizeof(Machine))
    throw Failure(fmt::format(
        "{}: its structs have {}, {} and {} bytes; expected {}, {} and {} for ABI version {}. Build "
        "library and dispatchbench from the same revision",
        path, library.library_size, library.backend_size, library.machine_size, sizeof(BackendLibrary),
        sizeof(Backend), sizeof(Machine), DISPATCHBENCH_ABI_VERSION));
}

const BackendLibrary& load(const std::string& file, const std::string& path) {
  void* const handle = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr)
    throw Failure(fmt::format("{}: can't be loaded as a backend library: {}", path, dlerror()));
  void* const symbol = dlsym(handle, "dispatchbench_library");
  if (symbol == nullptr)
    throw Failure(fmt::format("{}: exports no dispatchbench_library; expected a backend library, which "
                              "backends/abi.h describes",
                              path));
  const BackendLibrary& library = *reinterpret_cast<decltype(&dispatchbench_library)>(symbol)();
  check_abi(library, path);
  return library;
}

} // namespace

const BackendLibrary& load_library(const std::filesystem::path& path) {
  // dlopen searches the system's folders for a name without a slash.
  return load(std::filesystem::absolute(path).string(), path.string());
}

const BackendLibrary& load_private_copy(const std::filesystem::path& path) {
  const std::string bytes = loaded_part(path);
  const int file = memfd_create("backends", 0);
  if (file < 0 || !write_all(file, bytes))
    throw Failure(fmt::format("{}: no memory file for it: {}", path.string(), std::strerror(errno)));
  return load(fmt::format("/proc/self/fd/{}", file), path.string());
}

const Backend& find_backend(const BackendLibrary& library, const std::string& name) {
  for (const Backend& backend : std::span(library.backends, library.backend_count))
    if (name == backend.name) return backend;
  throw Failure(fmt::format("the library {} has no backend {}", library.label, name));
}

LibraryDescription describe(const BackendLibrary& library) {
  LibraryDescription description;
  description.file.label = library.label;
  description.host = library.host;
  description.language = library.language;
  description.compiler = library.compiler;
  description.compiler_version = library.compiler_version;
  description.flags = library.flags;
  description.target = library.target;
  for (const Backend& backend : std::span(library.backends, library.backend_count))
    description.backends.push_back({backend.name, backend.family, backend.dispatch, backend.summary,
                                    backend.expected,
                                    backend.language == nullptr ? library.language : backend.language,
                                    backend.prepare != nullptr, (backend.flags & DISPATCHBENCH_BUDGETED) != 0,
                                    (backend.flags & DISPATCHBENCH_ON_REQUEST) != 0, backend.source_lines});
  for (const UnavailableBackend& backend : std::span(library.unavailable, library.unavailable_count))
    description.unavailable.push_back({backend.name, backend.reason});
  return description;
}

} // namespace dispatchbench
