#include "sampling/protocol.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <stdexcept>

namespace dispatchbench {
namespace {

using nlohmann::ordered_json;

template <std::size_t size>
void read_region(const ordered_json& object, const char* name, std::array<std::uint8_t, size>& region) {
  const std::string bytes = from_hex(object.at(name).get_ref<const std::string&>());
  if (bytes.size() != size)
    throw std::runtime_error(fmt::format("{} has {} bytes; expected {}", name, bytes.size(), size));
  std::copy(bytes.begin(), bytes.end(), region.begin());
}

} // namespace

Program program_from_json(const ordered_json& request) {
  const std::string rom = from_hex(request.at("rom").get_ref<const std::string&>());
  if (rom.size() > rom_bytes_max)
    throw std::runtime_error(
        fmt::format("a ROM of {} bytes; expected at most {}", rom.size(), rom_bytes_max));
  ProgramInput input{from_hex(request.value("input", "")), {}, request.value("frames", default_frames)};
  for (const ordered_json& argument : request.value("arguments", ordered_json::array()))
    input.arguments.push_back(from_hex(argument.get_ref<const std::string&>()));
  if (input.frames < 0) throw std::runtime_error(fmt::format("{} frames; expected 0 or more", input.frames));
  return {request.at("name"), {rom.begin(), rom.end()}, std::move(input)};
}

ordered_json to_json(const StateView& state) {
  return {{"pc", state.pc},
          {"wst", state.wst},
          {"rst", state.rst},
          {"exit_code", state.devices.exit_code},
          {"stopped", state.devices.stopped},
          {"console_vector", state.devices.console_vector},
          {"screen_vector", state.devices.screen_vector},
          {"ram", to_hex(state.ram)},
          {"working_stack", to_hex(state.working_stack)},
          {"return_stack", to_hex(state.return_stack)},
          {"device_page", to_hex(state.device_page)},
          {"output", to_hex(state.devices.output)},
          {"error", to_hex(state.devices.error)}};
}

std::unique_ptr<MachineState> state_from_json(const ordered_json& object) {
  auto state = std::make_unique<MachineState>();
  object.at("pc").get_to(state->pc);
  object.at("wst").get_to(state->wst);
  object.at("rst").get_to(state->rst);
  object.at("exit_code").get_to(state->devices.exit_code);
  object.at("stopped").get_to(state->devices.stopped);
  object.at("console_vector").get_to(state->devices.console_vector);
  object.at("screen_vector").get_to(state->devices.screen_vector);
  read_region(object, "ram", state->ram);
  read_region(object, "working_stack", state->working_stack);
  read_region(object, "return_stack", state->return_stack);
  read_region(object, "device_page", state->device_page);
  state->devices.output = from_hex(object.at("output").get_ref<const std::string&>());
  state->devices.error = from_hex(object.at("error").get_ref<const std::string&>());
  return state;
}

} // namespace dispatchbench
