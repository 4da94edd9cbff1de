// Backend libraries: where they are, and what they say of themselves.
#pragma once

#include <nlohmann/json.hpp>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace dispatchbench {

/// Where a library is and how it is run.
struct LibraryFile {
  std::string label; ///< Third part of its rows' names; empty: the library's own.
  std::filesystem::path path;
  std::optional<std::string> layout_of; ///< Label of the library that this one is a layout variant of.
  std::vector<std::string> host;        ///< Command of a host that can run it; empty: this program, natively.
};

/// The WebAssembly engine that runs a library.
struct EngineDescription {
  std::string name, version;        ///< Such as V8, 14.6.202.
  std::string program;              ///< What it is part of, with its version: node 26.10.0.
  std::vector<std::string> flags;   ///< That the program was started with.
  bool best_compiler_alone = false; ///< No other of its compilers and no interpreter; else as users get it.
  double clock_resolution = 0;      ///< The clock's smallest step, nanoseconds; 0: unknown.
};

/// What a library says of itself.
struct LibraryDescription {
  struct BackendDescription {
    std::string name, family, dispatch, summary, expected, language;
    bool prepares = false;   ///< Decodes or compiles a program before its first vector, and may refuse it.
    bool budgeted = false;   ///< Returns when its budget of VM instructions is used up.
    bool on_request = false; ///< Measured only if it is asked for.
    std::uint32_t source_lines = 0; ///< Of its family's folder; 0: unknown.
  };
  struct Unavailable {
    std::string name, reason;
  };

  LibraryFile file; ///< Its label is never empty here.
  std::string host; ///< What kind of machine runs it: "native", or the host's own word.
  std::optional<EngineDescription> engine; ///< Only of a WebAssembly module.
  std::string language, compiler, compiler_version, flags, target;
  std::vector<BackendDescription> backends;
  std::vector<Unavailable> unavailable;

  const std::string& label() const { return file.label; }
  bool is_layout_variant() const { return file.layout_of.has_value(); }
  /// What its samples' `cpu` is: an engine, which compiles on threads of its own, has a wall clock alone.
  const char* clock_name() const { return engine ? "wall time" : "CPU time"; }
  /// The backend's entry, or null.
  const BackendDescription* find(const std::string& backend) const;
  /// Why the library has no backend of that name: its own reason, or that it knows none.
  std::string why_missing(const std::string& backend) const;
};

/// As in `list --json`, results.json and a host's answer to "load".
nlohmann::ordered_json to_json(const LibraryDescription& library);

/// Reads such an object back; `file` says where the library is. Fields that older files lack are left empty.
/// Throws nlohmann::json::exception if one has another type, or if a name is missing.
LibraryDescription library_from_json(const nlohmann::ordered_json& object, LibraryFile file);

} // namespace dispatchbench
