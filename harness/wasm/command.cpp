// The backends as a WASI command that is its own host, for engines that run no JavaScript.
//
//   wasmedge MODULE '{"name": "WasmEdge", "version": "0.17.1", "program": "wasmedge 0.17.1", ...}'
//
// It speaks the sampling protocol on standard input and output; its argument is the object "engine" of
// results but for the clock. Such engines compile a module before it begins or never, so a program is warm
// after one run, and how long compiling took can't be measured from here. There is one clock, of wall time.
//
// Caveat: without exceptions, which their compilers lack, a malformed request ends it.
#include "checking/case_format.h"
#include "sampling/protocol.h"
#include "wasm/clock.h"
#include "wasm/surrounded_machine.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <deque>
#include <iostream>
#include <limits>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <span>
#include <typeinfo>

// What `throw` calls.
extern "C" void* __cxa_allocate_exception(std::size_t bytes) noexcept { return std::malloc(bytes); }
extern "C" [[noreturn]] void __cxa_throw(void*, std::type_info* type, void (*)(void*)) {
  fmt::print(stderr, "the module's host: a malformed request ({})\n", type->name());
  std::abort();
}

namespace dispatchbench {
namespace {

using nlohmann::ordered_json;

/// A sample lasts at least as many times as long as the clock's resolution.
constexpr double resolutions_per_sample = 500;

/// The smallest step that the clock is seen to make, nanoseconds.
double clock_resolution() {
  double smallest = std::numeric_limits<double>::infinity();
  for (int i = 0; i < 50; ++i) {
    const double start = now();
    double next = now();
    while (next == start) next = now();
    smallest = std::min(smallest, next - start);
  }
  return smallest;
}

/// Date and time, as Google Benchmark has them in its context.
std::string date() {
  const std::time_t seconds = std::time(nullptr);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", std::gmtime(&seconds));
  return text.data();
}

ordered_json to_json(const Backend& backend, const BackendLibrary& library) {
  return {{"name", backend.name},
          {"family", backend.family},
          {"dispatch", backend.dispatch},
          {"summary", backend.summary},
          {"expected", backend.expected},
          {"language", backend.language == nullptr ? library.language : backend.language},
          {"prepares", backend.prepare != nullptr},
          {"budgeted", (backend.flags & DISPATCHBENCH_BUDGETED) != 0},
          {"on_request", (backend.flags & DISPATCHBENCH_ON_REQUEST) != 0},
          {"source_lines", backend.source_lines}};
}

/// What runs it, as a word for tables: wasmedge 0.17.1 (WasmEdge) --run-mode=aot.
std::string host_name(const ordered_json& engine) {
  std::string name =
      fmt::format("{} ({})", engine.value("program", std::string()), engine.value("name", std::string()));
  for (const ordered_json& flag : engine.value("flags", ordered_json::array()))
    name += ' ' + flag.get_ref<const std::string&>();
  return name;
}

/// The machine on which cases run: around it nothing may change.
class CaseMachine {
public:
  void start_from(const MachineState& state) {
    const std::span<std::uint8_t> bytes = all();
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = pattern(i);
    machine_ = {};
    regions_->lend_to(machine_);
    devices_.attach(machine_);
    devices_.reset();
    state.write_to(machine_, devices_);
  }

  Machine& machine() { return machine_; }
  StateView state() const { return {machine_, devices_}; }

  /// Whether something beside the regions was written to.
  bool is_harmed() const {
    const std::span<const std::uint8_t> bytes = all();
    for (std::size_t i = 0; i < bytes.size(); ++i)
      if (bytes[i] != pattern(i) && !is_in_a_region(&bytes[i])) return true;
    return false;
  }

private:
  static std::uint8_t pattern(std::size_t place) { return static_cast<std::uint8_t>(place * 37 + 11); }
  std::span<std::uint8_t> all() const {
    return {reinterpret_cast<std::uint8_t*>(regions_.get()), sizeof *regions_};
  }
  bool is_in_a_region(const std::uint8_t* byte) const {
    const auto holds = [byte](const auto& region) {
      return byte >= region.data() && byte < region.data() + region.size();
    };
    return holds(regions_->ram) || holds(regions_->working_stack) || holds(regions_->return_stack) ||
           holds(regions_->device_page);
  }

  std::unique_ptr<SurroundedMachine> regions_ = std::make_unique<SurroundedMachine>();
  Machine machine_{};
  Devices devices_;
};

class Host {
public:
  explicit Host(ordered_json engine) : engine_(std::move(engine)), resolution_(clock_resolution()) {
    engine_["clock_resolution"] = resolution_;
  }

  ordered_json answer(const ordered_json& request) {
    const std::string what = request.value("request", "");
    if (what == "load") return load(request);
    if (what == "program") {
      programs_.push_back(program_from_json(request));
      return {{"program", programs_.size() - 1}};
    }
    if (what == "run") return run(request);
    if (what == "state") return {{"state", dispatchbench::to_json(run_.state())}};
    if (what == "batch") return batch(request);
    if (what == "cases") {
      for (const ordered_json& each : request.at("cases")) cases_.push_back(case_start_from_json(each));
      return {{"cases", cases_.size()}};
    }
    if (what == "check") return check(request);
    if (what == "cold") return {{"error", "cold: a WASI command can't measure how long it was compiled"}};
    return {{"error",
             fmt::format("request \"{}\": expected load, program, run, state, batch, cases or check", what)}};
  }

  static void send(const ordered_json& object) { send_line(object.dump()); }

private:
  static void send_line(const std::string& line) {
    fmt::print("{}\n", line);
    std::fflush(stdout);
  }

