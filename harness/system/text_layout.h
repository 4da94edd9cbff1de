// Text in lines of a certain width.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace dispatchbench {

/// How many characters `text`, which is UTF-8, has.
std::size_t character_count(const std::string& text);

/// `text` broken between words into lines of at most `columns` characters, each with a line break at its end.
/// The first begins with `indent` spaces, the others with two more. A longer word stays whole.
std::string wrapped(const std::string& text, std::size_t columns, std::size_t indent);

/// `text` as it is if it has at most `columns` characters, else its beginning and "...".
std::string shortened(const std::string& text, std::size_t columns);

/// A heading in lines of at most `columns` characters, broken behind underscores only: a longer part stays
/// whole.
std::vector<std::string> heading_lines(const std::string& name, std::size_t columns);

} // namespace dispatchbench
