#include "blueprint/validation.h"

#include "blueprint/validation_rules.h"

namespace blueprint {

std::vector<Problem> validate(const api::Blueprint& blueprint) {
  Problems problems;
  check_identity(blueprint, problems);
  check_traffic(blueprint.spec, problems);
  check_scaling(blueprint, problems);
  check_network(blueprint.spec, problems);
  check_environment(blueprint.spec, problems);
  check_mounts(blueprint.spec, problems);
  check_scheduling(blueprint.spec.scheduling, problems);
  check_lifecycle(blueprint.spec, problems);
  check_containers(blueprint, problems);
  check_metadata(blueprint.spec, problems);
  return problems.take();
}

}  // namespace blueprint
