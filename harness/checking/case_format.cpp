#include "checking/case_format.h"

#include "system/hex.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <map>
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

template <std::size_t size> void read_whole(const ordered_json& hex, std::array<std::uint8_t, size>& region) {
  const std::string bytes = bytes_of(hex);
  if (bytes.size() != size)
    throw std::runtime_error(fmt::format("{} bytes; expected {}", bytes.size(), size));
  put(region, 0, bytes);
}

void apply_changes(const ordered_json& changes, std::span<std::uint8_t> region) {
  for (const ordered_json& change : changes)
    put(region, change.at(0).get<std::size_t>(), bytes_of(change.at(1)));
}

/// Each stretch of bytes that differs from `before`, with its address.
ordered_json changes(std::span<const std::uint8_t> before, std::span<const std::uint8_t> after) {
  constexpr std::size_t page = 0x100;
  ordered_json found = ordered_json::array();
  std::size_t begin = 0; // Of the stretch that is being read, up to `end`.
  std::size_t end = 0;
  const auto finish = [&] {
    if (begin != end) found.push_back({begin, to_hex(after.subspan(begin, end - begin))});
  };
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
  return found;
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

void CaseStart::write_to(MachineState& state) const {
  state.ram = *background;
  for (const Stretch& stretch : ram) put(state.ram, stretch.address, stretch.bytes);
  state.working_stack = working_stack;
  state.return_stack = return_stack;
  state.device_page = device_page;
  state.pc = pc;
  state.wst = wst;
  state.rst = rst;
  state.devices.reset();
}

CaseStart case_start_from_json(const ordered_json& object) {
  CaseStart start;
  start.background = &background(object.at("background").get_ref<const std::string&>());
  const ordered_json& from = object.at("start");
  for (const ordered_json& stretch : from.at("ram")) {
    start.ram.push_back({stretch.at(0).get<std::uint16_t>(), bytes_of(stretch.at(1))});
    if (start.ram.back().address + start.ram.back().bytes.size() > ram_bytes)
      throw std::runtime_error(fmt::format("ram at {:04x} doesn't fit", start.ram.back().address));
  }
  read_whole(from.at("working_stack"), start.working_stack);
  read_whole(from.at("return_stack"), start.return_stack);
  read_whole(from.at("device_page"), start.device_page);
  from.at("pc").get_to(start.pc);
  from.at("wst").get_to(start.wst);
  from.at("rst").get_to(start.rst);
  return start;
}

ordered_json case_start_to_json(const MachineState& state, const std::string& background_name) {
  return {{"background", background_name},
          {"start",
           {{"pc", state.pc},
            {"wst", state.wst},
            {"rst", state.rst},
            {"working_stack", to_hex(state.working_stack)},
            {"return_stack", to_hex(state.return_stack)},
            {"device_page", to_hex(state.device_page)},
            {"ram", changes(background(background_name), state.ram)}}}};
}

ordered_json case_end_to_json(const StateView& end, const MachineState& start) {
  return {{"pc", end.pc},
          {"wst", end.wst},
          {"rst", end.rst},
          {"working_stack", changes(start.working_stack, end.working_stack)},
          {"return_stack", changes(start.return_stack, end.return_stack)},
          {"device_page", changes(start.device_page, end.device_page)},
          {"ram", changes(start.ram, end.ram)},
          {"console_output", to_hex(end.devices.output)},
          {"console_error", to_hex(end.devices.error)},
          {"console_vector", end.devices.console_vector},
          {"stop", end.devices.stopped},
          {"exit_code", end.devices.exit_code}};
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
  end.at("stop").get_to(state.devices.stopped);
  end.at("exit_code").get_to(state.devices.exit_code);
}

} // namespace dispatchbench
