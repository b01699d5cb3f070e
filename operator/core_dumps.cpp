#include "core_dumps.h"

#include <sys/prctl.h>
#include <sys/resource.h>

void forbid_core_dumps() {
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
#ifndef __SANITIZE_ADDRESS__
  // The limit does not hold where the kernel pipes dumps to a program (core(5)).
  prctl(PR_SET_DUMPABLE, 0);
#endif
}
