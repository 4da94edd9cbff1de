#include "system/json_text.h"

#include "system/errors.h"
#include "system/text.h"

#include <fmt/format.h>

#include <set>
#include <utility>
#include <vector>

namespace dispatchbench {
namespace {

using nlohmann::ordered_json;

/// The same document with all strings as UTF-8.
ordered_json with_utf8(const ordered_json& document) {
  if (document.is_string()) return as_utf8(document.get_ref<const std::string&>());
  if (document.is_array()) {
    ordered_json array = ordered_json::array();
    for (const ordered_json& element : document) array.push_back(with_utf8(element));
    return array;
  }
  if (!document.is_object()) return document;
  ordered_json object = ordered_json::object();
  for (const auto& [name, value] : document.items()) object[as_utf8(name)] = with_utf8(value);
  return object;
}

/// Notices what the parser itself lets through.
class Watch {
public:
  explicit Watch(const std::filesystem::path& path) : path_(path) {}

  bool operator()(int depth, ordered_json::parse_event_t event, ordered_json& value) {
    using Event = ordered_json::parse_event_t;
    if (event == Event::object_start || event == Event::array_start) {
      constexpr int deepest = 100;
      if (depth > deepest)
        throw Failure(fmt::format("{}: is nested more than {} deep; expected a file that this program or its "
                                  "tools wrote",
                                  path_.string(), deepest));
    }
    if (event == Event::object_start) names_.emplace_back();
    if (event == Event::object_end) names_.pop_back();
    if (event == Event::key && !names_.back().insert(value.get<std::string>()).second)
      throw Failure(fmt::format("{}: field {} is there twice in one object; expected it once", path_.string(),
                                described(value)));
    return true;
  }

private:
  const std::filesystem::path& path_;
  std::vector<std::set<std::string>> names_;
};

} // namespace

std::string json_text(const ordered_json& document, int indent) {
  try {
    return document.dump(indent);
  } catch (const ordered_json::type_error&) { // Of all its errors, dump has this one: not UTF-8.
    return with_utf8(document).dump(indent);
  }
}

ordered_json parse_json(const std::string& text, const std::filesystem::path& path, const char* problem) {
  try {
    return ordered_json::parse(text, Watch(path));
  } catch (const ordered_json::exception& error) {
    throw Failure(fmt::format("{}: {}: {}", path.string(), problem, reason_of(error)));
  }
}

std::string described(const ordered_json& value) {
  if (value.is_array()) return fmt::format("a list of {}", value.size());
  if (value.is_object()) return "an object";
  constexpr std::size_t longest = 80;
  std::string text = as_one_line(json_text(value));
  if (text.size() <= longest) return text;
  text.resize(longest);
  return as_utf8(text) + "...";
}

std::string reason_of(const ordered_json::exception& error) {
  const std::string text = error.what(); // "[json.exception.parse_error.101] parse error at line 1, ..."
  const auto end = text.find("] ");
  return as_one_line(end == std::string::npos ? text : text.substr(end + 2));
}

} // namespace dispatchbench
