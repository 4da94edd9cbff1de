// JSON as text, whatever bytes and nesting come.
#pragma once

#include <nlohmann/json.hpp>

#include <filesystem>
#include <string>

namespace dispatchbench {

/// `document` as text, indented by `indent` (-1: in one line). In strings that aren't UTF-8, such as paths,
/// each byte that isn't part of a character is written as \xNN.
std::string json_text(const nlohmann::ordered_json& document, int indent = -1);

/// Parses the JSON in `text`, the content of `path`. Throws Failure if it isn't JSON, with `problem`, line
/// and column, or if it names a field twice in an object or is nested deeper than anything that this program
/// reads.
nlohmann::ordered_json parse_json(const std::string& text, const std::filesystem::path& path,
                                  const char* problem = "isn't valid JSON");

/// A value for a message, cut to some length: "\"many\"", "-1", "a list of 3", "an object".
std::string described(const nlohmann::ordered_json& value);

/// What a field of another type says of itself, in words: nlohmann::json's exception without its number.
std::string reason_of(const nlohmann::ordered_json::exception& error);

} // namespace dispatchbench
