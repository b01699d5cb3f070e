#pragma once

// Specs that validate() accepts or refuses, as parameters of tests.

#include <ostream>
#include <string>
#include <vector>

#include "blueprint/validation.h"

#include "specs.h"

namespace blueprint {

inline std::ostream& operator<<(std::ostream& stream, const Problem& problem) {
  return stream << problem.path << ": " << problem.message;
}

inline std::vector<Problem> problems_of(const std::string& spec) {
  return validate(blueprint_of(spec));
}

struct AcceptedSpec {
  const char* spec;
};

inline std::ostream& operator<<(std::ostream& stream, const AcceptedSpec& parameter) {
  return stream << as_name(parameter.spec);
}

// With a problem at `path` whose message contains `message`.
struct RefusedSpec {
  const char* spec;
  const char* path;
  const char* message;
};

inline std::ostream& operator<<(std::ostream& stream, const RefusedSpec& parameter) {
  return stream << as_name(std::string(parameter.path) + " in " + parameter.spec);
}

}  // namespace blueprint
