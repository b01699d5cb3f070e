#include "blueprint/container.h"

#include "blueprint/environment.h"
#include "blueprint/image.h"
#include "blueprint/ports.h"
#include "blueprint/probes.h"
#include "blueprint/resources.h"
#include "blueprint/security_context.h"
#include "blueprint/shutdown.h"

namespace blueprint {

void set_if_filled(nlohmann::json& object, const char* key, nlohmann::json value) {
  if (!value.empty()) object[key] = std::move(value);
}

nlohmann::json main_container(const Context& context, nlohmann::json mounts) {
  const api::BlueprintSpec& spec = context.spec();
  nlohmann::json container = container_probes(spec.probes, context.ports);
  container["name"] = context.name();
  container["image"] = spec.image;
  container["imagePullPolicy"] = pull_policy_of(spec);
  container["env"] = environment(context);
  container["resources"] = resource_requirements(spec);
  container["securityContext"] = container_security_context(spec.security);
  if (spec.command) set_if_filled(container, "command", *spec.command);
  if (spec.args) set_if_filled(container, "args", *spec.args);
  if (spec.working_dir) container["workingDir"] = *spec.working_dir;
  set_if_filled(container, "envFrom", environment_sources(spec));
  set_if_filled(container, "lifecycle", lifecycle(spec, context.ports));
  set_if_filled(container, "ports", container_ports(context.ports));
  set_if_filled(container, "volumeMounts", std::move(mounts));
  return container;
}

}  // namespace blueprint
