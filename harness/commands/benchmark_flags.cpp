#include "commands/benchmark_flags.h"

#include "commands/option_values.h"
#include "system/errors.h"

#include <fmt/format.h>

#include <set>

namespace dispatchbench {
namespace {

/// A flag as it was given, in its parts.
struct Flag {
  std::string word;
  std::string name;
  std::string value; ///< "true" if none is given, as Google Benchmark takes it.
};

[[noreturn]] void refuse(const Flag& flag, const std::string& why) {
  throw UsageError(fmt::format("{}: can't be combined with run: {}", flag.word, why));
}

void expect(const Flag& flag, bool is_right, const std::string& expected) {
  if (!is_right)
    throw UsageError(fmt::format("{}: expected {}{}", flag.word, expected,
                                 flag.word == flag.name ? ", behind an equals sign" : ""));
}

/// Throws UsageError unless the value is one of those that Google Benchmark takes for yes and no. Returns
/// which.
bool yes_or_no(const Flag& flag) {
  static const std::set<std::string> yes{"true", "1", "yes", "on"};
  static const std::set<std::string> no{"false", "0", "no", "off"};
  expect(flag, yes.contains(flag.value) || no.contains(flag.value), "true or false");
  return yes.contains(flag.value);
}

/// The flag with a time in seconds as this Google Benchmark takes it, without the unit that later ones want.
std::string with_seconds(const Flag& flag) {
  std::string seconds = flag.value;
  if (seconds.ends_with('s')) seconds.pop_back();
  const auto number = parse_number(seconds);
  constexpr double longest = 1000;
  expect(flag, number && *number >= 0 && *number <= longest,
         fmt::format("a number of seconds from 0 to {:g}, such as 0.01 or 0.01s", longest));
  return fmt::format("{}={}", flag.name, seconds);
}

} // namespace

BenchmarkFlags sort_flags(Options& options) {
  BenchmarkFlags flags;
  for (const std::string& word : options.benchmark_flags) {
    const auto equals = word.find('=');
    const Flag flag{word, word.substr(0, equals),
                    equals == std::string::npos ? "true" : word.substr(equals + 1)};
    const std::string& name = flag.name;
    if (name == "--benchmark_min_time" || name == "--benchmark_min_warmup_time") {
      flags.passed_on.push_back(with_seconds(flag));
    } else if (name == "--benchmark_context") {
      expect(flag, flag.value.find('=') != std::string::npos && flag.value.front() != '=', "KEY=VALUE");
      flags.passed_on.push_back(word);
    } else if (name == "--benchmark_enable_random_interleaving") {
      yes_or_no(flag);
      flags.passed_on.push_back(word);
    } else if (name == "--v") {
      expect(flag, parse_whole_number(flag.value).value_or(10) < 10, "a whole number from 0 to 9");
      flags.passed_on.push_back(word);
    } else if (name == "--benchmark_filter") {
      expect(flag, equals != std::string::npos && !flag.value.empty(), "a regular expression");
      flags.filter = flag.value;
    } else if (name == "--benchmark_list_tests") {
      flags.list = yes_or_no(flag);
    } else if (name == "--benchmark_repetitions") {
      constexpr std::uint64_t most = 100'000;
      const auto number = parse_whole_number(flag.value);
      expect(flag, number && *number >= 1 && *number <= most,
             fmt::format("a whole number from 1 to {}", most));
      options.repetitions = static_cast<int>(*number);
    } else if (name == "--benchmark_out") {
      expect(flag, equals != std::string::npos && !flag.value.empty(), "a file");
      options.output = flag.value;
    } else if (name == "--benchmark_format" || name == "--benchmark_out_format") {
      if (flag.value == "json" && name == "--benchmark_format") options.json = true;
      if (flag.value != "json" && (flag.value != "console" || name != "--benchmark_format"))
        refuse(flag, "results are JSON");
    } else if (name == "--benchmark_report_aggregates_only" ||
               name == "--benchmark_display_aggregates_only") {
      refuse(flag, "every repetition is kept, since intervals are over processes");
    } else if (name == "--benchmark_perf_counters") {
      refuse(flag, "Debian's Google Benchmark is built without libpfm");
    } else if (name == "--benchmark_color") {
      refuse(flag, "set NO_COLOR instead");
    } else if (name.starts_with("--benchmark_")) {
      refuse(flag, "there is no meaning for it here; see dispatchbench run --help");
    } else {
      throw UsageError(fmt::format("{}: is no {} of run; see dispatchbench run --help", word,
                                   word.starts_with('-') ? "option" : "argument"));
    }
  }
  return flags;
}

} // namespace dispatchbench
