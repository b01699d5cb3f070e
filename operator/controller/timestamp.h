#pragma once

#include <string>

#include "base/clock.h"

namespace controller {

// "2026-11-24T09:00:00Z": metav1.Time has whole seconds (RFC 3339, UTC).
std::string rfc3339(base::WallTime time);

}  // namespace controller
