// Keeps backends apart in the linker.
//
// Backends are compiled with different flags. If two of them left an out-of-line copy of the same template
// instantiation, the linker would keep one copy for both, and one backend would run code compiled with the
// other's flags. So everything in isa/ lives in an inline namespace named after the backend that includes it.
#pragma once

#include "run_name.h"

/// The inline namespace of this translation unit's backend; `not_a_backend` in the reference interpreter, the
/// tests and the registry, which are compiled alike.
#ifdef DISPATCHBENCH_BACKEND_NAME
#define DISPATCHBENCH_NAMESPACE DISPATCHBENCH_JOIN(backend_, DISPATCHBENCH_BACKEND_NAME)
#else
#define DISPATCHBENCH_NAMESPACE not_a_backend
#endif

/// Forces inlining, since a call in a handler would be timed with it. The test of the namespaces turns this
/// off.
#ifdef DISPATCHBENCH_NO_FORCED_INLINING
#define DISPATCHBENCH_INLINE inline
#else
#define DISPATCHBENCH_INLINE [[gnu::always_inline]] inline
#endif
