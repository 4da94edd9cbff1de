// Bytes that may or may not be text, for people and for JSON.
#pragma once

#include <string>
#include <string_view>

namespace dispatchbench {

/// Whether `bytes` are UTF-8.
bool is_utf8(std::string_view bytes);

/// Whether `bytes` are text: UTF-8 without control characters except blanks, and with at least one blank.
bool is_text(std::string_view bytes);

/// `bytes` as UTF-8; each byte that isn't part of a character is written as \xNN.
std::string as_utf8(std::string_view bytes);

/// The same with control characters written like that, too, except line breaks and tabs: nothing in it acts
/// on a terminal.
std::string as_printable(std::string_view bytes);

} // namespace dispatchbench
