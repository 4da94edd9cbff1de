#include "commands/option_values.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <system_error>

namespace dispatchbench {

std::optional<std::uint64_t> parse_whole_number(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<double> parse_number(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(number)) return std::nullopt;
  return number;
}

CLI::Validator whole_number(std::uint64_t low, std::uint64_t high) {
  const auto check = [=](const std::string& text) {
    const auto number = parse_whole_number(text);
    if (number && *number >= low && *number <= high) return std::string();
    return fmt::format("{:?}; expected a whole number from {} to {}", text, low, high);
  };
  return {check, fmt::format("from {} to {}", low, high), "whole number"};
}

CLI::Validator number(double low, double high) {
  const auto check = [=](const std::string& text) {
    const auto number = parse_number(text);
    if (number && *number >= low && *number <= high) return std::string();
    return fmt::format("{:?}; expected a number from {:g} to {:g}", text, low, high);
  };
  return {check, fmt::format("from {:g} to {:g}", low, high), "number"};
}

CLI::Validator not_empty(const std::string& expected) {
  const auto check = [=](const std::string& text) {
    return text.empty() ? fmt::format("is empty; expected {}", expected) : std::string();
  };
  return {check, "", "not empty"};
}

} // namespace dispatchbench
