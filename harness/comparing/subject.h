// Which libraries and backends a comparison is about, and which pairs of them needn't be measured.
#pragma once

#include "comparing/comparison.h"
#include "subjects/backend_choice.h"

#include <set>
#include <string>
#include <utility>
#include <vector>

namespace dispatchbench {

/// A backend of the baseline and the one of the candidate that it is compared with.
using BackendPair = std::pair<std::string, std::string>;

/// What is compared with what, and what isn't.
struct ComparisonSubject {
  ComparedSide baseline;
  ComparedSide candidate;
  std::vector<BackendPair> backends;
  std::vector<std::string> notes; ///< What is not compared, and why.
};

/// The libraries of one side: files, or folders whose libraries are layouts of one. The first label counts;
/// without one the side is called as `option` is. Throws UsageError and Failure.
ComparedSide describe_side(const std::vector<std::string>& arguments, const std::string& option);

/// The chosen backends that both sides have. Throws UsageError if there are none.
ComparisonSubject same_backends(ComparedSide baseline, ComparedSide candidate, const BackendChoice& choice);

/// One backend of each side. Throws UsageError if a library lacks its backend.
ComparisonSubject two_backends(ComparedSide baseline, ComparedSide candidate, const BackendPair& backends);

/// The pairs of backends whose machine code is the same in every layout of both sides: the files are equal,
/// or the hashes of the code are.
std::set<BackendPair> identical_backends(const ComparisonSubject& subject);

/// Why it isn't known of some backends whether their machine code is the same: a sentence for each library
/// without an audit, and for each backend that an audit can't see all of.
std::vector<std::string> notes_on_audits(const ComparisonSubject& subject);

} // namespace dispatchbench
