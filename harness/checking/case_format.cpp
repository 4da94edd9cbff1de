#include "checking/case_format.h"

#include "system/hex.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <iterator>
#include <map>
#include <memory>
#include <span>
#include <stdexcept>

namespace dispatchbench {
namespace {

using nlohmann::ordered_json;

std::uint8_t background_byte(const std::string& name, unsigned address) {
  if (name == "brk") return 0x00;
  if (name == "sled") return (address & 0xff) != 0 ? 0x01 : 0x00;
  if (name == "noise") return static_cast<std::uint8_t>(address * 167 + (address >> 8) * 89 + 13);
  throw std::runtime_error(fmt::format("background \"{}\": expected brk, sled or noise", name));
}

void put(std::span<std::uint8_t> region, std::size_t address, const std::string& bytes) {
  if (address + bytes.size() > region.size())
    throw std::runtime_error(
        fmt::format("{} bytes at {:04x} don't fit into {} bytes", bytes.size(), address, region.size()));
  std::copy(bytes.begin(), bytes.end(), region.begin() + static_cast<std::ptrdiff_t>(address));
}

std::string bytes_of(const ordered_json& hex) { return from_hex(hex.get_ref<const std::string&>()); }

std::vector<CaseStart::Stretch> read_stretches(const ordered_json& list, std::size_t region_bytes) {
  std::vector<CaseStart::Stretch> stretches;
  for (const ordered_json& each : list) {
    stretches.push_back({each.at(0).get<std::uint16_t>(), bytes_of(each.at(1))});
    if (stretches.back().address + stretches.back().bytes.size() > region_bytes)
      throw std::runtime_error(fmt::format("{} at {:04x} doesn't fit into {} bytes", each.at(1).dump(),
                                           stretches.back().address, region_bytes));
  }
  return stretches;
}

void put_all(std::span<std::uint8_t> region, const std::vector<CaseStart::Stretch>& stretches) {
  for (const CaseStart::Stretch& stretch : stretches) put(region, stretch.address, stretch.bytes);
}

void apply_changes(const ordered_json& changes, std::span<std::uint8_t> region) {
  for (const ordered_json& change : changes)
    put(region, change.at(0).get<std::size_t>(), bytes_of(change.at(1)));
}

/// Appends each stretch of bytes that differs from `before`, with its address.
void append_changes(std::string& text, std::span<const std::uint8_t> before,
                    std::span<const std::uint8_t> after) {
  constexpr std::size_t page = 0x100;
  std::size_t begin = 0; // Of the stretch that is being read, up to `end`.
  std::size_t end = 0;
  const auto finish = [&] {
    if (begin != end)
      fmt::format_to(std::back_inserter(text), "{}[{},\"{}\"]", text.back() == '[' ? "" : ",", begin,
                     to_hex(after.subspan(begin, end - begin)));
  };
  text += '[';
  for (std::size_t first = 0; first < before.size(); first += page) {
    if (std::memcmp(&before[first], &after[first], page) == 0) continue;
    for (std::size_t i = first; i < first + page; ++i) {
      if (before[i] == after[i]) continue;
      if (i != end || begin == end) {
        finish();
        begin = i;
      }
      end = i + 1;
    }
  }
  finish();
  text += ']';
}

/// Appends pointers and changes, without the brace that ends the object.
void append_state(std::string& text, const StateView& state, const MachineState& before) {
  fmt::format_to(std::back_inserter(text), R"({{"pc":{},"wst":{},"rst":{},"working_stack":)", state.pc,
                 state.wst, state.rst);
  append_changes(text, before.working_stack, state.working_stack);
  text += R"(,"return_stack":)";
  append_changes(text, before.return_stack, state.return_stack);
  text += R"(,"device_page":)";
  append_changes(text, before.device_page, state.device_page);
  text += R"(,"ram":)";
  append_changes(text, before.ram, state.ram);
}

} // namespace

const std::array<std::uint8_t, ram_bytes>& background(const std::string& name) {
  static std::map<std::string, std::array<std::uint8_t, ram_bytes>> made;
  const auto known = made.find(name);
  if (known != made.end()) return known->second;
  background_byte(name, 0); // Throws before anything is kept.
  auto& bytes = made[name];
  for (unsigned address = 0; address < ram_bytes; ++address) bytes[address] = background_byte(name, address);
  return bytes;
}

void Surroundings::fill_in(MachineState& state) const {
  state.ram = dispatchbench::background(background);
  std::uint32_t next = fill;
  for (const std::span<std::uint8_t> region :
       {std::span<std::uint8_t>(state.working_stack), std::span<std::uint8_t>(state.return_stack),
        std::span<std::uint8_t>(state.device_page)})
    for (std::uint8_t& byte : region) {
      byte = static_cast<std::uint8_t>(next >> 24);
      next = next * 1103515245 + 12345;
    }
  state.devices.reset();
}

void CaseStart::write_to(MachineState& state) const {
  surroundings.fill_in(state);
  put_all(state.ram, ram);
  put_all(state.working_stack, working_stack);
  put_all(state.return_stack, return_stack);
  put_all(state.device_page, device_page);
  state.pc = pc;
  state.wst = wst;
  state.rst = rst;
}

CaseStart case_start_from_json(const ordered_json& object) {
  CaseStart start;
  object.at("background").get_to(start.surroundings.background);
  object.at("fill").get_to(start.surroundings.fill);
  background(start.surroundings.background); // Throws if there is none.
  const ordered_json& from = object.at("start");
  start.ram = read_stretches(from.at("ram"), ram_bytes);
  start.working_stack = read_stretches(from.at("working_stack"), stack_bytes);
  start.return_stack = read_stretches(from.at("return_stack"), stack_bytes);
  start.device_page = read_stretches(from.at("device_page"), device_page_bytes);
  from.at("pc").get_to(start.pc);
  from.at("wst").get_to(start.wst);
  from.at("rst").get_to(start.rst);
  return start;
}

std::string case_start_text(const MachineState& state, const Surroundings& surroundings) {
  const auto around = std::make_unique<MachineState>();
  surroundings.fill_in(*around);
  std::string text =
      fmt::format(R"({{"background":"{}","fill":{},"start":)", surroundings.background, surroundings.fill);
  append_state(text, state, *around);
  return text + "}}";
}

std::string case_end_text(const StateView& end, const MachineState& start) {
  std::string text;
  append_state(text, end, start);
  fmt::format_to(
      std::back_inserter(text),
      R"(,"console_output":"{}","console_error":"{}","console_vector":{},"screen_vector":{},"stop":{},"exit_code":{}}})",
      to_hex(end.devices.output), to_hex(end.devices.error), end.devices.console_vector,
      end.devices.screen_vector, end.devices.stopped, end.devices.exit_code);
  return text;
}

void apply_case_end(const ordered_json& end, MachineState& state) {
  apply_changes(end.at("working_stack"), state.working_stack);
  apply_changes(end.at("return_stack"), state.return_stack);
  apply_changes(end.at("device_page"), state.device_page);
  apply_changes(end.at("ram"), state.ram);
  end.at("pc").get_to(state.pc);
  end.at("wst").get_to(state.wst);
  end.at("rst").get_to(state.rst);
  state.devices.output = bytes_of(end.at("console_output"));
  state.devices.error = bytes_of(end.at("console_error"));
  end.at("console_vector").get_to(state.devices.console_vector);
  end.at("screen_vector").get_to(state.devices.screen_vector);
  end.at("stop").get_to(state.devices.stopped);
  end.at("exit_code").get_to(state.devices.exit_code);
}

} // namespace dispatchbench
