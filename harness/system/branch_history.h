// What the processor's branch predictors keep from earlier code, and how to make them forget it.
//
// A predictor's entries outlive the program that they were trained by, and get in the way of the next one: on
// an AMD Zen 5 asm_x86_64 took 1.2 ms for lz where it had run the other 19 workloads before, even after an
// untimed run of lz, but 0.84 ms in a process of its own, and where other backends had run in between.
// Without forgetting, a time depends on the rows beside it, for some backends (computed goto, tail calls,
// assembly) and not for others (threaded code).
#pragma once

#include <cstddef>
#include <vector>

namespace dispatchbench {

/// Fills the predictors with indirect jumps in random order, which takes about 0.3 ms. A program that runs
/// next trains them as it would in a process of its own.
void forget_branches();

/// How many places there are to jump to.
inline constexpr std::size_t forgetting_slots = 8192;

/// The places that are jumped to, in that order, each below `forgetting_slots`.
std::vector<std::size_t> forgetting_jumps();

} // namespace dispatchbench
