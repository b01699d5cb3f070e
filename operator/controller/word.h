#pragma once

#include <string>

#include "api/condition.h"

namespace controller {

// A condition before its times: what it says.
struct Word {
  api::ConditionStatus status = api::ConditionStatus::kUnknown;
  std::string reason;
  std::string message;
};

}  // namespace controller
