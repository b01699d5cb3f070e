#include "core_dumps.h"

#include <cstdlib>

#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/resource.h>

namespace {

#ifdef __SANITIZE_ADDRESS__
constexpr int kDumpable = 1;
#else
constexpr int kDumpable = 0;
#endif

[[noreturn]] void end_with_zero_when_forbidden() {
  forbid_core_dumps();
  rlimit limit{1, 1};
  getrlimit(RLIMIT_CORE, &limit);
  const bool limited = limit.rlim_cur == 0 && limit.rlim_max == 0;
  std::exit(limited && prctl(PR_GET_DUMPABLE) == kDumpable ? 0 : 1);
}

// In a process of its own: it cannot be undone.
TEST(CoreDumps, AreForbidden) {
  EXPECT_EXIT(end_with_zero_when_forbidden(), testing::ExitedWithCode(0), "");
}

}  // namespace
