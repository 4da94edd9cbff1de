#include "system/text_layout.h"

#include <algorithm>
#include <sstream>

namespace dispatchbench {
namespace {

bool begins_character(char byte) { return (static_cast<unsigned char>(byte) & 0xc0U) != 0x80U; }

} // namespace

std::size_t character_count(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), begins_character));
}

std::string wrapped(const std::string& text, std::size_t columns, std::size_t indent) {
  std::istringstream words(text);
  std::string lines;
  std::string line(indent, ' ');
  bool is_empty = true;
  for (std::string word; words >> word;) {
    if (!is_empty && character_count(line) + 1 + character_count(word) > columns) {
      lines += line + '\n';
      line.assign(indent + 2, ' ');
      is_empty = true;
    }
    line += (is_empty ? "" : " ") + word;
    is_empty = false;
  }
  return lines + line + '\n';
}

std::string shortened(const std::string& text, std::size_t columns) {
  if (character_count(text) <= columns) return text;
  constexpr std::size_t dots = 3;
  std::size_t end = 0;
  for (std::size_t characters = 0; end < text.size(); ++end)
    if (begins_character(text[end]) && ++characters + dots > columns) break;
  return text.substr(0, end) + "...";
}

std::vector<std::string> heading_lines(const std::string& name, std::size_t columns) {
  std::vector<std::string> lines{""};
  for (std::size_t begin = 0; begin < name.size();) {
    const std::size_t underscore = name.find('_', begin);
    const std::size_t end = underscore == std::string::npos ? name.size() : underscore + 1;
    const std::string part = name.substr(begin, end - begin);
    if (!lines.back().empty() && character_count(lines.back()) + character_count(part) > columns)
      lines.emplace_back();
    lines.back() += part;
    begin = end;
  }
  return lines;
}

} // namespace dispatchbench
