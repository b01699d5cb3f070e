#pragma once

// The rules of the API that need more than one object's schema: every rule that CEL checks at
// admission, and those that involve a default. The same code runs in the operator (Accepted=False,
// Invalid) and offline.

#include <string>
#include <vector>

#include "api/blueprint.h"

namespace blueprint {

struct Problem {
  std::string path;     // "spec.shutdown.terminationGracePeriodSeconds"
  std::string message;  // says what is wrong and what is allowed; never an env literal

  bool operator==(const Problem&) const = default;
};

// Every problem, in the order of the fields; empty when the blueprint can be rendered.
std::vector<Problem> validate(const api::Blueprint& blueprint);

}  // namespace blueprint
