#pragma once

// What the status of an autoscaler or a route says, in one condition. Private to this folder.

#include <string_view>

#include "kube/record.h"

namespace kube {

// `status` is the JSON text of that member; it may be empty.

// autoscaling/v2: ScalingActive. False while the metrics cannot be read.
ConditionWords read_autoscaler_words(std::string_view status);

// gateway.networking.k8s.io: Accepted and ResolvedRefs of every parent that has answered. The
// first False in it speaks; True needs an answer; Unknown until there is one.
ConditionWords read_route_words(std::string_view status);

}  // namespace kube
