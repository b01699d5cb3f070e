#pragma once

// The conditions that leave Ready as it is: what stands beside the service. Private to this folder.

#include <optional>

#include "controller/status.h"
#include "controller/word.h"

namespace controller {

Word monitoring_ready(const Observation& seen);
// Empty without `expose`.
std::optional<Word> exposed(const Observation& seen);
// Empty without `autoscaling`.
std::optional<Word> autoscaling(const Observation& seen);

}  // namespace controller
