#include "blueprint/defaults.h"
#include "blueprint/probes.h"
#include "blueprint/syntax.h"
#include "blueprint/validation_rules.h"

namespace blueprint {
namespace {

// Ports of all containers: a Service finds a port by its name wherever it is in the pod, and two
// containers cannot listen on one number.
struct TakenPorts {
  Taken names;
  Taken numbers;
};

void claim_port(TakenPorts& taken, const api::Port& port, const std::string& path,
                Problems& problems) {
  claim(taken.names, port.name, path + ".name", problems);
  claim(taken.numbers, std::to_string(port.port) + "/" + port.protocol, path + ".port", problems);
}

// Duplicates among these are check_traffic's to tell.
TakenPorts ports_of_main(const api::BlueprintSpec& spec) {
  TakenPorts taken;
  Problems told_elsewhere;
  const std::vector<api::Port> ports = ports_of(spec);
  for (std::size_t i = 0; i < ports.size(); ++i)
    claim_port(taken, ports[i], entry_path("spec.ports", i), told_elsewhere);
  return taken;
}

void check_container(const api::Container& container, const std::string& path, Taken& names,
                     Problems& problems) {
  problems.require(is_dns1123_label(container.name), path + ".name",
                   "must be at most 63 lower-case letters, digits and '-', beginning and ending "
                   "with a letter or digit");
  claim(names, container.name, path + ".name", problems);
  check_image(container.image, path + ".image", problems);
  Taken variables;
  Taken mounts;
  check_variables(container.env, path + ".env", variables, problems);
  check_sources(container.secrets, "Secret", path + ".secrets", variables, problems);
  check_source_mounts(container.secrets, path + ".secrets", mounts, problems);
  check_resources(container.resources, path + ".resources", problems);
}

}  // namespace

void check_containers(const api::Blueprint& blueprint, Problems& problems) {
  const api::BlueprintSpec& spec = blueprint.spec;
  Taken names{{blueprint.key.name, "metadata.name"}};
  for (std::size_t i = 0; i < spec.init_containers.size(); ++i)
    check_container(spec.init_containers[i], entry_path("spec.initContainers", i), names, problems);
  TakenPorts ports = ports_of_main(spec);
  for (std::size_t i = 0; i < spec.sidecars.size(); ++i) {
    const api::Container& sidecar = spec.sidecars[i];
    const std::string path = entry_path("spec.sidecars", i);
    check_container(sidecar, path, names, problems);
    for (std::size_t j = 0; j < sidecar.ports.size(); ++j) {
      const std::string port_path = entry_path(path + ".ports", j);
      check_port_form(sidecar.ports[j], port_path, problems);
      claim_port(ports, sidecar.ports[j], port_path, problems);
    }
    check_probes(sidecar.ports, given_probes(sidecar.probes), path + ".probes", problems);
  }
}

}  // namespace blueprint
