#pragma once

// The variables by which an OpenTelemetry SDK exports traces without a line of code
// (opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables).

#include <set>
#include <string_view>
#include <vector>

#include "blueprint/context.h"
#include "blueprint/runtime.h"

namespace blueprint {

// OTEL_*; none unless tracing is enabled. Resource attributes refer to POD_NAME and its like with
// $(...), but not to those that are in `taken`, which the user defines after ours.
// REQUIRES: validate found nothing, so that there is an endpoint.
std::vector<Variable> tracing_variables(const Context& context,
                                        const std::set<std::string_view>& taken);

}  // namespace blueprint
