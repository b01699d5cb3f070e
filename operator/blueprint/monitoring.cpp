#include "blueprint/monitoring.h"

#include "blueprint/duration.h"
#include "blueprint/metadata.h"
#include "blueprint/ports.h"

namespace blueprint {
namespace {

constexpr const char* kInterval = "30s";
constexpr const char* kTimeout = "10s";

bool is_longer(const std::string& left, const std::string& right) {
  return parse_duration(left).value_or(kNoTime) > parse_duration(right).value_or(kNoTime);
}

nlohmann::json endpoint(const Context& context, const api::MonitoringEndpoint& given) {
  std::string interval = given.interval.value_or(kInterval);
  std::string timeout = given.scrape_timeout.value_or(kTimeout);
  if (is_longer(timeout, interval))
    (given.interval ? timeout : interval) = given.interval ? interval : timeout;
  return {{"port", find_port(context.ports, given.port)->name},
          {"path", given.path.value_or("/metrics")},
          {"interval", std::move(interval)},
          {"scrapeTimeout", std::move(timeout)}};
}

nlohmann::json endpoints(const Context& context) {
  nlohmann::json list = nlohmann::json::array();
  const auto& given = context.spec().monitoring.endpoints;
  if (!given) {
    list.push_back(endpoint(context, {}));
    return list;
  }
  for (const api::MonitoringEndpoint& entry : *given) list.push_back(endpoint(context, entry));
  return list;
}

}  // namespace

api::StringMap monitor_labels(const Context& context) {
  api::StringMap labels = context.spec().monitoring.labels;
  labels.insert(context.facts.monitor_labels.begin(), context.facts.monitor_labels.end());
  return labels;
}

Object render_service_monitor(const Context& context) {
  nlohmann::json spec{{"selector", label_selector(context)}, {"endpoints", endpoints(context)}};
  return make_object(api::kServiceMonitor, context, {{"spec", std::move(spec)}},
                     {.labels = monitor_labels(context), .annotations = {}});
}

}  // namespace blueprint
