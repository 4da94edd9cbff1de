#include "sampling/sampler.h"

#include "sampling/server.h"
#include "system/errors.h"
#include "system/interruption.h"
#include "system/json_text.h"
#include "system/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

namespace dispatchbench {
namespace {

using nlohmann::ordered_json;
using Clock = Sampler::Clock;

constexpr std::chrono::seconds load_time_out{20};
/// A browser takes seconds to start, and many where the machine is busy. Its host gives it up after a minute.
constexpr std::chrono::seconds foreign_load_time_out{90};

/// A row is named workload/backend/label, in tables a line each: throws Failure for a name that would spoil
/// that.
void check_names(const LibraryDescription& library) {
  const std::string path = library.file.path.string();
  if (!is_part_of_a_row_name(library.label()))
    throw Failure(fmt::format("{}: its label is {:?}; expected one of UTF-8 without slash, space and control "
                              "characters, which LABEL=PATH or the folder's libraries.json can give it",
                              path, library.label()));
  std::set<std::string> names;
  for (const auto& backend : library.backends) {
    if (!is_part_of_a_row_name(backend.name))
      throw Failure(fmt::format("{}: a backend is named {:?}; expected a name of UTF-8 without slash, space "
                                "and control characters",
                                path, backend.name));
    if (!names.insert(backend.name).second)
      throw Failure(
          fmt::format("{}: two backends are named {:?}; expected each name once", path, backend.name));
  }
}

} // namespace

HostProcess start_host(const LibraryFile& file, const HostOptions& options) {
  if (!file.host.empty()) return HostProcess::start(file.host);
  if (options.fresh_addresses) return HostProcess::start({"dispatchbench", "serve"}, "/proc/self/exe");
  return HostProcess::fork_this(serve);
}

template <class Read> auto Sampler::understood(const Read& read) const {
  try {
    return read();
  } catch (const ordered_json::exception& error) {
    throw Failure(fmt::format("{}: its host's answer isn't as harness/sampling/protocol.h says: {}",
                              file_.path.string(), reason_of(error)));
  }
}

Sampler::Sampler(const LibraryFile& file, const HostOptions& options)
    : Sampler(file, options, start_host(file, options)) {}

Sampler::Sampler(const LibraryFile& file, const HostOptions& options, HostProcess host)
    : file_(file), host_(std::move(host)) {
  ordered_json loaded;
  try {
    loaded = ask({{"request", "load"},
                  {"library", std::filesystem::absolute(file.path).string()},
                  {"cpu", options.cpu},
                  {"shift_pages", options.shift_pages},
                  {"private", options.private_copy}},
                 Clock::now() + (file.host.empty() ? load_time_out : foreign_load_time_out));
  } catch (const HostEnded& end) {
    const bool may_be_missing = !file.host.empty() && std::string(end.what()).ends_with("code 127");
    throw Failure(fmt::format(
        "{}: the process that loaded it {}{}", file.path.string(), end.what(),
        may_be_missing ? fmt::format("; is its host's program, {}, installed?", file.host.front()) : ""));
  }
  understood([&] {
    library_ = library_from_json(loaded.at("library"), file);
    pinned_ = loaded.value("pinned", false);
    not_pinned_ = loaded.value("not_pinned", "");
    return true;
  });
  check_names(library_);
}

RunOutcome Sampler::run(const Workload& workload, const std::string& backend,
                        std::chrono::milliseconds time_out) {
  return run(workload, backend, time_out, {{"request", "run"}});
}

RunOutcome Sampler::run_afresh(const Workload& workload, const std::string& backend,
                               std::chrono::milliseconds time_out, std::uint64_t added_steps) {
  return run(workload, backend, time_out,
             {{"request", "run"}, {"afresh", true}, {"added_steps", added_steps}});
}

RunOutcome Sampler::run(const Workload& workload, const std::string& backend,
                        std::chrono::milliseconds time_out, ordered_json request) {
  const Clock::time_point deadline = Clock::now() + time_out;
  request["backend"] = backend;
  request["program"] = number_of(workload, deadline);
  const ordered_json outcome = ask(request, deadline);
  return understood([&]() -> RunOutcome {
    if (const auto at = outcome.find("refused"); at != outcome.end())
      return {{}, as_one_line(at->get<std::string>()), {}};
    const RunTimes times{outcome.at("cpu"), outcome.at("wall"), outcome.value("prepare", 0.0)};
    check_time(times.cpu);
    check_time(times.wall);
    return {times, std::nullopt, outcome.at("digest")};
  });
}

ColdOutcome Sampler::cold(const Workload& workload, const std::string& backend,
                          const std::vector<std::uint64_t>& writes, std::chrono::milliseconds time_out) {
  const Clock::time_point deadline = Clock::now() + time_out;
  const ordered_json outcome = ask({{"request", "cold"},
                                    {"backend", backend},
                                    {"program", number_of(workload, deadline)},
                                    {"writes", writes}},
                                   deadline);
  return understood([&]() -> ColdOutcome {
    if (const auto at = outcome.find("refused"); at != outcome.end())
      return {{}, as_one_line(at->get<std::string>()), {}};
    ColdTimes times{outcome.value("prepare", 0.0), outcome.at("writes"), outcome.at("whole"), std::nullopt};
    if (const auto at = outcome.find("memory"); at != outcome.end()) times.memory = at->get<std::uint64_t>();
    for (const double nanoseconds : times.writes) check_time(nanoseconds);
    check_time(times.whole);
    return {times, std::nullopt, outcome.at("digest")};
  });
}

std::unique_ptr<MachineState> Sampler::state(std::chrono::milliseconds time_out) {
  const ordered_json answered = ask({{"request", "state"}}, Clock::now() + time_out);
  return understood([&] { return state_from_json(answered.at("state")); });
}

SampledBatch Sampler::batch(const std::vector<SampledRow>& rows, int repetitions, std::uint64_t seed,
                            const std::vector<std::string>& benchmark_flags,
                            std::chrono::milliseconds time_out,
                            const std::function<void(const std::string&)>& on_begin) {
  const Clock::time_point deadline = Clock::now() + time_out;
  ordered_json request{{"request", "batch"},
                       {"rows", ordered_json::array()},
                       {"repetitions", repetitions},
                       {"seed", seed},
                       {"flags", benchmark_flags}};
  for (const SampledRow& row : rows)
    request["rows"].push_back(
        {{"name", row.name}, {"backend", row.backend}, {"program", number_of(*row.workload, deadline)}});
  send(request, deadline);
  for (;;) {
    ordered_json object = answer(deadline);
    if (!object.contains("begin"))
      return understood([&]() -> SampledBatch {
        SampledBatch result{std::move(object.at("batch")),
                            object.value("hardware_counters", ordered_json::object()),
                            object.at("digests"),
                            {}};
        for (const ordered_json& reading : object.value("probe", ordered_json::array()))
          result.probe.push_back({reading.at(0), reading.at(1)});
        return result;
      });
    on_begin(understood([&] { return object["begin"].get<std::string>(); }));
  }
}

void Sampler::take_cases(const std::vector<CheckCase>& cases, std::chrono::milliseconds time_out) {
  constexpr std::size_t most_at_once = 500;
  for (std::size_t first = 0; first < cases.size(); first += most_at_once) {
    std::string request = R"({"request":"cases","cases":[)";
    for (std::size_t i = first; i < std::min(first + most_at_once, cases.size()); ++i)
      request += (i == first ? "" : ",") + cases[i].start;
    const Clock::time_point deadline = Clock::now() + time_out;
    host_.send(request + "]}", deadline);
    answer(deadline);
  }
}

std::optional<std::string> Sampler::check(const std::string& backend,
                                          const std::function<std::chrono::milliseconds()>& time_out,
                                          const std::function<bool(const std::string&)>& is_right,
                                          const std::function<void(const ordered_json&)>& on_other) {
  send({{"request", "check"}, {"backend", backend}}, Clock::now() + time_out());
  for (;;) {
    const std::string line = host_.receive(Clock::now() + time_out());
    if (is_right(line)) continue;
    const ordered_json answered = parsed(line);
    if (answered.contains("checked")) return std::nullopt;
    if (const auto at = answered.find("ended"); at != answered.end())
      return understood([&] { return at->get<std::string>(); });
    understood([&] {
      on_other(answered);
      return true;
    });
  }
}

void Sampler::send(const ordered_json& request, Clock::time_point deadline) {
  host_.send(json_text(request), deadline);
}

void Sampler::check_time(double nanoseconds) const {
  if (!(nanoseconds > 0) || !std::isfinite(nanoseconds))
    throw Failure(fmt::format("{}: its host's clock says that a run took {} ns; expected more than 0",
                              file_.path.string(), nanoseconds));
}

ordered_json Sampler::ask(const ordered_json& request, Clock::time_point deadline) {
  send(request, deadline);
  return answer(deadline);
}

ordered_json Sampler::answer(Clock::time_point deadline) { return parsed(host_.receive(deadline)); }

ordered_json Sampler::parsed(const std::string& line) const {
  ordered_json object = ordered_json::parse(line, nullptr, false);
  if (!object.is_object())
    throw Failure(
        fmt::format("{}: its host answered {:?}; expected a JSON object as harness/sampling/protocol.h "
                    "says",
                    file_.path.string(), line.substr(0, 200)));
  if (const auto at = object.find("error"); at != object.end())
    throw HostError(at->is_string() ? as_printable(at->get<std::string>()) : described(*at));
  return object;
}

std::size_t Sampler::number_of(const Workload& workload, Clock::time_point deadline) {
  if (const auto at = programs_.find(&workload); at != programs_.end()) return at->second;
  ordered_json arguments = ordered_json::array();
  for (const std::string& argument : workload.input.arguments) arguments.push_back(to_hex(argument));
  const ordered_json answered = ask({{"request", "program"},
                                     {"name", workload.name},
                                     {"rom", to_hex(workload.rom)},
                                     {"input", to_hex(workload.input.console)},
                                     {"arguments", std::move(arguments)},
                                     {"frames", workload.input.frames}},
                                    deadline);
  return programs_[&workload] = understood([&] { return answered.at("program").get<std::size_t>(); });
}

std::vector<LibraryDescription>
describe_libraries(const std::vector<LibraryFile>& files,
                   const std::function<void(const LibraryFile& file, const Failure& failure)>& on_failure) {
  std::vector<LibraryDescription> descriptions;
  std::set<std::string> labels;
  for (const LibraryFile& file : files) {
    try {
      descriptions.push_back(Sampler(file, {}).library());
    } catch (const Failure& failure) {
      check_interrupted("loading the libraries");
      on_failure(file, failure);
      continue;
    }
    if (!labels.insert(descriptions.back().label()).second)
      throw UsageError(
          fmt::format("--library {}: the label \"{}\" is already taken by another library; name it with "
                      "LABEL=PATH",
                      file.path.string(), descriptions.back().label()));
  }
  return descriptions;
}

std::vector<LibraryDescription> describe_libraries(const std::vector<LibraryFile>& files) {
  return describe_libraries(files,
                            [](const LibraryFile&, const Failure& failure) { throw Failure(failure); });
}

} // namespace dispatchbench
