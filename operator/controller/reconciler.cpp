#include "controller/reconciler.h"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "blueprint/defaults.h"
#include "controller/timestamp.h"
#include "kube/watch_decoder.h"

namespace controller {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

// A status that differs in counts alone waits so long after the last one.
constexpr auto kCountInterval = 5s;

// The words of what interrupted a pass, for the status; never more than the exception itself says.
std::string words_of(const std::exception_ptr& interruption) {
  if (!interruption) return {};
  try {
    std::rethrow_exception(interruption);
  } catch (const std::exception& error) {
    return error.what();
  }
}

std::optional<std::chrono::nanoseconds> earlier(std::optional<std::chrono::nanoseconds> a,
                                                std::optional<std::chrono::nanoseconds> b) {
  if (!a || !b) return a ? a : b;
  return std::min(*a, *b);
}

// Everything was written as it was wanted.
bool complete(const Applied& applied) {
  return applied.troubles.empty() && !applied.interruption && !applied.outdated;
}

json status_body(const api::ObjectKey& key, const kube::CustomRecord& record,
                 const api::BlueprintStatus& status) {
  return {{"apiVersion", api::kServiceBlueprint.api_version()},
          {"kind", api::kServiceBlueprint.kind},
          {"metadata",
           {{"name", key.name},
            {"namespace", key.namespace_},
            // A wrong uid on /status is accepted silently, a wrong resourceVersion is a 409.
            {"resourceVersion", std::to_string(record.resource_version)}}},
          {"status", api::to_json(status)}};
}

void log_template_notice(const telemetry::Log& log, const api::BlueprintStatus& before,
                         const api::BlueprintStatus& after, const Observation& seen) {
  const std::string notice = seen.rendering != nullptr ? template_notice(*seen.rendering) : "";
  const auto says = [&notice](const api::BlueprintStatus& status) {
    const api::Condition* const applied = api::find_condition(status.conditions, "Applied");
    return applied != nullptr && applied->message.find(notice) != std::string::npos;
  };
  if (notice.empty() || says(before) || !says(after)) return;
  log.warn("pod template left as it is",
           {{"renderVersion", seen.rendering->version}, {"cause", notice}});
}

void log_transition(const telemetry::Log& log, const api::BlueprintStatus& before,
                    const api::BlueprintStatus& after) {
  const api::Condition* const was = api::find_condition(before.conditions, "Ready");
  const api::Condition* const is = api::find_condition(after.conditions, "Ready");
  if (is == nullptr || (was != nullptr && was->status == is->status && was->reason == is->reason))
    return;
  log.info("ready changed",
           {{"ready", api::to_string(is->status)}, {"reason", is->reason}, {"cause", is->message}});
}

}  // namespace

BlueprintReconciler::BlueprintReconciler(BlueprintStore& blueprints, Children& children,
                                         ReferenceCache& references, Applier& applier,
                                         kube::Client& client, const base::Clock& clock,
                                         runtime::EventRecorder& events,
                                         blueprint::Platform platform)
    : blueprints_(blueprints),
      children_(children),
      references_(references),
      applier_(applier),
      client_(client),
      clock_(clock),
      events_(events),
      platform_(std::make_shared<const blueprint::Platform>(std::move(platform))),
      causes_(client, clock) {}

void BlueprintReconciler::set_platform(blueprint::Platform platform) {
  platform_.with([&](auto& current) {
    current = std::make_shared<const blueprint::Platform>(std::move(platform));
  });
}

runtime::Result BlueprintReconciler::reconcile(const api::ObjectKey& key, const telemetry::Log& log,
                                               const std::stop_token& stop) {
  const auto record = blueprints_.get(key);
  if (!record) {
    forget(key);
    return {};
  }
  if (record->deleting)
    return {.generation = record->generation};  // owner references collect the children

  const Reading reading = read(key, *record);
  Observation seen{.generation = record->generation};
  if (const auto* const problems = std::get_if<std::vector<blueprint::Problem>>(&reading.content)) {
    seen.problems = *problems;
    return report(key, *record, seen, reading, {}, log, stop);
  }
  const auto& rendering = std::get<Rendering>(reading.content);
  seen.blueprint = &rendering.blueprint;
  PodPlan pods = plan(rendering, *record, reading);
  seen.references = pods.references;
  Applied applied;
  auto next_look = pods.again;
  if (record->paused) {
    next_look.reset();
    look_only(pods, *record, reading, seen);
  } else {
    seen.rendering = &rendering;
    applied = apply(std::move(pods), *record, reading, seen, log, stop);
  }
  runtime::Result result{.generation = record->generation, .writes = applied.writes};
  if (applied.namespace_ending) return result;
  if (applied.outdated) {
    result.back_off = true;
    return result;
  }
  announce(key, *record, announce_writes(applied));
  next_look = earlier(next_look, find_cause(key, reading, seen, log, stop));
  const runtime::Result reported = report(key, *record, seen, reading, applied, log, stop);
  if (applied.interruption) std::rethrow_exception(applied.interruption);
  result.writes += reported.writes;
  result.back_off = reported.back_off;
  result.requeue_after = earlier(reported.requeue_after, next_look);
  return result;
}

