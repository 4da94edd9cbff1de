// The sampling protocol: how a host, a process that can run backends, is asked to run them.
//
// One JSON object a line, requests on the host's standard input, answers on its standard output, in order:
//
//   {"request":"load","library":PATH,"cpu":N,"shift_pages":N,"private":BOOL}
//       -> {"library":{label, host, language, ..., backends, unavailable: as in list --json},"pinned":BOOL,
//       "not_pinned":WHY}
//       A library that a WebAssembly engine runs has "engine" too, as in results.json.
//       Pins the process to a processor (cpu, -1: not; why it couldn't is optional), moves what is mapped
//       from here on by that many pages, and loads the library, if private from a copy that shares no
//       physical page with other processes.
//   {"request":"program","name":TEXT,"rom":HEX,"input":HEX,"arguments":[HEX],"frames":N}
//       -> {"program":N}, numbered from 0
//       Arguments, if not given, are none; frames, how often the screen vector is delivered, 60.
//   {"request":"run","backend":NAME,"program":N,"afresh":BOOL,"added_steps":N}
//       -> {"cpu":NS,"wall":NS,"prepare":NS,"digest":DIGEST} or {"refused":WHY}
//       One whole run, timed: the backend's prepare, every vector, and that many steps of a chain of
//       dependent multiplications (a slow-down of known size, for trials). "prepare" is part of "cpu".
//       If afresh, the processor forgets other programs and this one runs once untimed before, so that the
//       time depends on nothing that ran earlier. A host that can't do that just runs it once before.
//   {"request":"cold","backend":NAME,"program":N,"writes":[N]}
//       -> {"prepare":NS,"writes":[NS],"whole":NS,"memory":BYTES,"digest":DIGEST} or {"refused":WHY}
//       One whole run, CPU time from just before the backend's prepare: until that was done, until the device
//       writes of those numbers (ascending, from 1) and until the end. "memory" is by how much the process's
//       own memory grew in the same time; a host that can't tell leaves it out. A host is asked once, having
//       run nothing.
//   {"request":"state"}
//       -> {"state":{the numbers pc, wst, rst, exit_code, console_vector, screen_vector; stopped, true or
//       false; in hex ram, working_stack, return_stack, device_page, output, error}}, after the last run
//   {"request":"batch","rows":[{"name":TEXT,"backend":NAME,"program":N}],"repetitions":N,"seed":N,"flags":[TEXT]}
//       -> {"begin":NAME} before each sample, then {"batch":DOCUMENT,"hardware_counters":OBJECT,
//       "digests":{NAME:[DIGEST]},"probe":[[SECONDS,SHARING]]}
//       Samples of all rows in random order; DOCUMENT is Google Benchmark's, with a row for each repetition,
//       "digests" has each one that any of a row's runs ended with, once. "probe" has what system/probe.h
//       reads, times on CLOCK_MONOTONIC; a row's "probe_reading" is the index of the reading before its
//       sample, and the next one follows it. A host that can't read the probe leaves both out.
//   {"request":"cases","cases":[{"background":NAME,"fill":N,"start":START}]}
//       -> {"cases":N}, how many the host has now
//       Machine states to start from, as in backends/tests/vector_format.py and checking/case_format.h.
//   {"request":"check","backend":NAME}
//       -> for each case {"ends":[END]}, or {"refused":WHY}; then {"checked":N} or, if what ran the cases
//       ended before that, {"ended":HOW} Runs one vector from each case's start; END is what differs from the
//       start afterwards, in the same format. A host that runs a case in several places, in memory that guard
//       pages surround, gives each different end. "prepare" is called as for a program. A case has at most
//       some thousand instructions.
//
// DIGEST is digest_of's (machine/machine_state.h) of the state after a run, taken outside the timed region:
// the CRC-32 (as in zip), as 8 hexadecimal digits, of memory, working stack, return stack, device page, pc
// (high byte first), both stack pointers, exit code, output, error.
//
// Any request may be answered by {"error":TEXT}; the host goes on. It ends when its input does.
#pragma once

#include "machine/machine_state.h"
#include "sampling/program_run.h"
#include "system/hex.h"

#include <nlohmann/json.hpp>

#include <memory>

namespace dispatchbench {

/// The program of a request "program". Throws nlohmann::json::exception or std::runtime_error if it is
/// malformed.
Program program_from_json(const nlohmann::ordered_json& request);

/// The answer to "state".
nlohmann::ordered_json to_json(const StateView& state);

/// Reads it back. Throws nlohmann::json::exception or std::runtime_error if it is malformed.
std::unique_ptr<MachineState> state_from_json(const nlohmann::ordered_json& object);

} // namespace dispatchbench
