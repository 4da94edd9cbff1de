#include "sampling/backend_check.h"

#include "system/content_hash.h"
#include "system/errors.h"
#include "system/files.h"
#include "system/interruption.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace dispatchbench {
namespace {

using nlohmann::ordered_json;

constexpr std::chrono::seconds longest_case{5};
/// For a case of a backend that is known to be wrong: only the number of wrong cases is left to learn.
constexpr std::chrono::milliseconds last_wait{250};

/// 12345 as "12,345".
std::string with_commas(std::size_t number) {
  std::string digits = std::to_string(number);
  for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3)
    digits.insert(static_cast<std::size_t>(at), 1, ',');
  return digits;
}

std::uint64_t hash_of_file(const std::filesystem::path& path, const char* expected) {
  return content_hash(read_file(path, expected));
}

/// Compares a host's answers, one after the other, with the ends that are right.
class Comparison {
public:
  explicit Comparison(const CaseList& list) : list_(list) {}

  /// Takes a line if it is the right answer for the next case, to the letter.
  bool take_right(std::string_view line) {
    constexpr std::string_view head = R"({"ends":[)";
    constexpr std::string_view tail = "]}";
    if (next_ == list_.cases.size()) return false;
    const std::string& end = list_.cases[next_].end;
    if (line.size() != head.size() + end.size() + tail.size() || !line.starts_with(head) ||
        !line.ends_with(tail) || line.substr(head.size(), end.size()) != end)
      return false;
    count();
    return true;
  }

  /// Takes any answer for the next case. Throws Failure if there is none left.
  void take(const ordered_json& answer) {
    if (next_ == list_.cases.size()) throw Failure("the host ran more cases than it was given");
    if (answer.contains("refused"))
      ++counts_.refused;
    else
      compare(answer.at("ends"));
    count();
  }

  /// The process that ran the cases ended before the next case's answer.
  void end(const std::string& how) {
    add(next_ < list_.cases.size()
            ? fmt::format("{}: the process that ran it {}", list_.cases[next_].name, how)
            : fmt::format("after the last case, the process that ran it {}", how));
    was_ended_ = true;
  }

  bool is_wrong() const { return wrong_ != 0; }
  const CheckCounts& counts() const { return counts_; }

  /// In which cases the first one went wrong; null if none did.
  const char* where() const { return where_; }

  std::optional<std::string> problem() const {
    if (wrong_ == 0) return std::nullopt;
    return fmt::format("{} ({} of {} cases went wrong{})", first_, with_commas(wrong_),
                       with_commas(next_ + (was_ended_ ? 1 : 0)),
                       was_ended_ ? ", and the rest wasn't run" : "");
  }

private:
  void count() {
    ++(list_.is_vector(next_) ? counts_.vectors : counts_.programs);
    ++next_;
  }

  void compare(const ordered_json& ends) {
    const CheckCase& expected = list_.cases[next_];
    for (const ordered_json& end : ends)
      if (const auto difference = expected.difference(end))
        return add(fmt::format("{}: {}", expected.name, *difference));
  }

  void add(const std::string& what) {
    if (++wrong_ != 1) return;
    first_ = what;
    where_ = next_ < list_.cases.size() && list_.is_vector(next_) ? "vectors" : "random programs";
  }

  const CaseList& list_;
  std::size_t next_ = 0;
  CheckCounts counts_;
  std::size_t wrong_ = 0;
  std::string first_;
  const char* where_ = nullptr;
  bool was_ended_ = false;
};

} // namespace

BackendChecks::BackendChecks(std::chrono::seconds time_out, bool use_cache)
    : time_out_(time_out), case_time_out_(std::min(time_out, longest_case)), vectors_file_(vectors_file()),
      vectors_(read_file(vectors_file_, "opcode vectors")) {
  if (use_cache) cache_.emplace(content_hash(vectors_), hash_of_file("/proc/self/exe", "this program"));
}

const BackendCheck& BackendChecks::check(const LibraryDescription& library, const std::string& backend) {
  const auto key = std::pair(&library, backend);
  if (const auto known = checks_.find(key); known != checks_.end()) return known->second;
  return checks_[key] = run(hosts_[&library], library, backend);
}

BackendCheck BackendChecks::run(Host& host, const LibraryDescription& library, const std::string& backend) {
  // A host that isn't this program may change without the library.
  const bool may_be_cached = cache_ && library.file.host.empty();
  if (may_be_cached) {
    if (!host.content) host.content = hash_of_file(library.file.path, "a backend library");
    if (const auto counts = cache_->find(*host.content, backend)) return {{}, nullptr, {}, *counts, true};
  }
  const CaseList& list = cases();
  const BackendCheck check = run(host, library, backend, list);
  if (may_be_cached && !check.problem && !interrupted()) cache_->keep(*host.content, backend, check.counts);
  return check;
}

BackendCheck BackendChecks::run(Host& host, const LibraryDescription& library, const std::string& backend,
                                const CaseList& list) const {
  Comparison comparison(list);
  try {
    if (!host.sampler && !host.unable) start(host, library, list);
    if (host.unable) return {{}, nullptr, host.unable, {}, false};
    if (const auto ended = host.sampler->check(
            backend,
            [&] { return comparison.is_wrong() ? std::min(case_time_out_, last_wait) : case_time_out_; },
            [&](const std::string& line) { return comparison.take_right(line); },
            [&](const ordered_json& answer) { comparison.take(answer); }))
      comparison.end(*ended);
  } catch (const HostEnded& end) {
    comparison.end(end.what());
    host.sampler.reset();
  } catch (const std::exception& error) {
    host.sampler.reset();
    return {error.what(), nullptr, {}, {}, false};
  }
  return {comparison.problem(), comparison.where(), {}, comparison.counts(), false};
}

void BackendChecks::start(Host& host, const LibraryDescription& library, const CaseList& list) const {
  host.sampler = std::make_unique<Sampler>(library.file, HostOptions{});
  try {
    host.sampler->take_cases(list.cases, time_out_);
  } catch (const HostError&) {
    if (library.file.host.empty()) throw;
    host.sampler.reset();
    host.unable = fmt::format(
        "library {}: its host can't run opcode vectors; only the workloads were checked", library.label());
  }
}

const CaseList& BackendChecks::cases() {
  if (!cases_) cases_ = make_case_list(vectors_file_, std::exchange(vectors_, {}));
  return *cases_;
}

std::string describe(const CheckCounts& counts) {
  std::string text = fmt::format("{} opcode vectors, {} random programs", with_commas(counts.vectors),
                                 with_commas(counts.programs));
  if (counts.refused != 0 && !counts.all_refused())
    text += fmt::format(", of which {} were refused", with_commas(counts.refused));
  return text;
}

} // namespace dispatchbench
