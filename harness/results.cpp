#include "results.h"

#include "audit_file.h"
#include "environment.h"
#include "errors.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <map>
#include <unistd.h>

namespace dispatchbench {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

ordered_json libraries_json(const std::vector<LibraryDescription>& libraries) {
  ordered_json array = ordered_json::array();
  for (const LibraryDescription& library : libraries) {
    ordered_json object = to_json(library);
    const AuditFile audit = read_audit(library);
    for (ordered_json& backend : object["backends"]) {
      const BackendAudit* const found = audit.find(backend["name"]);
      backend["audit"] = found == nullptr ? ordered_json() : ordered_json(found->all);
    }
    array.push_back(std::move(object));
  }
  return array;
}

fs::path temporary_for(const fs::path& path) {
  return fs::path(path).concat(fmt::format(".{}.tmp", getpid()));
}

[[noreturn]] void fail_to_write(const fs::path& path) {
  throw Failure(fmt::format("{}: can't be written: {}; choose another place with --output", path.string(),
                            std::strerror(errno)));
}

} // namespace

ordered_json results_document(const Measurement& measurement, const MeasurementPlan& plan,
                              const std::vector<ReferenceRun>& references,
                              const std::vector<LibraryDescription>& libraries, const ordered_json& machine,
                              const std::vector<std::string>& warnings) {
  const std::optional<std::string> revision = git_revision();
  ordered_json ours{{"schema", 1},
                    {"version", DISPATCHBENCH_VERSION},
                    {"git_revision", revision ? ordered_json(*revision) : ordered_json()},
                    {"seed", plan.seed},
                    {"processes", measurement.complete_processes},
                    {"repetitions", plan.repetitions},
                    {"pinned_to", measurement.pinned ? ordered_json(plan.cpu) : ordered_json()},
                    {"hardware_counters", measurement.hardware_counters},
                    {"machine", machine},
                    {"libraries", libraries_json(libraries)},
                    {"workloads", ordered_json::array()},
                    {"warnings", warnings},
                    {"failures", ordered_json::array()}};
  for (const ReferenceRun& reference : references)
    ours["workloads"].push_back({{"name", reference.workload.name},
                                 {"summary", reference.workload.summary},
                                 {"instructions", reference.profile.total}});
  for (const RowFailure& failure : measurement.failures)
    ours["failures"].push_back({{"row", failure.row}, {"reason", failure.reason}});

  ordered_json document{{"context", measurement.context}, {"benchmarks", measurement.rows}};
  document["context"]["dispatchbench"] = std::move(ours);
  return document;
}

ordered_json ci_document(const ordered_json& results) {
  std::vector<std::string> order;
  std::map<std::string, std::vector<const ordered_json*>> by_name;
  for (const ordered_json& row : results.at("benchmarks")) {
    auto& group = by_name[row.at("name")];
    if (group.empty()) order.push_back(row.at("name"));
    group.push_back(&row);
  }
  ordered_json document{{"context", results.at("context")}, {"benchmarks", ordered_json::array()}};
  for (const std::string& name : order) {
    auto& group = by_name[name];
    // A row that was really measured, so that CPU and wall time belong together; of an even number the lower
    // one.
    const auto middle = group.begin() + static_cast<std::ptrdiff_t>((group.size() - 1) / 2);
    std::nth_element(group.begin(), middle, group.end(), [](const ordered_json* a, const ordered_json* b) {
      return a->at("cpu_time").get<double>() < b->at("cpu_time").get<double>();
    });
    ordered_json row = **middle;
    row["repetitions"] = 1;
    row["repetition_index"] = 0;
    row["samples"] = group.size();
    document["benchmarks"].push_back(std::move(row));
  }
  return document;
}

void check_writable(const fs::path& path) {
  const fs::path temporary = temporary_for(path);
  std::error_code error;
  if (fs::is_directory(path, error)) {
    errno = EISDIR;
    fail_to_write(path);
  }
  if (!std::ofstream(temporary)) fail_to_write(path);
  fs::remove(temporary, error);
}

void write_atomically(const fs::path& path, const std::string& text) {
  const fs::path temporary = temporary_for(path);
  std::error_code error;
  {
    std::ofstream file(temporary, std::ios::binary);
    file << text;
    file.close();
    if (!file) {
      fs::remove(temporary, error);
      fail_to_write(path);
    }
  }
  fs::rename(temporary, path, error);
  if (error) {
    fs::remove(temporary, error);
    fail_to_write(path);
  }
}

} // namespace dispatchbench
