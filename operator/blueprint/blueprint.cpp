#include "blueprint/blueprint.h"

#include "blueprint/alerts.h"
#include "blueprint/autoscaler.h"
#include "blueprint/config_map.h"
#include "blueprint/context.h"
#include "blueprint/defaults.h"
#include "blueprint/deployment.h"
#include "blueprint/disruption_budget.h"
#include "blueprint/monitoring.h"
#include "blueprint/network_policy.h"
#include "blueprint/route.h"
#include "blueprint/service.h"
#include "blueprint/service_account.h"

namespace blueprint {

std::vector<Object> render(const api::Blueprint& blueprint, const Facts& facts) {
  const api::BlueprintSpec& spec = blueprint.spec;
  const Context context{
      .blueprint = blueprint, .facts = facts, .ports = ports_of(spec), .version = version_of(spec)};
  std::vector<Object> objects;
  objects.reserve(11);
  if (!spec.service_account.name) objects.push_back(render_service_account(context));
  if (!spec.config.empty()) objects.push_back(render_config_map(context));
  if (network_policy_enabled(spec)) objects.push_back(render_network_policy(context));
  objects.push_back(render_deployment(context));
  if (!context.ports.empty()) objects.push_back(render_service(context));
  if (disruption_enabled(spec) && (is_autoscaled(spec) || replicas_of(spec) > 0))
    objects.push_back(render_disruption_budget(context));
  if (spec.expose) objects.push_back(render_route(context, *spec.expose));
  if (monitoring_enabled(spec)) objects.push_back(render_service_monitor(context));
  if (spec.monitoring.alerts) objects.push_back(render_alerts(context));
  if (spec.autoscaling) objects.push_back(render_autoscaler(context, *spec.autoscaling));
  return objects;
}

}  // namespace blueprint
