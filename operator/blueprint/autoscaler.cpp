#include "blueprint/autoscaler.h"

#include "blueprint/defaults.h"
#include "blueprint/metadata.h"

namespace blueprint {
namespace {

constexpr std::int64_t kCpuUtilization = 75;

nlohmann::json utilization(const Context& context, const char* resource, std::int64_t percent) {
  return {{"type", "ContainerResource"},
          {"containerResource",
           {{"container", context.name()},
            {"name", resource},
            {"target", {{"type", "Utilization"}, {"averageUtilization", percent}}}}}};
}

nlohmann::json metrics(const Context& context, const api::Autoscaling& given) {
  nlohmann::json list = nlohmann::json::array();
  if (const auto cpu = cpu_target_of(given)) list.push_back(utilization(context, "cpu", *cpu));
  if (given.memory_utilization)
    list.push_back(utilization(context, "memory", *given.memory_utilization));
  for (const nlohmann::json& metric : given.metrics) list.push_back(metric);
  return list;
}

std::optional<nlohmann::json> behavior(const api::Autoscaling& given) {
  if (!given.scale_down_stabilization_seconds) return given.behavior;
  return nlohmann::json{
      {"scaleDown", {{"stabilizationWindowSeconds", *given.scale_down_stabilization_seconds}}}};
}

}  // namespace

std::optional<std::int64_t> cpu_target_of(const api::Autoscaling& autoscaling) {
  if (autoscaling.cpu_utilization) return autoscaling.cpu_utilization;
  if (autoscaling.memory_utilization || !autoscaling.metrics.empty()) return std::nullopt;
  return kCpuUtilization;
}

Object render_autoscaler(const Context& context, const api::Autoscaling& given) {
  const ReplicaBounds bounds = replica_bounds(given, context.spec().defaults);
  nlohmann::json spec{{"scaleTargetRef",
                       {{"apiVersion", api::kDeployment.api_version()},
                        {"kind", api::kDeployment.kind},
                        {"name", context.name()}}},
                      {"minReplicas", bounds.min},
                      {"maxReplicas", bounds.max},
                      {"metrics", metrics(context, given)}};
  if (auto rules = behavior(given)) spec["behavior"] = *std::move(rules);
  return make_object(api::kHorizontalPodAutoscaler, context, {{"spec", std::move(spec)}});
}

}  // namespace blueprint
