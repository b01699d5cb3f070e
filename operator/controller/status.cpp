#include "controller/status.h"

#include <algorithm>

#include "blueprint/defaults.h"
#include "blueprint/labels.h"
#include "controller/side_conditions.h"
#include "kube/text.h"

namespace controller {
namespace {

using api::Condition;
using api::ConditionStatus;

constexpr std::size_t kMessageLimit = 1024;
constexpr std::size_t kProblemsShown = 5;

// Ready, and which of the two kstatus conditions goes with it.
enum class Course { kSettled, kReconciling, kStalled };
struct Verdict {
  Word ready;
  Course course = Course::kSettled;
};

Condition condition(std::string type, Word word, std::int64_t generation) {
  return {std::move(type),
          word.status,
          std::move(word.reason),
          kube::shortened(std::move(word.message), kMessageLimit),
          generation,
          {}};
}

std::string join_problems(const std::vector<blueprint::Problem>& problems) {
  std::string text;
  for (std::size_t i = 0; i < std::min(problems.size(), kProblemsShown); ++i) {
    text += (i == 0 ? "" : "; ") + problems[i].path + ": " + problems[i].message;
  }
  if (problems.size() > kProblemsShown)
    text += "; and " + std::to_string(problems.size() - kProblemsShown) + " more";
  return text;
}

const ChildTrouble* first_of(const std::vector<ChildTrouble>& troubles,
                             std::initializer_list<Trouble> kinds) {
  const auto found =
      std::find_if(troubles.begin(), troubles.end(), [&](const ChildTrouble& trouble) {
        return std::find(kinds.begin(), kinds.end(), trouble.trouble) != kinds.end();
      });
  return found == troubles.end() ? nullptr : &*found;
}

// --- The Deployment
// ------------------------------------------------------------------------------------------------

// What one generation of a Deployment says about the service.
struct Serving {
  bool rolled_out = false;
  bool enough = false;  // available replicas
  std::int64_t desired = 0;
};

// Once rolled out, a generation stays so: scaling and draining do not undo it. The status that was
// written last remembers.
bool rolled_out_before(const Observation& seen, const api::BlueprintStatus& previous) {
  const Condition* const ready = api::find_condition(previous.conditions, "Ready");
  if (ready == nullptr || ready->observed_generation != seen.generation) return false;
  if (ready->status == ConditionStatus::kTrue) return true;
  return ready->status == ConditionStatus::kFalse &&
         api::find_condition(previous.conditions, "Reconciling") == nullptr &&
         api::find_condition(previous.conditions, "Stalled") == nullptr;
}

// While an autoscaler decides, what it has decided; else what the blueprint says.
std::int64_t desired_of(const Observation& seen) {
  if (seen.blueprint->spec.autoscaling && seen.deployment) return seen.deployment->spec_replicas;
  return blueprint::replicas_of(seen.blueprint->spec);
}

Serving serving(const Observation& seen, const kube::DeploymentWords& words,
                const api::BlueprintStatus& previous) {
  Serving result;
  result.desired = desired_of(seen);
  const bool current =
      words.observed_generation >= words.generation && words.progress == kube::Progress::kComplete;
  result.rolled_out = current || rolled_out_before(seen, previous);
  const std::int64_t tolerated =
      blueprint::tolerated_unavailable(seen.blueprint->spec, result.desired);
  result.enough = words.available >= std::max<std::int64_t>(1, result.desired - tolerated);
  return result;
}

bool past_deadline(const kube::DeploymentWords& words, const Serving& state) {
  return !state.rolled_out && words.progress == kube::Progress::kDeadlineExceeded;
}

std::string available_of_desired(const kube::DeploymentWords& words, const Serving& state) {
  return std::to_string(words.available) + " of " + std::to_string(state.desired) + " replicas";
}

// Why the Deployment is not where it should be, in the words of whoever knows best: the server that
// refuses pods, a pod, the Deployment.
Word shortfall(const Observation& seen, const kube::DeploymentWords& words, const Serving& state,
               ConditionStatus status) {
  const std::string count = available_of_desired(words, state);
  const std::string late =
      past_deadline(words, state) ? "the rollout made no progress in time: " : "";
  if (!words.replica_failure.empty())
    return {status, "ReplicaFailure", late + words.replica_failure};
  if (seen.cause) return {status, seen.cause->reason, late + seen.cause->message};
  if (!late.empty()) return {status, "ProgressDeadlineExceeded", late + count + " available"};
  if (state.rolled_out) return {status, "MinimumReplicasUnavailable", count + " available"};
  return {status, "RollingOut",
          std::to_string(words.updated) + " of " + std::to_string(state.desired) +
              " replicas updated, " + std::to_string(words.available) + " available"};
}

// The condition Available: True as long as enough pods serve, also those of an earlier template.
Word available(const Observation& seen, const kube::DeploymentWords& words, const Serving& state) {
  if (state.desired == 0)
    return {ConditionStatus::kTrue, "ScaledToZero", "scaled to zero, as asked"};
  if (state.enough && state.rolled_out) {
    return {ConditionStatus::kTrue, "Available", available_of_desired(words, state) + " available"};
  }
  return shortfall(seen, words, state,
                   state.enough ? ConditionStatus::kTrue : ConditionStatus::kFalse);
}

Verdict judge_deployment(const Observation& seen, const kube::DeploymentWords& words,
                         const Serving& state, const Word& available) {
  const Word not_ready{ConditionStatus::kFalse, available.reason, available.message};
  if (!state.rolled_out) {
    return {not_ready, past_deadline(words, state) ? Course::kStalled : Course::kReconciling};
  }
  if (state.desired == 0)
    return {{ConditionStatus::kTrue, "ScaledToZero", "scaled to zero, as asked"}};
  if (!state.enough) return {not_ready};
  return {{ConditionStatus::kTrue, "Serving",
           available_of_desired(words, state) + " serving " +
               blueprint::version_of(seen.blueprint->spec)}};
}

// --- Paused
// --------------------------------------------------------------------------------------------------------

bool generation_was_applied(const Observation& seen, const api::BlueprintStatus& previous) {
  const Condition* const applied = api::find_condition(previous.conditions, "Applied");
  return applied != nullptr && applied->status == ConditionStatus::kTrue &&
         applied->observed_generation == seen.generation;
}

std::string paused_words(const Observation& seen) {
  const std::string reason = seen.paused.value_or("");
  return "paused by annotation, nothing is written" + (reason.empty() ? "" : ": " + reason);
}

Verdict judge_paused(const Observation& seen) {
  return {{ConditionStatus::kUnknown, "Paused", paused_words(seen)}, Course::kStalled};
}

// --- Conditions
// ----------------------------------------------------------------------------------------------------

Word accepted(const Observation& seen) {
  if (!seen.problems.empty())
    return {ConditionStatus::kFalse, "Invalid", join_problems(seen.problems)};
  if (const auto* const found =
          first_of(seen.troubles, {Trouble::kNameConflict, Trouble::kWaitingForDeletion})) {
    return {ConditionStatus::kFalse, reason_of(found->trouble), found->message};
  }
  return {ConditionStatus::kTrue, "Valid", "the blueprint is valid"};
}

Word applied(const Observation& seen, const api::BlueprintStatus& previous) {
  if (seen.paused) {
    return {
        generation_was_applied(seen, previous) ? ConditionStatus::kTrue : ConditionStatus::kUnknown,
        "Paused", paused_words(seen)};
  }
  if (!seen.interruption.empty())
    return {ConditionStatus::kFalse, "RetryingError", seen.interruption};
  if (const auto* const found =
          first_of(seen.troubles,
                   {Trouble::kForbidden, Trouble::kQuotaExceeded, Trouble::kAdmissionDenied})) {
    return {ConditionStatus::kFalse, reason_of(found->trouble), found->message};
  }
  if (!seen.troubles.empty()) {
    return {ConditionStatus::kFalse, "RetryingError",
            "held back, tried again by itself: " + seen.troubles.front().message};
  }
  const std::string notice = seen.rendering != nullptr ? template_notice(*seen.rendering) : "";
  return {ConditionStatus::kTrue, "Applied",
          std::to_string(seen.inventory.size()) + " objects are as they should be" +
              (notice.empty() ? "" : "; " + notice)};
}

// What stands before the Deployment's own state, by the order of the table. Empty: look at the
// Deployment.
std::optional<Verdict> judge_troubles(const Observation& seen) {
  const auto stalled = {Trouble::kNameConflict, Trouble::kForbidden, Trouble::kAdmissionDenied};
  if (const auto* const found = first_of(seen.troubles, stalled)) {
    return Verdict{{ConditionStatus::kFalse, reason_of(found->trouble), found->message},
                   Course::kStalled};
  }
  if (const auto* const found = first_of(seen.troubles, {Trouble::kWaitingForDeletion})) {
    return Verdict{{ConditionStatus::kFalse, reason_of(found->trouble), found->message},
                   Course::kReconciling};
  }
  return std::nullopt;
}

std::optional<Verdict> judge_references(const Observation& seen) {
  if (!seen.held_back) return std::nullopt;
  return Verdict{{ConditionStatus::kFalse, seen.references.reason, seen.references.message},
                 Course::kReconciling};
}

// API server errors and quota, both retried: Ready stays as it was.
bool undecided(const Observation& seen) {
  return !seen.interruption.empty() ||
         first_of(seen.troubles, {Trouble::kQuotaExceeded}) != nullptr;
}

Condition ready_as_before(const api::BlueprintStatus& previous, const Word& cause,
                          std::int64_t generation) {
  if (const Condition* const before = api::find_condition(previous.conditions, "Ready"))
    return *before;
  return condition("Ready", {ConditionStatus::kUnknown, cause.reason, cause.message}, generation);
}

void add_course(std::vector<Condition>& conditions, Course course, const Word& cause,
                std::int64_t generation) {
  if (course == Course::kSettled) return;
  conditions.push_back(condition(course == Course::kStalled ? "Stalled" : "Reconciling",
                                 {ConditionStatus::kTrue, cause.reason, cause.message},
                                 generation));
}

void copy_previous(std::vector<Condition>& conditions, const api::BlueprintStatus& previous,
                   std::string_view type) {
  if (const Condition* const before = api::find_condition(previous.conditions, type))
    conditions.push_back(*before);
}

std::vector<Condition> conditions_of_invalid(const Observation& seen,
                                             const api::BlueprintStatus& previous) {
  const Word word = accepted(seen);
  std::vector<Condition> conditions;
  conditions.push_back(condition("Ready", word, seen.generation));
  add_course(conditions, Course::kStalled, word, seen.generation);
  conditions.push_back(condition("Accepted", word, seen.generation));
  // The children are those of an earlier generation, and so is what is known of them.
  for (const char* const type :
       {"ReferencesResolved", "Applied", "Available", "MonitoringReady", "Exposed", "Autoscaling"})
    copy_previous(conditions, previous, type);
  return conditions;
}

std::vector<Condition> conditions_of_valid(const Observation& seen,
                                           const api::BlueprintStatus& previous) {
  Word available_word{ConditionStatus::kFalse, "RollingOut", "there is no Deployment yet"};
  Verdict verdict{available_word, Course::kReconciling};
  if (seen.deployment) {
    const Serving state = serving(seen, *seen.deployment, previous);
    available_word = available(seen, *seen.deployment, state);
    verdict = judge_deployment(seen, *seen.deployment, state, available_word);
  }
  const Word applied_word = applied(seen, previous);
  std::vector<Condition> conditions;
  if (auto missing = judge_references(seen)) verdict = std::move(*missing);
  if (auto trouble = judge_troubles(seen)) verdict = std::move(*trouble);
  if (seen.paused && !generation_was_applied(seen, previous)) verdict = judge_paused(seen);
  const bool as_before = undecided(seen) && verdict.course != Course::kStalled;
  if (as_before) {
    conditions.push_back(ready_as_before(previous, applied_word, seen.generation));
    add_course(conditions, Course::kReconciling, applied_word, seen.generation);
  } else {
    conditions.push_back(condition("Ready", verdict.ready, seen.generation));
    add_course(conditions, verdict.course, verdict.ready, seen.generation);
  }
  conditions.push_back(condition("Accepted", accepted(seen), seen.generation));
  const ReferenceState& references = seen.references;
  conditions.push_back(condition("ReferencesResolved",
                                 {references.status, references.reason, references.message},
                                 seen.generation));
  conditions.push_back(condition("Applied", applied_word, seen.generation));
  conditions.push_back(condition("Available", available_word, seen.generation));
  conditions.push_back(condition("MonitoringReady", monitoring_ready(seen), seen.generation));
  if (auto word = exposed(seen))
    conditions.push_back(condition("Exposed", std::move(*word), seen.generation));
  if (auto word = autoscaling(seen))
    conditions.push_back(condition("Autoscaling", std::move(*word), seen.generation));
  return conditions;
}

api::ReplicaCounts counts_of(const Observation& seen) {
  api::ReplicaCounts counts;
  counts.desired = desired_of(seen);
  if (!seen.deployment) return counts;
  counts.replicas = seen.deployment->replicas;
  counts.available = seen.deployment->available;
  counts.ready = seen.deployment->ready;
  counts.updated = seen.deployment->updated;
  return counts;
}

}  // namespace

std::string reason_of(Trouble trouble) {
  switch (trouble) {
    case Trouble::kNameConflict:
      return "NameConflict";
    case Trouble::kWaitingForDeletion:
      return "WaitingForDeletion";
    case Trouble::kForbidden:
      return "Forbidden";
    case Trouble::kQuotaExceeded:
      return "QuotaExceeded";
    case Trouble::kContested:
      return "RetryingError";
    case Trouble::kAdmissionDenied:
      break;
  }
  return "AdmissionDenied";
}

api::BlueprintStatus summarize(const Observation& seen, const api::BlueprintStatus& previous,
                               const std::string& now) {
  api::BlueprintStatus status = previous;
  status.observed_generation = seen.generation;
  if (seen.problems.empty()) {
    status.conditions = conditions_of_valid(seen, previous);
    status.counts = counts_of(seen);
    status.selector = blueprint::selector_string(seen.blueprint->key.name);
    status.version = blueprint::version_of(seen.blueprint->spec);
    status.resources = seen.inventory;
    if (seen.rendering != nullptr) {
      status.defaults = seen.rendering->defaults;
      status.render_version = seen.rendering->version;
    }
    if (seen.pods) status.pods = *seen.pods;
  } else {
    status.conditions = conditions_of_invalid(seen, previous);
  }
  api::carry_transition_times(status.conditions, previous.conditions, now);
  return status;
}

bool wants_cause(const Observation& seen, const api::BlueprintStatus& previous) {
  if (!seen.deployment) return false;
  const Serving state = serving(seen, *seen.deployment, previous);
  return state.desired > 0 && !(state.rolled_out && state.enough);
}

bool differ_in_counts_only(const api::BlueprintStatus& a, const api::BlueprintStatus& b) {
  const auto without_counts = [](api::BlueprintStatus status) {
    status.counts = {};
    for (Condition& condition : status.conditions) condition.message.clear();
    return status;
  };
  return without_counts(a) == without_counts(b);
}

}  // namespace controller
