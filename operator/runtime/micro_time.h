#pragma once

#include <string>

#include "base/clock.h"

namespace runtime {

// metav1.MicroTime: "2026-11-24T09:00:00.000000Z".
std::string micro_time(base::WallTime time);

}  // namespace runtime
