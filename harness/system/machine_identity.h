// What makes times comparable between two runs: the processor down to its microcode, caches, hypervisor and
// kernel. Model names alone are no identity: "Intel(R) Xeon(R) Processor" is what several generations say.
#pragma once

#include <nlohmann/json.hpp>

#include <filesystem>
#include <string>

namespace dispatchbench {

/// Where the identity is read from: this system, or in tests a made-up one.
struct IdentitySource {
  std::filesystem::path root = "/"; ///< Above proc and sys.
  std::string architecture;         ///< As `uname -m`.
  std::string kernel;               ///< Name and release.
  std::string hypervisor_signature; ///< What the processor says of the hypervisor; empty if nothing.
  int processor = -1;               ///< The one that is measured; -1: any.
};

/// This system, with `processor` measured.
IdentitySource this_system(int processor);

/// `core_kind` of what is measured on any processor.
inline constexpr const char* any_kind = "any";

/// The fields that identify a machine, null where they can't be read; where processors are of several kinds,
/// those of the measured one and its kind, `core_kind`. At the end `fingerprint_version` and `fingerprint`,
/// the text that two runs have in common if they may be compared.
nlohmann::ordered_json machine_identity(const IdentitySource& source);

} // namespace dispatchbench
