#include "sampling/server.h"

#include "sampling/batch.h"
#include "sampling/case_run.h"
#include "sampling/cold_run.h"
#include "sampling/native_library.h"
#include "sampling/protocol.h"
#include "sampling/timed_run.h"
#include "system/affinity.h"
#include "system/errors.h"
#include "system/host_process.h"
#include "system/line_stream.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <deque>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <vector>

namespace dispatchbench {
namespace {

using nlohmann::ordered_json;

/// Moves what is mapped from here on, the library first of all.
void shift_addresses(std::size_t pages) {
  constexpr std::size_t page_bytes = 4096;
  if (pages != 0 && mmap(nullptr, pages * page_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                         -1, 0) == MAP_FAILED)
    throw Failure(fmt::format("no room for {} pages: {}", pages, std::strerror(errno)));
}

class Server {
public:
  explicit Server(int out) : out_(out) {}

  /// Bytes that aren't UTF-8, in a reason or a name, are replaced.
  void send(const ordered_json& object) const {
    write_all(out_, object.dump(-1, ' ', false, ordered_json::error_handler_t::replace) + '\n');
  }

  ordered_json answer(const ordered_json& request) {
    const std::string& what = request.at("request").get_ref<const std::string&>();
    if (what == "run") return run(request);
    if (what == "cold") return cold(request);
    if (what == "state") return {{"state", to_json(run_.state())}};
    if (what == "program") return take_program(request);
    if (what == "batch") return batch(request);
    if (what == "load") return load(request);
    if (what == "cases") return take_cases(request);
    if (what == "check") return check(request);
    throw Failure(
        fmt::format("request \"{}\": expected load, program, run, cold, state, batch, cases or check", what));
  }

private:
  ordered_json load(const ordered_json& request) {
    const int cpu = request.value("cpu", -1);
    const std::string not_pinned = cpu < 0 ? "" : pin_to(cpu);
    shift_addresses(request.value("shift_pages", std::size_t{0}));
    const std::string path = request.at("library");
    library_ = request.value("private", false) ? &load_private_copy(path) : &load_library(path);
    LibraryDescription description = describe(*library_);
    description.file.path = path;
    ordered_json answer{{"library", to_json(description)}, {"pinned", cpu >= 0 && not_pinned.empty()}};
    if (!not_pinned.empty()) answer["not_pinned"] = not_pinned;
    return answer;
  }

  ordered_json take_program(const ordered_json& request) {
    programs_.push_back(program_from_json(request));
    return {{"program", programs_.size() - 1}};
  }

  ordered_json run(const ordered_json& request) {
    const Backend& chosen = backend(request);
    std::string refusal;
    if (request.value("afresh", false)) start_afresh(run_, chosen, program(request));
    const auto times =
        timed_run(run_, chosen, program(request), request.value("added_steps", std::uint64_t{0}), refusal);
    if (!times) return {{"refused", refusal}};
    return {{"cpu", times->cpu},
            {"wall", times->wall},
            {"prepare", times->prepare},
            {"digest", digest_of(run_.state())}};
  }

  ordered_json cold(const ordered_json& request) {
    const Backend& chosen = backend(request);
    std::string refusal;
    const auto times = cold_run(run_, chosen, program(request), request.at("writes"), refusal);
    if (!times) return {{"refused", refusal}};
    ordered_json answer{{"prepare", times->prepare},
                        {"writes", times->writes},
                        {"whole", times->whole},
                        {"digest", digest_of(run_.state())}};
    if (times->memory) answer["memory"] = *times->memory;
    return answer;
  }

  ordered_json batch(const ordered_json& request) {
    std::vector<BatchRow> rows;
    for (const ordered_json& row : request.at("rows"))
      rows.push_back({row.at("name"), &backend(row), &program(row)});
    BatchResult result = run_batch(
        rows,
        {request.at("repetitions"), request.at("seed"), request.value("flags", std::vector<std::string>())},
        run_, [this](const std::string& name) { send({{"begin", name}}); });
    ordered_json probe = ordered_json::array();
    for (const ProbeReading& reading : result.probe) probe.push_back({reading.seconds, reading.sharing});
    return {{"batch", std::move(result.document)},
            {"hardware_counters", std::move(result.hardware_counters)},
            {"digests", result.digests},
            {"probe", std::move(probe)}};
  }

  ordered_json take_cases(const ordered_json& request) {
    for (const ordered_json& each : request.at("cases")) cases_.push_back(case_start_from_json(each));
    return {{"cases", cases_.size()}};
  }

  /// In a process of its own: what a backend does to it harms neither the next backend nor the answer.
  ordered_json check(const ordered_json& request) const {
    const Backend& chosen = backend(request);
    HostProcess runner = HostProcess::fork_this([&](int, int done) {
      run_cases(chosen, cases_, [this](const std::string& line) { write_all(out_, line + '\n'); });
      return write_all(done, "done\n") ? exit_fine : exit_failure;
    });
    try {
      runner.receive(HostProcess::no_deadline());
    } catch (const HostEnded& end) {
      return {{"ended", end.what()}};
    }
    return {{"checked", cases_.size()}};
  }

  const Backend& backend(const ordered_json& request) const {
    if (library_ == nullptr) throw Failure("no library is loaded; expected a load request first");
    return find_backend(*library_, request.at("backend"));
  }

  const Program& program(const ordered_json& request) const {
    const std::size_t number = request.at("program");
    if (number >= programs_.size())
      throw Failure(fmt::format("program {}: expected 0 to {}", number, programs_.size()));
    return programs_[number];
  }

  int out_;
  const BackendLibrary* library_ = nullptr;
  std::deque<Program> programs_; ///< Rows of a batch point into it.
  std::vector<CaseStart> cases_;
  ProgramRun run_;
};

/// Leaves standard input and output to the protocol: what a library prints goes to standard error.
void keep_library_off_the_protocol() {
  if (const int nothing = open("/dev/null", O_RDONLY); nothing > 0) {
    dup2(nothing, STDIN_FILENO);
    close(nothing);
  }
  dup2(STDERR_FILENO, STDOUT_FILENO);
}

} // namespace

int serve(int in, int out) {
  keep_library_off_the_protocol();
  Server server(out);
  LineReader lines(in);
  for (std::string line;;) {
    while (!lines.take(line))
      if (!lines.fill()) return exit_fine;
    ordered_json answer;
    try {
      answer = server.answer(ordered_json::parse(line));
    } catch (const std::exception& error) {
      answer = {{"error", error.what()}};
    }
    server.send(answer);
  }
}

} // namespace dispatchbench
