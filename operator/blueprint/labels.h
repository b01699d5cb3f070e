#pragma once

// Names and labels that tie a blueprint to its children. Selectors come from metadata.name alone
// and never change, because a Deployment's selector is immutable.

#include <string>
#include <string_view>

#include "api/blueprint.h"

namespace blueprint {

inline constexpr std::string_view kManagedByLabel = "app.kubernetes.io/managed-by";
inline constexpr std::string_view kManagedBy = "serviceblueprint-operator";

// app.kubernetes.io/name and /instance.
api::StringMap selector_labels(const std::string& blueprint_name);
// "app.kubernetes.io/instance=checkout,app.kubernetes.io/name=checkout": for status.selector.
std::string selector_string(const std::string& blueprint_name);
// Legal label value made of any text: illegal characters become '-', at most 63, begins and ends
// alphanumeric.
std::string label_value(std::string_view text);

}  // namespace blueprint