PodPlan BlueprintReconciler::plan(const Rendering& rendering, const kube::CustomRecord& record,
                                  const Reading& reading) {
  const api::ObjectKey& key = rendering.blueprint.key;
  const std::vector<Reference> references = references_of(rendering.blueprint.spec);
  // First who refers to them, then how they are: no change between the two is lost.
  references_.set_references(key, references);
  const Look look = [&](DataKind kind, const std::string& name) {
    return references_.look(kind, {key.namespace_, name});
  };
  const RestartNotes notes = recall(key, record.uid).restarts;
  return plan_pods({references, look, reading.status.pods, notes, clock_.now()},
                   [&](const std::string& trigger) { return render(rendering, trigger); });
}

void BlueprintReconciler::look_only(const PodPlan& plan, const kube::CustomRecord& record,
                                    const Reading& reading, Observation& seen) const {
  seen.paused = record.paused;
  seen.inventory = reading.inventory;
  seen.monitoring = monitoring_state(plan.objects);
  look_at_children(record, seen);
}

void BlueprintReconciler::look_at_children(const kube::CustomRecord& record,
                                           Observation& seen) const {
  const api::ObjectKey& key = seen.blueprint->key;
  if (const auto found = child(api::kDeployment, key, record)) seen.deployment = found->deployment;
  if (const auto found = child(api::kHttpRoute, key, record)) seen.route = found->condition;
  if (const auto found = child(api::kHorizontalPodAutoscaler, key, record))
    seen.scaling = found->condition;
  seen.routes_installed = children_.of(api::kHttpRoute).installed();
  seen.rules_installed = children_.of(api::kPrometheusRule).installed();
}

std::optional<kube::ChildRecord> BlueprintReconciler::child(
    const api::Resource& resource, const api::ObjectKey& key,
    const kube::CustomRecord& record) const {
  auto found = children_.of(resource).store->get(key);
  return found && found->owner_uid == record.uid ? std::move(found) : std::nullopt;
}

std::optional<std::chrono::nanoseconds> BlueprintReconciler::find_cause(
    const api::ObjectKey& key, const Reading& reading, Observation& seen, const telemetry::Log& log,
    const std::stop_token& stop) {
  if (!wants_cause(seen, reading.status)) {
    causes_.forget(key);
    return std::nullopt;
  }
  const auto deployment = children_.of(api::kDeployment).store->get(key);
  if (!deployment || !deployment->deployment) return std::nullopt;
  const api::Condition* const before = api::find_condition(reading.status.conditions, "Available");
  const bool known = before != nullptr && is_pod_cause(before->reason) &&
                     before->observed_generation == seen.generation;
  CauseFinder::Finding finding = causes_.find(key, *deployment, known, log, stop);
  seen.cause = std::move(finding.cause);
  return finding.next_look;
}

Applied BlueprintReconciler::apply(PodPlan plan, const kube::CustomRecord& record,
                                   const Reading& reading, Observation& seen,
                                   const telemetry::Log& log, const std::stop_token& stop) {
  const api::Blueprint& blueprint = *seen.blueprint;
  std::vector<blueprint::Object> desired = std::move(plan.objects);
  seen.monitoring = monitoring_state(desired);
  std::erase_if(desired, [this](const blueprint::Object& object) {
    return !children_.of(object.resource).installed();
  });
  Applied applied =
      applier_.apply({blueprint.key, record.uid}, std::move(desired), reading.inventory, log, stop);
  seen.interruption = words_of(applied.interruption);
  seen.troubles = applied.troubles;
  seen.inventory = applied.inventory;
  look_at_children(record, seen);
  seen.held_back = plan.held_back;
  seen.pods = std::move(plan.memory);
  if (complete(applied)) seen.pods->template_digest = std::move(plan.template_digest);
  remember(blueprint.key, record.uid, [&](Memory& memory) {
    memory.unsaved = applied.inventory;
    memory.restarts = std::move(plan.notes);
  });
  return applied;
}

BlueprintReconciler::Reading BlueprintReconciler::read(const api::ObjectKey& key,
                                                       const kube::CustomRecord& record) const {
  Reading reading;
  if (!record.status.empty()) reading.status = api::status_from_json(json::parse(record.status));
  auto unsaved = recall(key, record.uid).unsaved;
  reading.inventory = unsaved ? std::move(*unsaved) : reading.status.resources;
  try {
    api::Blueprint blueprint{key, record.uid.text(), record.generation, {}};
    const json spec = record.spec.empty() ? json::object() : json::parse(record.spec);
    blueprint.spec = api::decode_spec(spec);
    const auto platform = platform_.with([](const auto& current) { return current; });
    Rendering rendering = decide_rendering(std::move(blueprint), spec, reading.status, *platform);
    if (rendering.problems.empty()) {
      reading.content = std::move(rendering);
    } else {
      reading.content = std::move(rendering.problems);
    }
  } catch (const api::DecodeError& error) {
    reading.content = std::vector{blueprint::Problem{"spec", error.what()}};
  }
  return reading;
}

