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
};

/// This system.
IdentitySource this_system();

/// The fields that identify a machine, null where they can't be read, and at the end `fingerprint_version`
/// and `fingerprint`, the text that two runs have in common if they may be compared.
nlohmann::ordered_json machine_identity(const IdentitySource& source);

} // namespace dispatchbench
