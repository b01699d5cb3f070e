#include "blueprint/blueprint.h"

#include "blueprint/config_map.h"
#include "blueprint/context.h"
#include "blueprint/defaults.h"
#include "blueprint/deployment.h"
#include "blueprint/disruption_budget.h"
#include "blueprint/monitoring.h"
#include "blueprint/service.h"
#include "blueprint/service_account.h"

namespace blueprint {

std::vector<Object> render(const api::Blueprint& blueprint, const Facts& facts) {
  const api::BlueprintSpec& spec = blueprint.spec;
  const Context context{
      .blueprint = blueprint, .facts = facts, .ports = ports_of(spec), .version = version_of(spec)};
  std::vector<Object> objects;
  objects.reserve(6);
  if (!spec.service_account.name) objects.push_back(render_service_account(context));
  if (!spec.config.empty()) objects.push_back(render_config_map(context));
  objects.push_back(render_deployment(context));
  if (!context.ports.empty()) objects.push_back(render_service(context));
  if (disruption_enabled(spec) && replicas_of(spec) > 0)
    objects.push_back(render_disruption_budget(context));
  if (monitoring_enabled(spec)) objects.push_back(render_service_monitor(context));
  return objects;
}

}  // namespace blueprint
