#include "controller/pod_template.h"

#include <algorithm>
#include <utility>

#include "api/digest.h"

namespace controller {
namespace {

blueprint::Object* deployment_of(std::vector<blueprint::Object>& objects) {
  const auto found = std::ranges::find(objects, api::kDeployment, &blueprint::Object::resource);
  return found == objects.end() ? nullptr : &*found;
}

std::string template_digest(std::vector<blueprint::Object>& objects) {
  const blueprint::Object* const deployment = deployment_of(objects);
  if (deployment == nullptr) return {};
  return api::to_hex(api::digest_of(deployment->body.at("spec").at("template").dump()));
}

}  // namespace

PodPlan plan_pods(
    const PodFacts& facts,
    const std::function<std::vector<blueprint::Object>(const std::string& trigger)>& render) {
  const api::PodMemory& memory = facts.memory;
  PodPlan plan{.objects = render(memory.restart_trigger),
               .references = resolve(facts.references, facts.look)};
  plan.template_digest = template_digest(plan.objects);
  RestartPlan restart = plan_restart(
      {memory.references, memory.restart_trigger}, facts.references, facts.look, facts.notes,
      {.now = facts.now, .template_changes = plan.template_digest != memory.template_digest});
  if (restart.rendered != memory.restart_trigger) {
    plan.objects = render(restart.rendered);
    plan.template_digest = template_digest(plan.objects);
  }
  plan.held_back = plan.references.missing() && plan.template_digest != memory.template_digest;
  if (blueprint::Object* const deployment = deployment_of(plan.objects); deployment != nullptr) {
    deployment->keep_template = deployment->keep_template || plan.held_back;
    if (deployment->keep_template) plan.template_digest = memory.template_digest;
  }
  plan.memory = {memory.template_digest, std::move(restart.memory.trigger),
                 std::move(restart.memory.seen)};
  plan.notes = std::move(restart.notes);
  plan.again = restart.again;
  return plan;
}

}  // namespace controller
