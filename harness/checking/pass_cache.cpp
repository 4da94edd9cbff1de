#include "checking/pass_cache.h"

#include "system/content_hash.h"
#include "system/errors.h"
#include "system/files.h"
#include "system/output_file.h"

#include <fmt/format.h>

#include <cstdlib>

namespace dispatchbench {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

/// Empty if the environment names none.
fs::path cache_folder() {
  if (const char* const folder = std::getenv("XDG_CACHE_HOME"); folder != nullptr && *folder == '/')
    return fs::path(folder) / "dispatchbench" / "checked";
  if (const char* const home = std::getenv("HOME"); home != nullptr && *home == '/')
    return fs::path(home) / ".cache" / "dispatchbench" / "checked";
  return {};
}

fs::path file_for(const fs::path& folder, const std::string& key) {
  return folder / fmt::format("{:016x}.json", content_hash(key));
}

} // namespace

PassCache::PassCache(std::uint64_t cases, std::uint64_t program)
    : cases_(cases), program_(program), folder_(cache_folder()) {}

std::string PassCache::key(std::uint64_t library, const std::string& backend) const {
  return fmt::format("library {:016x}, cases {:016x}, program {:016x}, backend {}", library, cases_, program_,
                     backend);
}

std::optional<CheckCounts> PassCache::find(std::uint64_t library, const std::string& backend) const {
  if (folder_.empty()) return std::nullopt;
  const std::string passed = key(library, backend);
  try {
    const ordered_json kept =
        ordered_json::parse(read_file(file_for(folder_, passed), "a check that was passed"));
    if (kept.at("passed") != passed) return std::nullopt;
    return CheckCounts{kept.at("vectors"), kept.at("programs"), kept.at("refused")};
  } catch (const Failure&) {
    return std::nullopt;
  } catch (const ordered_json::exception&) {
    return std::nullopt;
  }
}

void PassCache::keep(std::uint64_t library, const std::string& backend, const CheckCounts& counts) const {
  if (folder_.empty()) return;
  const std::string passed = key(library, backend);
  std::error_code error;
  fs::create_directories(folder_, error);
  if (error) return;
  const fs::path file = file_for(folder_, passed);
  const ordered_json kept{{"passed", passed},
                          {"vectors", counts.vectors},
                          {"programs", counts.programs},
                          {"refused", counts.refused}};
  replace_file(file, kept.dump() + '\n'); // If it fails, the next check takes its time again.
}

} // namespace dispatchbench
