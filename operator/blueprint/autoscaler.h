#pragma once

#include <optional>

#include "blueprint/blueprint.h"
#include "blueprint/context.h"

namespace blueprint {

// The CPU use that is aimed at, in percent of the request: given, or 75 where no other metric is;
// empty where others decide.
std::optional<std::int64_t> cpu_target_of(const api::Autoscaling& autoscaling);

// autoscaling/v2 HorizontalPodAutoscaler of the Deployment. It measures the main container alone
// (ContainerResource): over whole pods, one sidecar without a request would leave it without any
// measure.
Object render_autoscaler(const Context& context, const api::Autoscaling& given);

}  // namespace blueprint
