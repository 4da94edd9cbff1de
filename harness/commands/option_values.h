// What the command line accepts as the value of an option.
#pragma once

#include <CLI/CLI.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace dispatchbench {

/// `text` as a whole number, nothing else around it; nothing if it isn't one.
std::optional<std::uint64_t> parse_whole_number(std::string_view text);

/// `text` as a finite decimal number; nothing if it isn't one.
std::optional<double> parse_number(std::string_view text);

/// Accepts a whole number of that range, and says so of anything else.
CLI::Validator whole_number(std::uint64_t low, std::uint64_t high);

/// Accepts a finite number of that range, and says so of anything else.
CLI::Validator number(double low, double high);

/// Accepts anything but an empty value; `expected` says what belongs there.
CLI::Validator not_empty(const std::string& expected);

} // namespace dispatchbench
