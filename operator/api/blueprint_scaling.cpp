#include "api/blueprint_parts.h"

namespace api {
namespace {

constexpr WholeNumber kReplicaCount{1, 10'000};
constexpr WholeNumber kUtilization{1, 10'000};  // percent
constexpr WholeNumber kWindow{0, 3600};         // seconds

}  // namespace

Autoscaling read_autoscaling(const Cursor& at) {
  return {
      .min_replicas = at.optional("minReplicas", kReplicaCount),
      .max_replicas = at.required("maxReplicas", kReplicaCount),
      .cpu_utilization = at.optional("cpuUtilization", kUtilization),
      .memory_utilization = at.optional("memoryUtilization", kUtilization),
      .metrics = at.value_or_empty("metrics", ListOf{read_object}),
      .behavior = at.optional("behavior", read_object),
      .scale_down_stabilization_seconds = at.optional("scaleDownStabilizationSeconds", kWindow)};
}

}  // namespace api
