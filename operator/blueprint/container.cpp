#include "blueprint/container.h"

#include "blueprint/environment.h"
#include "blueprint/image.h"
#include "blueprint/ports.h"
#include "blueprint/probes.h"
#include "blueprint/resources.h"
#include "blueprint/security_context.h"
#include "blueprint/shutdown.h"
#include "blueprint/volumes.h"

namespace blueprint {
namespace {

void set_command(nlohmann::json& container, const std::optional<std::vector<std::string>>& command,
                 const std::optional<std::vector<std::string>>& args) {
  if (command) set_if_filled(container, "command", *command);
  if (args) set_if_filled(container, "args", *args);
}

}  // namespace

void set_if_filled(nlohmann::json& object, const char* key, nlohmann::json value) {
  if (!value.empty()) object[key] = std::move(value);
}

nlohmann::json main_container(const Context& context) {
  const api::BlueprintSpec& spec = context.spec();
  nlohmann::json container = container_probes(spec.probes, context.ports);
  container["name"] = context.name();
  container["image"] = spec.image;
  container["imagePullPolicy"] = pull_policy_of(spec);
  container["env"] = environment(context);
  container["resources"] = resource_requirements(spec);
  container["securityContext"] = container_security_context(spec.security);
  set_command(container, spec.command, spec.args);
  if (spec.working_dir) container["workingDir"] = *spec.working_dir;
  set_if_filled(container, "envFrom", environment_sources(spec.config_maps, spec.secrets));
  set_if_filled(container, "lifecycle", lifecycle(spec, context.ports));
  set_if_filled(container, "ports", container_ports(context.ports));
  set_if_filled(container, "volumeMounts", main_mounts(context));
  return container;
}

nlohmann::json init_container(const Context& context, const api::Container& given) {
  const api::BlueprintSpec& spec = context.spec();
  nlohmann::json container{{"name", given.name},
                           {"image", given.image},
                           {"imagePullPolicy", pull_policy_of(given.image, spec.defaults)},
                           {"resources", resource_requirements(given, spec.defaults)},
                           {"securityContext", container_security_context(spec.security)}};
  set_command(container, given.command, given.args);
  set_if_filled(container, "env", environment(given));
  set_if_filled(container, "envFrom", environment_sources({}, given.secrets));
  set_if_filled(container, "volumeMounts", container_mounts(spec, given));
  return container;
}

nlohmann::json sidecar(const Context& context, const api::Container& given) {
  nlohmann::json container = init_container(context, given);
  container["restartPolicy"] = "Always";
  container.update(container_probes(given_probes(given.probes), given.ports));
  set_if_filled(container, "ports", container_ports(given.ports));
  return container;
}

}  // namespace blueprint
