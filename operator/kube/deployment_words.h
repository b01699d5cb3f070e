#pragma once

// The part of a Deployment that is more than metadata. Private to this folder.

#include <cstdint>
#include <string_view>

#include "kube/record.h"

namespace kube {

// `spec` and `status` are the JSON texts of those members; `status` may be empty.
DeploymentWords read_deployment_words(std::string_view spec, std::string_view status);

// Whether `own_fields` (fieldsV1, may be empty) holds spec.replicas.
bool owns_replicas(std::string_view own_fields);

// A digest of the order of our containers, init containers and variables: of their names, in the
// order of the live object, as far as `own_fields` (fieldsV1) owns them. managedFields say nothing
// about order, so a reorder would not show.
std::uint64_t digest_order(std::string_view spec, std::string_view own_fields);

}  // namespace kube
