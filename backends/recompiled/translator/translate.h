// Translates one program to C++.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace dispatchbench::translator {

/// The C++ source of `rom`'s translation, with `translation_<name>` in it (translation.h).
std::string translate(const std::string& name, std::span<const std::uint8_t> rom);

} // namespace dispatchbench::translator
