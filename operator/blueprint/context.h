#pragma once

// What several renderers need, worked out once for a rendering. Everything it refers to outlives
// it.

#include <string>
#include <vector>

#include "api/blueprint.h"
#include "blueprint/facts.h"

namespace blueprint {

struct Context {
  const api::Blueprint& blueprint;
  const Facts& facts;
  std::vector<api::Port> ports;
  std::string version;  // raw

  const api::BlueprintSpec& spec() const { return blueprint.spec; }
  const std::string& name() const { return blueprint.key.name; }
};

}  // namespace blueprint
