#include "system/hex.h"

#include <fmt/format.h>

#include <stdexcept>

namespace dispatchbench {
namespace {

int digit_value(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  throw std::runtime_error(fmt::format("'{}' is no lower-case hexadecimal digit", digit));
}

} // namespace

std::string to_hex(std::span<const std::uint8_t> bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string hex;
  hex.reserve(2 * bytes.size());
  for (const std::uint8_t byte : bytes) {
    hex.push_back(digits[byte >> 4]);
    hex.push_back(digits[byte & 0xf]);
  }
  return hex;
}

std::string to_hex(std::string_view bytes) {
  return to_hex(std::span(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()));
}

std::string from_hex(std::string_view hex) {
  if (hex.size() % 2 != 0)
    throw std::runtime_error(fmt::format("{} hexadecimal digits; expected two for each byte", hex.size()));
  std::string bytes;
  bytes.reserve(hex.size() / 2);
  for (std::size_t i = 0; i < hex.size(); i += 2)
    bytes.push_back(static_cast<char>(digit_value(hex[i]) << 4 | digit_value(hex[i + 1])));
  return bytes;
}

} // namespace dispatchbench
