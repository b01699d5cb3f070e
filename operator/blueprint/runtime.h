#pragma once

// What a language runtime has to be told about the limits of its container, because by itself it
// sees the node's (Go, Node) or takes too little of the container's (Java).

#include <string>
#include <utility>
#include <vector>

#include "api/blueprint.h"

namespace blueprint {

using Variable = std::pair<std::string, std::string>;

// GOMEMLIMIT and GOMAXPROCS, JAVA_TOOL_OPTIONS or NODE_OPTIONS; none without a runtime, nor for a
// limit too small to be told (under a MiB of heap, a CPU limit of 0).
std::vector<Variable> runtime_variables(const api::BlueprintSpec& spec);

}  // namespace blueprint
