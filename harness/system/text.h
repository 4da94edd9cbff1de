// Bytes that may or may not be text, for people and for JSON.
#pragma once

#include <string>
#include <string_view>

namespace dispatchbench {

/// Whether `bytes` are UTF-8.
bool is_utf8(std::string_view bytes);

/// Whether `bytes` are text: UTF-8 without control characters except blanks, and with at least one blank.
bool is_text(std::string_view bytes);

/// Whether `name` can be a part of a row's name, workload/backend/label, and a heading in a table: UTF-8 that
/// isn't empty and has no slash, blank or control character, nor what stands for bytes that weren't UTF-8.
bool is_part_of_a_row_name(std::string_view name);

/// `bytes` as UTF-8; each byte that isn't part of a character is written as \xNN.
std::string as_utf8(std::string_view bytes);

/// The same with control characters written like that, too, except line breaks and tabs: nothing in it acts
/// on a terminal.
std::string as_printable(std::string_view bytes);

/// The same with line breaks and tabs escaped, too: it stays in its line and cell.
std::string as_one_line(std::string_view bytes);

} // namespace dispatchbench
