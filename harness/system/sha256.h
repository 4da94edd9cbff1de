// SHA-256, for telling files apart by what they hold.
#pragma once

#include <string>
#include <string_view>

namespace dispatchbench {

/// The SHA-256 of `bytes` (FIPS 180-4) as 64 hexadecimal digits.
std::string sha256(std::string_view bytes);

} // namespace dispatchbench
