#include "system/fingerprint.h"

#include <fmt/format.h>

#include <algorithm>

namespace dispatchbench {
namespace {

constexpr std::string_view separator = "; ";

std::string current_version() { return fmt::format("v{}", fingerprint_version); }

MachineFacts facts_of(std::string_view fingerprint) {
  MachineFacts facts;
  while (!fingerprint.empty()) {
    const std::string_view fact = fingerprint.substr(0, fingerprint.find(separator));
    const std::size_t space = fact.find(' ');
    if (space != std::string_view::npos) facts.emplace_back(fact.substr(0, space), fact.substr(space + 1));
    fingerprint.remove_prefix(std::min(fingerprint.size(), fact.size() + separator.size()));
  }
  return facts;
}

std::string value_of(const MachineFacts& facts, const std::string& name) {
  const auto at =
      std::find_if(facts.begin(), facts.end(), [&](const auto& fact) { return fact.first == name; });
  return at == facts.end() ? "none" : at->second;
}

} // namespace

std::string make_fingerprint(const MachineFacts& facts) {
  std::string text = current_version();
  for (const auto& [name, value] : facts) {
    std::string clean = value;
    std::replace(clean.begin(), clean.end(), ';', ',');
    text += fmt::format("{}{} {}", separator, name, clean);
  }
  return text;
}

bool is_current_fingerprint(std::string_view fingerprint) {
  return fingerprint.starts_with(current_version() + std::string(separator));
}

std::string machine_difference(std::string_view one, std::string_view other) {
  if (one == other) return "";
  if (!is_current_fingerprint(one) && !is_current_fingerprint(other))
    return fmt::format("another machine, {} and not {}", other, one);
  for (const std::string_view fingerprint : {one, other})
    if (!is_current_fingerprint(fingerprint))
      return fmt::format(
          "a machine that can't be told to be the same: an older version wrote \"{}\", without "
          "family, stepping, microcode, caches and kernel; measure again",
          fingerprint);
  const MachineFacts facts = facts_of(one);
  const MachineFacts other_facts = facts_of(other);
  MachineFacts all = facts;
  for (const auto& fact : other_facts)
    if (value_of(facts, fact.first) == "none") all.push_back(fact);
  std::string text;
  bool is_other_machine = false;
  for (const auto& [name, unused] : all) {
    const std::string value = value_of(facts, name);
    const std::string other_value = value_of(other_facts, name);
    if (value == other_value) continue;
    text += fmt::format("{}{} {} against {}", text.empty() ? "" : ", ", name, value, other_value);
    is_other_machine |= name != sampling_fact;
  }
  return (is_other_machine ? "another machine, " : "another way of measuring, ") + text;
}

} // namespace dispatchbench
