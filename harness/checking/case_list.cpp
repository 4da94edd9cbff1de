#include "checking/case_list.h"

#include "checking/case_format.h"
#include "checking/describe_start.h"
#include "checking/random_states.h"
#include "machine/guarded_machine.h"
#include "machine/reference.h"
#include "system/errors.h"
#include "system/files.h"
#include "system/json_text.h"

#include <fmt/format.h>

#include <algorithm>

namespace dispatchbench {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

constexpr std::uint64_t programs = 4'000 / DISPATCHBENCH_CHECK_PARTS;
constexpr std::uint64_t first_seed = 20260401;
/// Neither a vector nor a random program needs more; random ones that do are replaced.
constexpr std::uint64_t max_instructions = 2'000;

bool run_reference_interpreter(Machine* machine, std::uint64_t most) {
  static InstructionProfile profile; // Its 512 KiB would otherwise be cleared for every case.
  profile.total = 0;
  return run_vector_on_reference(machine, profile, most);
}

/// The vectors, one JSON object a line.
std::vector<CheckCase> read_vectors(const fs::path& file, std::string_view content) {
  std::vector<CheckCase> vectors;
  for (std::uint64_t number = 0; !content.empty(); ++number) {
    const std::string_view line = content.substr(0, content.find('\n'));
    content.remove_prefix(std::min(line.size() + 1, content.size()));
    if (number % check_parts != 0) continue;
    try {
      const ordered_json object = ordered_json::parse(line);
      CheckCase vector;
      vector.name = fmt::format("opcode vector \"{}\"", object.at("name").get_ref<const std::string&>());
      vector.start = ordered_json{{"background", object.at("background")},
                                  {"fill", object.at("fill")},
                                  {"start", object.at("start")}}
                         .dump();
      vector.end = object.at("end").dump();
      vectors.push_back(std::move(vector));
    } catch (const ordered_json::exception& error) {
      throw Failure(fmt::format("{}: line {} is no opcode vector: {}; build the target dispatchbench again",
                                file.string(), number + 1, reason_of(error)));
    }
  }
  if (vectors.empty())
    throw Failure(
        fmt::format("{}: holds no opcode vector; build the target dispatchbench again", file.string()));
  return vectors;
}

std::optional<std::string> difference_of_text(const CheckCase& each, const std::string& end) {
  if (end == each.end) return std::nullopt;
  return each.difference(ordered_json::parse(end));
}

/// Throws Failure if the reference fails one.
void check_reference(const std::vector<CheckCase>& vectors, InterpreterFunction reference) {
  GuardedMachine machine(Guard::behind);
  for (const CheckCase& vector : vectors) {
    const auto start = vector.start_state();
    machine.start_from(*start);
    std::optional<std::string> problem;
    if (!reference(&machine.machine(), max_instructions))
      problem = fmt::format("doesn't end within {} instructions", max_instructions);
    else
      problem = difference_of_text(vector, case_end_text({machine.machine(), machine.devices()}, *start));
    if (problem)
      throw Failure(fmt::format("the reference interpreter, which is part of this program, fails {}: {}. No "
                                "backend is to blame: the "
                                "instruction set's own definition (backends/isa/semantics.h) or this build "
                                "of it is wrong, so nothing can "
                                "be checked against it",
                                vector.name, *problem));
  }
}

std::vector<CheckCase> random_programs(InterpreterFunction reference) {
  std::vector<CheckCase> cases;
  GuardedMachine machine(Guard::behind);
  const auto start = std::make_unique<MachineState>();
  for (std::uint64_t number = 0; cases.size() < programs; ++number) {
    const Surroundings surroundings = make_program(*start, first_seed + number);
    machine.start_from(*start);
    if (!reference(&machine.machine(), max_instructions)) continue;
    cases.push_back({fmt::format("random program {}", number), case_start_text(*start, surroundings),
                     case_end_text({machine.machine(), machine.devices()}, *start)});
  }
  return cases;
}

} // namespace

const std::uint64_t check_parts = DISPATCHBENCH_CHECK_PARTS;

std::unique_ptr<MachineState> CheckCase::start_state() const {
  auto state = std::make_unique<MachineState>();
  case_start_from_json(ordered_json::parse(start)).write_to(*state);
  return state;
}

std::optional<std::string> CheckCase::difference(const ordered_json& found_end) const {
  const auto begin = start_state();
  const auto found = std::make_unique<MachineState>(*begin);
  const auto expected = std::make_unique<MachineState>(*begin);
  apply_case_end(found_end, *found);
  apply_case_end(ordered_json::parse(end), *expected);
  auto text = first_difference(*found, *expected);
  if (text) *text += fmt::format("; it started with {}", describe_start(*begin));
  return text;
}

fs::path vectors_file() {
  const fs::path beside = own_path().parent_path() / "dispatchbench_vectors.jsonl";
  if (std::error_code error; !fs::exists(beside, error))
    throw Failure(
        fmt::format("{}: isn't there; expected the opcode vectors that are built beside this program. Build "
                    "the target dispatchbench again (cmake --build --preset clang)",
                    beside.string()));
  return beside;
}

CaseList make_case_list(const fs::path& file, std::string_view content, InterpreterFunction reference) {
  CaseList list{read_vectors(file, content), 0};
  list.vectors = list.cases.size();
  check_reference(list.cases, reference);
  for (CheckCase& program : random_programs(reference)) list.cases.push_back(std::move(program));
  return list;
}

CaseList make_case_list(const fs::path& file, std::string_view content) {
  return make_case_list(file, content, run_reference_interpreter);
}

} // namespace dispatchbench