  ordered_json load(const ordered_json& request) const {
    ordered_json description{{"label", library_.label},
                             {"host", host_name(engine_)},
                             {"language", library_.language},
                             {"compiler", library_.compiler},
                             {"compiler_version", library_.compiler_version},
                             {"flags", library_.flags},
                             {"target", library_.target},
                             {"backends", ordered_json::array()},
                             {"unavailable", ordered_json::array()},
                             {"engine", engine_}};
    for (const Backend& backend : backends()) description["backends"].push_back(to_json(backend, library_));
    for (const UnavailableBackend& each : std::span(library_.unavailable, library_.unavailable_count))
      description["unavailable"].push_back({{"name", each.name}, {"reason", each.reason}});
    ordered_json answer{{"library", std::move(description)}, {"pinned", false}};
    if (request.value("cpu", -1) >= 0) answer["not_pinned"] = "WASI has nothing to pin a process with";
    return answer;
  }

  /// The times of one run from a loaded program on, or why the backend refuses it.
  ordered_json timed(const Backend& backend, const Program& program) {
    run_.load(program, backend);
    const double start = now();
    const char* const refusal = run_.prepare();
    const double prepared = now();
    if (refusal != nullptr) return {{"refused", refusal}};
    run_.run(program);
    const double time = now() - start;
    return {
        {"cpu", time}, {"wall", time}, {"prepare", prepared - start}, {"digest", digest_of(run_.state())}};
  }

  ordered_json run(const ordered_json& request) {
    if (request.value("added_steps", 0) != 0)
      return {{"error", "added_steps: this host can't slow a run down; leave it out"}};
    const Backend& chosen = backend(request);
    const Program& program = programs_.at(request.at("program"));
    if (request.value("afresh", false)) timed(chosen, program);
    return timed(chosen, program);
  }

  ordered_json batch(const ordered_json& request) {
    const int repetitions = request.at("repetitions");
    std::vector<const ordered_json*> samples;
    for (const ordered_json& row : request.at("rows")) samples.insert(samples.end(), repetitions, &row);
    std::mt19937_64 random(request.at("seed").get<std::uint64_t>());
    std::shuffle(samples.begin(), samples.end(), random);
    std::map<std::string, std::set<std::string>> digests;
    std::map<std::string, int> taken;
    ordered_json benchmarks = ordered_json::array();
    for (const ordered_json* row : samples) {
      const std::string name = row->at("name");
      send({{"begin", name}});
      ordered_json benchmark{{"name", name},
                             {"run_name", name},
                             {"run_type", "iteration"},
                             {"repetitions", repetitions},
                             {"repetition_index", taken[name]++},
                             {"threads", 1},
                             {"time_unit", "ns"}};
      benchmark.update(sample(backend(*row), programs_.at(row->at("program")), digests[name]));
      benchmarks.push_back(std::move(benchmark));
    }
    return {{"batch",
             {{"context", {{"date", date()}, {"executable", host_name(engine_)}}},
              {"benchmarks", std::move(benchmarks)}}},
            {"hardware_counters", ordered_json::object()},
            {"digests", digests}};
  }

  /// One sample: as many runs as the clock's resolution asks for, after one that isn't timed.
  ordered_json sample(const Backend& backend, const Program& program, std::set<std::string>& digests) {
    const ordered_json first = timed(backend, program);
    if (first.contains("refused"))
      return {{"error_occurred", true},
              {"error_message", first["refused"]},
              {"iterations", 0},
              {"real_time", 0},
              {"cpu_time", 0}};
    digests.insert(first["digest"]);
    const double once = std::max(first["cpu"].get<double>(), resolution_);
    const double iterations = std::max(1.0, std::ceil(resolutions_per_sample * resolution_ / once));
    double time = 0;
    double prepare = 0;
    for (int i = 0; i < iterations; ++i) {
      const ordered_json one = timed(backend, program);
      time += one["cpu"].get<double>();
      prepare += one["prepare"].get<double>();
      digests.insert(one["digest"]);
    }
    return {{"iterations", iterations},
            {"real_time", time / iterations},
            {"cpu_time", time / iterations},
            {"prepare_time", prepare / iterations}};
  }

  ordered_json check(const ordered_json& request) {
    const Backend& chosen = backend(request);
    const auto start = std::make_unique<MachineState>();
    for (const CaseStart& each : cases_) {
      each.write_to(*start);
      case_machine_.start_from(*start);
      if (const char* const refusal = run_from_state(chosen, &case_machine_.machine())) {
        send({{"refused", refusal}});
        continue;
      }
      if (case_machine_.is_harmed()) return {{"ended", "wrote outside its memory"}};
      send_line(R"({"ends":[)" + case_end_text(case_machine_.state(), *start) + "]}");
    }
    return {{"checked", cases_.size()}};
  }

  std::span<const Backend> backends() const { return {library_.backends, library_.backend_count}; }

  const Backend& backend(const ordered_json& request) const {
    const std::string& name = request.at("backend").get_ref<const std::string&>();
    const auto found =
        std::ranges::find_if(backends(), [&](const Backend& each) { return each.name == name; });
    if (found == backends().end()) throw std::runtime_error("no backend " + name);
    return *found;
  }

  const BackendLibrary& library_ = *dispatchbench_library();
  ordered_json engine_;
  double resolution_;
  std::deque<Program> programs_;
  std::vector<CaseStart> cases_;
  ProgramRun run_;
  CaseMachine case_machine_;
};

} // namespace
} // namespace dispatchbench

int main(int count, char** arguments) {
  using dispatchbench::Host;
  using nlohmann::ordered_json;
  Host host(count > 1 ? ordered_json::parse(arguments[1]) : ordered_json::object());
  for (std::string line; std::getline(std::cin, line);) Host::send(host.answer(ordered_json::parse(line)));
}
