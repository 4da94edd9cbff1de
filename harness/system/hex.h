// Bytes as text: two lower-case hexadecimal digits each.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace dispatchbench {

/// The text of these bytes.
std::string to_hex(std::span<const std::uint8_t> bytes);
std::string to_hex(std::string_view bytes);

/// The bytes of such a text. Throws std::runtime_error if it is none.
std::string from_hex(std::string_view hex);

} // namespace dispatchbench
