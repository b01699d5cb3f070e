#include <algorithm>
#include <array>

#include "blueprint/autoscaler.h"
#include "blueprint/defaults.h"
#include "blueprint/syntax.h"
#include "blueprint/validation_rules.h"

namespace blueprint {
namespace {

using nlohmann::json;

constexpr const char* kPath = "spec.autoscaling";
constexpr std::int64_t kMost = 10'000;  // percent, and pods at a time
constexpr std::int64_t kLongestWindow = 3600;
constexpr std::int64_t kLongestPeriod = 1800;

// --- Raw values: the API server knows their types, a file on its own need not be right.

const json* member(const json& object, const char* key) {
  const auto found = object.is_object() ? object.find(key) : object.end();
  return found == object.end() ? nullptr : &*found;
}

const json& object_at(const json& object, const char* key) {
  static const json none = json::object();
  const json* found = member(object, key);
  return found == nullptr ? none : *found;
}

std::string text_at(const json& object, const char* key) {
  const json* found = member(object, key);
  return found != nullptr && found->is_string() ? found->get<std::string>() : std::string();
}

bool is_whole(const json* value, std::int64_t least, std::int64_t most) {
  return value != nullptr && value->is_number_integer() && value->get<std::int64_t>() >= least &&
         value->get<std::int64_t>() <= most;
}

bool is_zero(const api::Quantity& quantity) { return quantity == api::Quantity::parse("0"); }

// Not negative; empty for what is none.
std::optional<api::Quantity> quantity_in(const json& value) {
  if (!value.is_string() && !value.is_number_integer()) return std::nullopt;
  const std::string text = value.is_string() ? value.get<std::string>() : value.dump();
  return text.starts_with('-') ? std::nullopt : api::Quantity::parse(text);
}

bool is_positive_quantity(const json& value) {
  const std::optional<api::Quantity> quantity = quantity_in(value);
  return quantity && !is_zero(*quantity);
}

// --- Metrics (autoscaling/v2 MetricSpec)

struct MetricKind {
  std::string_view type;
  const char* source;
  // Which targets it can have.
  bool utilization;
  bool value;
  bool of_container;
};
constexpr std::array kMetricKinds{
    MetricKind{"Resource", "resource", true, false, false},
    MetricKind{"ContainerResource", "containerResource", true, false, true},
    MetricKind{"Pods", "pods", false, false, false},
    MetricKind{"Object", "object", false, true, false},
    MetricKind{"External", "external", false, true, false}};

void check_target(const json& target, const MetricKind& kind, const std::string& path,
                  Problems& problems) {
  const std::string type = text_at(target, "type");
  const bool known = type == "AverageValue" || (type == "Utilization" && kind.utilization) ||
                     (type == "Value" && kind.value);
  const std::string others = kind.utilization ? "Utilization or " : kind.value ? "Value or " : "";
  problems.require(
      known, path + ".type",
      "must be " + others + "AverageValue for a metric of type " + std::string(kind.type));
  const std::array values{std::pair("Utilization", "averageUtilization"),
                          std::pair("Value", "value"), std::pair("AverageValue", "averageValue")};
  const bool one = std::all_of(values.begin(), values.end(), [&](const auto& value) {
    return (member(target, value.second) != nullptr) == (type == value.first);
  });
  problems.require(!known || one, path,
                   "must have the one value that its type names, such as averageValue for "
                   "AverageValue");
  for (const auto& [of_type, key] : values) {
    const json* value = member(target, key);
    if (value == nullptr) continue;
    const bool percent = std::string_view(of_type) == "Utilization";
    problems.require(percent ? is_whole(value, 1, kMost) : is_positive_quantity(*value),
                     path + "." + key,
                     percent ? "must be a whole number from 1 to 10000"
                             : "must be a quantity greater than 0, such as 100m, 30 or 1k");
  }
}

// What names a metric or an object stands in the path of a request.
void check_name(const json& object, const char* key, const std::string& path, Problems& problems) {
  const std::string name = text_at(object, key);
  problems.require(
      !name.empty() && name.find_first_of("/%") == std::string::npos && name != "." && name != "..",
      path + "." + key, "must be a name without '/' and '%'");
}

void check_source(const json& source, const MetricKind& kind, const std::string& path,
                  Problems& problems) {
  if (kind.utilization) {
    const std::string name = text_at(source, "name");
    problems.require(name == "cpu" || name == "memory", path + ".name", "must be cpu or memory");
  } else {
    check_name(object_at(source, "metric"), "name", path + ".metric", problems);
  }
  if (kind.of_container) {
    problems.require(is_dns1123_label(text_at(source, "container")), path + ".container",
                     "must be the name of a container");
  }
  if (kind.type == "Object") {
    const json& described = object_at(source, "describedObject");
    check_name(described, "kind", path + ".describedObject", problems);
    check_name(described, "name", path + ".describedObject", problems);
  }
  check_target(object_at(source, "target"), kind, path + ".target", problems);
}

void check_metric(const json& metric, const std::string& path, Problems& problems) {
  const std::string type = text_at(metric, "type");
  const auto* const kind = std::find_if(kMetricKinds.begin(), kMetricKinds.end(),
                                        [&](const MetricKind& one) { return one.type == type; });
  problems.require(kind != kMetricKinds.end(), path + ".type",
                   "must be Resource, ContainerResource, Pods, Object or External");
  if (kind == kMetricKinds.end()) return;
  const bool one =
      std::all_of(kMetricKinds.begin(), kMetricKinds.end(), [&](const MetricKind& other) {
        return (member(metric, other.source) != nullptr) == (other.type == type);
      });
  problems.require(one, path,
                   "must have the one source that its type names, such as external for External");
  if (one) check_source(*member(metric, kind->source), *kind, path + "." + kind->source, problems);
}

// --- Behaviour (autoscaling/v2 HorizontalPodAutoscalerBehavior)

void check_scaling_policy(const json& policy, const std::string& path, Problems& problems) {
  const std::string type = text_at(policy, "type");
  problems.require(type == "Pods" || type == "Percent", path + ".type", "must be Pods or Percent");
  problems.require(is_whole(member(policy, "value"), 1, kMost), path + ".value",
                   "must be a whole number from 1 to 10000");
  problems.require(is_whole(member(policy, "periodSeconds"), 1, kLongestPeriod),
                   path + ".periodSeconds", "must be a whole number from 1 to 1800");
}

void check_scaling_rules(const json& rules, const std::string& path, Problems& problems) {
  const std::string select = text_at(rules, "selectPolicy");
  problems.require(member(rules, "selectPolicy") == nullptr || select == "Max" || select == "Min" ||
                       select == "Disabled",
                   path + ".selectPolicy", "must be Max, Min or Disabled");
  const json* window = member(rules, "stabilizationWindowSeconds");
  problems.require(window == nullptr || is_whole(window, 0, kLongestWindow),
                   path + ".stabilizationWindowSeconds", "must be a whole number from 0 to 3600");
  const json* tolerance = member(rules, "tolerance");
  problems.require(tolerance == nullptr || quantity_in(*tolerance), path + ".tolerance",
                   "must be a quantity of at least 0, such as 50m or \"0.05\" (a fraction needs "
                   "quotes)");
  const json* policies = member(rules, "policies");
  if (policies == nullptr) return;
  problems.require(policies->is_array() && !policies->empty(), path + ".policies",
                   "must have an entry; left out, Kubernetes's own hold");
  for (std::size_t i = 0; i < policies->size() && policies->is_array(); ++i)
    check_scaling_policy((*policies)[i], entry_path(path + ".policies", i), problems);
}

void check_behavior(const api::Autoscaling& autoscaling, Problems& problems) {
  problems.require(!autoscaling.behavior || !autoscaling.scale_down_stabilization_seconds,
                   std::string(kPath) + ".scaleDownStabilizationSeconds",
                   "must not be together with behavior, which says it itself");
  if (!autoscaling.behavior) return;
  for (const char* const direction : {"scaleUp", "scaleDown"}) {
    check_scaling_rules(object_at(*autoscaling.behavior, direction),
                        std::string(kPath) + ".behavior." + direction, problems);
  }
}

// --- Requests: a share of nothing cannot be measured.

bool aims_at_share_of(const json& metric, const std::string& resource, const std::string& main) {
  const json* source = member(metric, "containerResource");
  const bool of_main = source != nullptr && text_at(*source, "container") == main;
  if (source == nullptr) source = member(metric, "resource");
  return source != nullptr && (of_main || text_at(metric, "type") == "Resource") &&
         text_at(*source, "name") == resource &&
         text_at(object_at(*source, "target"), "type") == "Utilization";
}

void check_request(const std::string& container, const std::vector<json>& metrics,
                   const std::string& resource, const std::optional<api::Quantity>& request,
                   const std::optional<std::int64_t>& target, Problems& problems) {
  if (request && !is_zero(*request)) return;
  const std::string message = "needs a " + resource +
                              " request greater than 0, of which it is a "
                              "share (spec.resources.requests." +
                              resource + ")";
  problems.require(!target, std::string(kPath) + "." + resource + "Utilization", message);
  for (std::size_t i = 0; i < metrics.size(); ++i) {
    problems.require(!aims_at_share_of(metrics[i], resource, container),
                     entry_path(std::string(kPath) + ".metrics", i), message);
  }
}

}  // namespace

void check_scaling(const api::Blueprint& blueprint, Problems& problems) {
  const api::BlueprintSpec& spec = blueprint.spec;
  if (!spec.autoscaling) return;
  const api::Autoscaling& autoscaling = *spec.autoscaling;
  problems.require(!spec.replicas, "spec.replicas",
                   "must not be together with autoscaling, which decides the number");
  problems.require(autoscaling.min_replicas.value_or(1) <= autoscaling.max_replicas,
                   std::string(kPath) + ".minReplicas", "must be at most maxReplicas");
  for (std::size_t i = 0; i < autoscaling.metrics.size(); ++i) {
    check_metric(autoscaling.metrics[i], entry_path(std::string(kPath) + ".metrics", i), problems);
  }
  check_behavior(autoscaling, problems);
  const api::ResourceList requests = resources_of(spec).requests;
  check_request(blueprint.key.name, autoscaling.metrics, "cpu", requests.cpu,
                cpu_target_of(autoscaling), problems);
  check_request(blueprint.key.name, autoscaling.metrics, "memory", requests.memory,
                autoscaling.memory_utilization, problems);
}

}  // namespace blueprint
