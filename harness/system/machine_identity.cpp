#include "system/machine_identity.h"

#include "system/fingerprint.h"
#include "system/processors.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>
#include <sys/utsname.h>
#include <utility>

#ifdef __x86_64__
#include <cpuid.h>
#endif

namespace dispatchbench {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

/// A field of the identity, and the words for it in /proc/cpuinfo and in the fingerprint.
struct ProcessorField {
  const char* name;
  std::string_view in_cpuinfo;
  const char* in_fingerprint;
};
constexpr std::array x86_fields{
    ProcessorField{"cpu_vendor", "vendor_id", "vendor"},
    ProcessorField{"cpu_family", "cpu family", "family"},
    ProcessorField{"cpu_model_number", "model", "number"},
    ProcessorField{"stepping", "stepping", "stepping"},
    // Virtual machines often see 0x1 or 0xffffffff: it still tells what was seen.
    ProcessorField{"microcode", "microcode", "microcode"},
};
constexpr std::array aarch64_fields{
    ProcessorField{"cpu_implementer", "CPU implementer", "implementer"},
    ProcessorField{"cpu_architecture", "CPU architecture", "architecture"},
    ProcessorField{"cpu_variant", "CPU variant", "variant"},
    ProcessorField{"cpu_part", "CPU part", "part"},
    ProcessorField{"cpu_revision", "CPU revision", "revision"},
};

ordered_json or_null(const std::optional<std::string>& text) {
  return text ? ordered_json(*text) : ordered_json();
}

/// A value for the fingerprint.
std::string in_words(const ordered_json& value) {
  if (value.is_null()) return "unknown";
  return value.is_string() ? value.get<std::string>() : value.dump();
}

std::string cpu_model(const fs::path& root, int processor) {
  if (auto model = cpuinfo_value(root, "model name", processor)) return *model;
  // AArch64 kernels name implementer and part numbers only.
  const auto implementer = cpuinfo_value(root, "CPU implementer", processor);
  const auto part = cpuinfo_value(root, "CPU part", processor);
  if (implementer && part) return fmt::format("implementer {} part {}", *implementer, *part);
  return "unknown";
}

/// Size of each cache that a processor has, for example {"L1d": "48K"}.
ordered_json caches(const fs::path& root, int processor) {
  ordered_json sizes = ordered_json::object();
  for (int i = 0;; ++i) {
    const fs::path folder = root / fmt::format("sys/devices/system/cpu/cpu{}/cache/index{}", processor, i);
    const auto level = first_line(folder / "level");
    const auto type = first_line(folder / "type");
    const auto size = first_line(folder / "size");
    if (!level || !type || !size) return sizes;
    const char* suffix = *type == "Data" ? "d" : *type == "Instruction" ? "i" : "";
    sizes[fmt::format("L{}{}", *level, suffix)] = *size;
  }
}

/// What the machine is a guest of: "none", or what its processor, kernel and firmware say. Null if nobody
/// says anything.
ordered_json hypervisor(const IdentitySource& source) {
  const auto flags = cpuinfo_value(source.root, "flags");
  const auto type = first_line(source.root / "sys/hypervisor/type");
  const auto device_tree = first_line(source.root / "proc/device-tree/hypervisor/compatible");
  const bool flagged = flags && (" " + *flags + " ").find(" hypervisor ") != std::string::npos;
  if (!flagged && !type && !device_tree && source.hypervisor_signature.empty())
    return flags ? ordered_json("none") : ordered_json();
  std::string text = source.hypervisor_signature;
  if (type) text += (text.empty() ? "" : ", ") + *type;
  if (device_tree) text += (text.empty() ? "" : ", ") + std::string(device_tree->c_str());
  for (const char* const field : {"sys_vendor", "product_name"})
    if (const auto value = first_line(source.root / "sys/class/dmi/id" / field); value && !value->empty())
      text += (text.empty() ? "" : ", ") + *value;
  return text.empty() ? "hypervisor of unknown vendor" : text;
}

ordered_json smt(const fs::path& root) {
  const auto active = first_line(root / "sys/devices/system/cpu/smt/active");
  return active ? ordered_json(*active == "1") : ordered_json();
}

/// Twelve letters that a hypervisor leaves in the processor's registers, such as "KVMKVMKVM".
std::string hypervisor_signature() {
#ifdef __x86_64__
  constexpr unsigned hypervisor_leaf = 0x40000000;
  constexpr unsigned hypervisor_bit = 1U << 31;
  unsigned a = 0;
  unsigned c = 0;
  std::array<unsigned, 3> letters{};
  if (__get_cpuid(1, &a, &letters[0], &c, &letters[1]) == 0 || (c & hypervisor_bit) == 0) return "";
  __cpuid(hypervisor_leaf, a, letters[0], letters[1], letters[2]);
  std::string text;
  std::array<char, sizeof letters> bytes{};
  std::memcpy(bytes.data(), letters.data(), sizeof letters);
  for (const char letter : bytes)
    if (letter >= ' ' && letter <= '~') text += letter;
  return text.substr(0, text.find_last_not_of(' ') + 1);
#else
  return "";
#endif
}

} // namespace

IdentitySource this_system(int processor) {
  utsname system{};
  uname(&system);
  return {"/", system.machine, fmt::format("{} {}", system.sysname, system.release), hypervisor_signature(),
          processor};
}

ordered_json machine_identity(const IdentitySource& source) {
  const std::vector<ProcessorKind> kinds = processor_kinds(source.root);
  // Where all are of one kind the first one stands for them, whichever is measured.
  const int processor = kinds.empty() ? 0 : std::max(0, source.processor);
  ordered_json machine{{"cpu_model", cpu_model(source.root, processor)},
                       {"architecture", source.architecture}};
  MachineFacts facts{{"model", machine["cpu_model"]}};
  for (const ProcessorField& field : source.architecture == "aarch64"
                                         ? std::span<const ProcessorField>(aarch64_fields)
                                         : std::span<const ProcessorField>(x86_fields)) {
    machine[field.name] = or_null(cpuinfo_value(source.root, field.in_cpuinfo, processor));
    facts.emplace_back(field.in_fingerprint, in_words(machine[field.name]));
  }

  machine["cores"] = online_processors(source.root);
  facts.emplace_back("processors", fmt::format("{} x {}", in_words(machine["cores"]), source.architecture));
  if (!kinds.empty()) {
    machine["core_kinds"] = ordered_json::array();
    for (const ProcessorKind& kind : kinds) machine["core_kinds"].push_back(kind.processors);
    facts.emplace_back("kinds", machine["core_kinds"].dump());
    const std::string kind = kind_of(kinds, source.processor);
    machine["core_kind"] = kind.empty() ? any_kind : kind;
    facts.emplace_back("kind", machine["core_kind"]);
  }
  machine["smt"] = smt(source.root);
  facts.emplace_back("SMT", machine["smt"].is_null() ? "unknown" : machine["smt"] == true ? "on" : "off");
  machine["caches"] = caches(source.root, processor);
  for (const auto& [name, size] : machine["caches"].items()) facts.emplace_back(name, in_words(size));
  machine["hypervisor"] = hypervisor(source);
  facts.emplace_back("hypervisor", in_words(machine["hypervisor"]));
  machine["kernel"] = source.kernel;
  facts.emplace_back("kernel", source.kernel);
  // Times without that can't be compared with times with it: system/branch_history.h.
  facts.emplace_back(sampling_fact, "after forgetting branches");

  machine["fingerprint_version"] = fingerprint_version;
  machine["fingerprint"] = make_fingerprint(facts);
  return machine;
}

} // namespace dispatchbench
