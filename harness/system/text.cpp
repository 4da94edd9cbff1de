#include "system/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>

namespace dispatchbench {
namespace {

/// The number of bytes of the character that `bytes` starts with, 0 if it starts with none (RFC 3629: no
/// overlong form, no surrogate, nothing above U+10FFFF).
std::size_t character_bytes(std::string_view bytes) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(bytes[i]); };
  const std::uint8_t lead = byte(0);
  if (lead < 0x80) return 1;
  const std::size_t size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || bytes.size() < size) return 0;
  const std::uint8_t lowest = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
  const std::uint8_t highest = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
  if (byte(1) < lowest || byte(1) > highest) return 0;
  for (std::size_t i = 2; i < size; ++i)
    if ((byte(i) & 0xc0) != 0x80) return 0;
  return size;
}

bool is_blank(char character) {
  return character == ' ' || character == '\t' || character == '\n' || character == '\r';
}

/// C0, DEL and C1, of which some terminals obey all.
bool is_control(std::string_view character) {
  const auto first = static_cast<std::uint8_t>(character[0]);
  return first < 0x20 || first == 0x7f || (first == 0xc2 && static_cast<std::uint8_t>(character[1]) < 0xa0);
}

template <class IsKept> std::string with_escapes(std::string_view bytes, const IsKept& is_kept) {
  std::string text;
  while (!bytes.empty()) {
    const std::size_t size = character_bytes(bytes);
    const std::string_view character = bytes.substr(0, std::max<std::size_t>(size, 1));
    if (size != 0 && is_kept(character))
      text += character;
    else
      for (const char byte : character)
        fmt::format_to(std::back_inserter(text), "\\x{:02x}", static_cast<std::uint8_t>(byte));
    bytes.remove_prefix(character.size());
  }
  return text;
}

} // namespace

bool is_utf8(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t size = character_bytes(bytes);
    if (size == 0) return false;
    bytes.remove_prefix(size);
  }
  return true;
}

bool is_text(std::string_view bytes) {
  return std::any_of(bytes.begin(), bytes.end(), is_blank) && is_utf8(bytes) &&
         std::all_of(bytes.begin(), bytes.end(), [](char byte) {
           return is_blank(byte) || (static_cast<std::uint8_t>(byte) >= 0x20 && byte != 0x7f);
         });
}

bool is_part_of_a_row_name(std::string_view name) {
  constexpr std::string_view replacement_character = "\xef\xbf\xbd";
  return !name.empty() && name.find_first_of("/ ") == std::string_view::npos &&
         name.find(replacement_character) == std::string_view::npos && as_one_line(name) == name;
}

std::string as_utf8(std::string_view bytes) {
  return with_escapes(bytes, [](std::string_view) { return true; });
}

std::string as_printable(std::string_view bytes) {
  return with_escapes(bytes, [](std::string_view character) {
    return !is_control(character) || character == "\n" || character == "\t";
  });
}

std::string as_one_line(std::string_view bytes) {
  return with_escapes(bytes, [](std::string_view character) { return !is_control(character); });
}

} // namespace dispatchbench
