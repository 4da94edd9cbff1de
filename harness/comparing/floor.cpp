#include "comparing/floor.h"

#include "system/errors.h"
#include "system/files.h"
#include "system/fingerprint.h"
#include "system/json_text.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdlib>
#include <limits>

namespace dispatchbench {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

[[noreturn]] void fail(const fs::path& file, const std::string& what) {
  throw Failure(
      fmt::format("{}: {}; delete it and measure anew with dispatchbench compare --aa", file.string(), what));
}

ordered_json read_document(const fs::path& file) {
  if (std::error_code error; !fs::exists(file, error))
    return {{"schema", 1}, {"machines", ordered_json::object()}};
  const std::string text = read_file(file, "noise floors by machine, as compare --aa writes them");
  ordered_json document = ordered_json::parse(text, nullptr, false);
  if (document.is_discarded()) fail(file, "isn't JSON");
  if (!document.is_object() || document.value("schema", ordered_json()) != 1)
    fail(file, "field schema: expected 1");
  if (!document.contains("machines") || !document["machines"].is_object())
    fail(file, "field machines: expected an object");
  return document;
}

} // namespace

fs::path default_floor_file() {
  const char* const state = std::getenv("XDG_STATE_HOME");
  const char* const home = std::getenv("HOME");
  // The specification has relative paths ignored.
  if (state != nullptr && *state == '/') return fs::path(state) / "dispatchbench" / "floor.json";
  if (home != nullptr && *home != '\0')
    return fs::path(home) / ".local" / "state" / "dispatchbench" / "floor.json";
  throw Failure(
      "neither XDG_STATE_HOME nor HOME is set, so it isn't known where this machine's floor is kept; name a "
      "file with --floor");
}

std::optional<MachineFloor> read_floor(const fs::path& file, const std::string& fingerprint) {
  const ordered_json document = read_document(file);
  const auto at = document.at("machines").find(fingerprint);
  if (at == document.at("machines").end()) return std::nullopt;
  try {
    MachineFloor floor;
    at->at("floor").get_to(floor.floor);
    const ordered_json& effect = at->at("smallest_effect");
    floor.smallest_effect = effect.is_null() ? std::numeric_limits<double>::infinity() : effect.get<double>();
    at->at("trials").get_to(floor.trials);
    at->at("false_alarms").get_to(floor.false_alarms);
    if (!(floor.floor >= 0 && floor.floor < 1)) fail(file, "field floor: expected a share from 0 to 1");
    return floor;
  } catch (const nlohmann::json::exception& problem) {
    fail(file, fmt::format("machine \"{}\": {}", fingerprint, reason_of(problem)));
  }
}

std::string floor_note(const fs::path& file, const ordered_json& machine) {
  const ordered_json document = read_document(file);
  const std::string fingerprint = machine.at("fingerprint");
  if (document.at("machines").contains(fingerprint)) return "";
  for (const auto& [stored, floor] : document.at("machines").items()) {
    if (is_current_fingerprint(stored) ||
        !stored.starts_with(machine.value("cpu_model", std::string()) + ","))
      continue;
    return fmt::format(
        "the floor stored for \"{}\" in {} is not used: an older version measured it, which told "
        "machines of one model name apart no further; measure again with dispatchbench compare --aa",
        stored, file.string());
  }
  return "";
}

OutputFile open_floor(const fs::path& file) {
  read_document(file); // What is there must be understood, since it is kept.
  std::error_code error;
  if (file.has_parent_path()) fs::create_directories(file.parent_path(), error); // A failure shows below.
  OutputFile opened(file, "--floor");
  if (opened.is_stream())
    throw UsageError(fmt::format("--floor {}: is {}; expected a regular file, which can be read again",
                                 file.string(), kind_of_file(file)));
  return opened;
}

void write_floor(const OutputFile& file, const std::string& fingerprint, const MachineFloor& floor) {
  ordered_json document = read_document(file.path());
  document["machines"][fingerprint] = {{"floor", floor.floor},
                                       {"smallest_effect", std::isfinite(floor.smallest_effect)
                                                               ? ordered_json(floor.smallest_effect)
                                                               : ordered_json()},
                                       {"trials", floor.trials},
                                       {"false_alarms", floor.false_alarms}};
  file.write(json_text(document, 1) + '\n');
}

} // namespace dispatchbench
