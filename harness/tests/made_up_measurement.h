// Measurements whose times are known, for what is made of them.
#pragma once

#include "measuring/analysis.h"
#include "subjects/audit_file.h"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <deque>
#include <string>
#include <vector>

namespace dispatchbench {

/// Competitors with the times and code that JSON describes as leading_cases.json does.
class MadeUpMeasurement {
public:
  explicit MadeUpMeasurement(const nlohmann::json& competitors) {
    for (const nlohmann::json& entry : competitors) {
      add_library(entry.at("library"), entry.at("host"));
      for (const auto& [name, times] : entry.at("times").items()) add_workload(name);
    }
    for (const ReferenceRun& reference : references_)
      for (const nlohmann::json& entry : competitors) add_row(reference, entry);
    for (std::size_t i = 0; i < libraries_.size(); ++i) audited_.push_back({&libraries_[i], &audits_[i]});
    for (const nlohmann::json& entry : competitors)
      competitors_.push_back({entry.at("backend"), entry.at("library")});
  }

  MadeUpMeasurement(const MadeUpMeasurement&) = delete; // Its parts point to each other.
  MadeUpMeasurement& operator=(const MadeUpMeasurement&) = delete;

  Analysis analysis() const { return {rows_, measurement_}; }
  const Measurement& measurement() const { return measurement_; }
  const std::vector<AuditedLibrary>& libraries() const { return audited_; }
  const std::vector<Competitor>& competitors() const { return competitors_; }

private:
  void add_library(const std::string& label, const std::string& host) {
    if (find(label) < libraries_.size()) return;
    LibraryDescription& library = libraries_.emplace_back();
    library.file.label = label;
    library.host = host;
    audits_.emplace_back();
  }

  void add_workload(const std::string& name) {
    for (const ReferenceRun& each : references_)
      if (each.workload.name == name) return;
    ReferenceRun& reference = references_.emplace_back();
    reference.workload.name = name;
    reference.profile.total = 1000;
  }

  void add_row(const ReferenceRun& reference, const nlohmann::json& entry) {
    const std::size_t place = find(entry.at("library"));
    LibraryDescription& library = libraries_[place];
    const std::string backend = entry.at("backend");
    if (library.find(backend) == nullptr) {
      library.backends.emplace_back().name = backend;
      audits_[place].backends[backend] = {
          "", "", true, {{"audit_schema", audit_schema}, {"code_hash", entry.at("code")}}};
    }
    rows_.push_back({&reference, &library, backend});
    const nlohmann::json& times = entry.at("times");
    if (!times.contains(reference.workload.name)) return;
    auto& processes = measurement_.times[rows_.back().name()].cpu_nanoseconds;
    for (const nlohmann::json& time : times.at(reference.workload.name))
      processes[static_cast<int>(processes.size())] = {time.get<double>()};
  }

  std::size_t find(const std::string& label) const {
    std::size_t place = 0;
    while (place < libraries_.size() && libraries_[place].label() != label) ++place;
    return place;
  }

  std::deque<LibraryDescription> libraries_;
  std::deque<AuditFile> audits_;
  std::deque<ReferenceRun> references_; // Rows point into the first and the last.
  std::vector<BenchmarkRow> rows_;
  std::vector<AuditedLibrary> audited_;
  std::vector<Competitor> competitors_;
  Measurement measurement_;
};

} // namespace dispatchbench