MonitoringState BlueprintReconciler::monitoring_state(
    const std::vector<blueprint::Object>& desired) const {
  const bool wanted = std::any_of(
      desired.begin(), desired.end(),
      [](const blueprint::Object& object) { return object.resource == api::kServiceMonitor; });
  if (!wanted) return MonitoringState::kDisabled;
  return children_.of(api::kServiceMonitor).installed() ? MonitoringState::kConfigured
                                                        : MonitoringState::kNotInstalled;
}

runtime::Result BlueprintReconciler::report(const api::ObjectKey& key,
                                            const kube::CustomRecord& record,
                                            const Observation& seen, const Reading& reading,
                                            const Applied& applied, const telemetry::Log& log,
                                            const std::stop_token& stop) {
  // Whatever is held back is tried again, with the key's growing delay.
  runtime::Result result{.back_off = !seen.troubles.empty(), .generation = record.generation};
  const api::BlueprintStatus next = summarize(seen, reading.status, rfc3339(clock_.wall_now()));
  if (next == reading.status) {
    memory_.with([&](auto& memory) { memory[key].unsaved.reset(); });
    return result;
  }
  if (differ_in_counts_only(next, reading.status)) {
    const auto age = clock_.now() - recall(key, record.uid).status_written;
    if (age < kCountInterval) {
      result.requeue_after = kCountInterval - age;
      return result;
    }
  }
  if (!write_status(key, record, next, log, stop)) {
    result.back_off = true;
    return result;
  }
  result.writes = 1;
  log_transition(log, reading.status, next);
  announce(key, record, announce_transition(reading.status, next, applied));
  log_template_notice(log, reading.status, next, seen);
  return result;
}

void BlueprintReconciler::announce(const api::ObjectKey& key, const kube::CustomRecord& record,
                                   const std::vector<Announcement>& announcements) {
  for (const Announcement& one : announcements) {
    if (once_a_generation(one) && !first_time(key, one.reason, record.generation)) continue;
    events_.record({.resource = api::kServiceBlueprint,
                    .key = key,
                    .uid = record.uid.text(),
                    .warning = one.warning,
                    .reason = one.reason,
                    .action = one.action,
                    .note = one.note});
  }
}

bool BlueprintReconciler::first_time(const api::ObjectKey& key, const std::string& reason,
                                     std::int64_t generation) {
  return memory_.with([&](auto& memory) {
    return std::exchange(memory[key].told[reason], generation) != generation;
  });
}

bool BlueprintReconciler::write_status(const api::ObjectKey& key, const kube::CustomRecord& record,
                                       const api::BlueprintStatus& status,
                                       const telemetry::Log& log, const std::stop_token& stop) {
  kube::Outcome outcome =
      client_.apply(api::kServiceBlueprint, key, status_body(key, record, status).dump(),
                    kube::View::kFull, "status", stop);
  if (const auto* const error = std::get_if<kube::ApiError>(&outcome)) {
    if (error->code == 404 || error->code == 409) return false;  // gone, or newer: the watch tells
    const bool news = status_problem_.with([&](std::string& problem) {
      return std::exchange(problem, error->message) != error->message;
    });
    if (news)
      log.error("status refused: is the installed CRD older than this operator?",
                {{"crd", "serviceblueprints.serviceblueprint.dev"}, {"error", error->message}});
    return false;
  }
  auto& body = std::get<std::string>(outcome);
  body.reserve(body.size() + kube::kJsonPadding);
  kube::Decoded<kube::CustomRecord> written = kube::decode_custom(body);
  blueprints_.observe_write(written.key, std::move(written.record));
  status_problem_.with([](std::string& problem) { problem.clear(); });
  remember(key, record.uid, [&](Memory& memory) {
    memory.status_written = clock_.now();
    memory.unsaved.reset();
  });
  return true;
}

std::string BlueprintReconciler::status_problem() const {
  return status_problem_.with([](const std::string& problem) { return problem; });
}

// What was known of another blueprint of that name is gone.
template <typename Change>
void BlueprintReconciler::remember(const api::ObjectKey& key, const api::Uid& uid,
                                   Change&& change) {
  memory_.with([&](auto& memory) {
    Memory& entry = memory[key];
    if (entry.uid != uid) entry = {.uid = uid};
    std::forward<Change>(change)(entry);
  });
}

BlueprintReconciler::Memory BlueprintReconciler::recall(const api::ObjectKey& key,
                                                        const api::Uid& uid) const {
  return memory_.with([&](const auto& memory) -> Memory {
    const auto found = memory.find(key);
    return found == memory.end() || found->second.uid != uid ? Memory{} : found->second;
  });
}

void BlueprintReconciler::forget(const api::ObjectKey& key) {
  memory_.with([&](auto& memory) { memory.erase(key); });
  causes_.forget(key);
  references_.forget(key);
}

}  // namespace controller
