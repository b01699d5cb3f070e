#include "controller/events.h"

#include <algorithm>
#include <map>
#include <tuple>

namespace controller {
namespace {

using api::BlueprintStatus;
using api::Condition;
using api::ConditionStatus;

std::string described(const api::Resource& resource, const std::string& name) {
  return std::string(resource.kind) + " \"" + name + "\"";
}

// A condition as it was and as it is; one that is absent reads as empty and Unknown.
struct Change {
  Condition before;
  Condition after;

  bool new_generation() const { return before.observed_generation != after.observed_generation; }
  // It has this reason now and had not, or not for this generation.
  bool turned_to(std::string_view reason) const {
    return after.reason == reason && (before.reason != reason || new_generation());
  }
  bool turned_true() const {
    return after.status == ConditionStatus::kTrue &&
           (before.status != ConditionStatus::kTrue || new_generation());
  }
};

Condition condition_of(const BlueprintStatus& status, std::string_view type) {
  const Condition* const found = api::find_condition(status.conditions, type);
  return found == nullptr ? Condition{} : *found;
}

Change change_of(const BlueprintStatus& before, const BlueprintStatus& after,
                 std::string_view type) {
  return {condition_of(before, type), condition_of(after, type)};
}

// Where a rollout is, as far as the status says.
enum class Phase { kOther, kRolling, kFailed, kRolledOut };

// Ready has the words of Available just when it is the Deployment that is waited for.
Phase phase_of(const BlueprintStatus& status) {
  const Condition ready = condition_of(status, "Ready");
  const bool of_deployment = ready.status == ConditionStatus::kFalse &&
                             ready.reason == condition_of(status, "Available").reason;
  if (api::find_condition(status.conditions, "Stalled") != nullptr)
    return of_deployment ? Phase::kFailed : Phase::kOther;
  if (api::find_condition(status.conditions, "Reconciling") != nullptr)
    return of_deployment ? Phase::kRolling : Phase::kOther;
  return ready.status == ConditionStatus::kUnknown ? Phase::kOther : Phase::kRolledOut;
}

void announce_accepted(std::vector<Announcement>& events, const BlueprintStatus& before,
                       const BlueprintStatus& after) {
  const Change accepted = change_of(before, after, "Accepted");
  if (accepted.turned_true())
    events.push_back({false, "Accepted", "Validate", accepted.after.message});
  if (accepted.turned_to("Invalid"))
    events.push_back({true, "Invalid", "Validate", accepted.after.message});
  if (accepted.turned_to("NameConflict"))
    events.push_back({true, "Conflict", "Apply", accepted.after.message});
}

void announce_paused(std::vector<Announcement>& events, const BlueprintStatus& before,
                     const BlueprintStatus& after) {
  const Change applied = change_of(before, after, "Applied");
  const bool was = applied.before.reason == "Paused";
  const bool is = applied.after.reason == "Paused";
  if (is && !was) events.push_back({false, "Paused", "Pause", applied.after.message});
  if (was && !is) events.push_back({false, "Resumed", "Resume", "the blueprint is applied again"});
}

void announce_applied(std::vector<Announcement>& events, const BlueprintStatus& before,
                      const BlueprintStatus& after, const std::vector<Write>& written) {
  const Change applied = change_of(before, after, "Applied");
  std::string kinds;
  for (const Write& write : written) {
    if (write.kind == WriteKind::kPruned) continue;
    kinds += kinds.empty() ? "" : ", ";
    kinds += write.resource.kind;
  }
  if (applied.turned_true() && applied.after.reason == "Applied" && !kinds.empty())
    events.push_back({false, "Applied", "Apply", "written: " + kinds});
}

// Someone changes a child back each time. It is told when it begins.
void announce_contest(std::vector<Announcement>& events, const BlueprintStatus& before,
                      const BlueprintStatus& after, const std::vector<ChildTrouble>& troubles) {
  if (condition_of(before, "Applied").message == condition_of(after, "Applied").message) return;
  for (const ChildTrouble& trouble : troubles) {
    if (trouble.trouble == Trouble::kContested)
      events.push_back({true, "Conflict", "Apply", trouble.message});
  }
}

void announce_references(std::vector<Announcement>& events, const BlueprintStatus& before,
                         const BlueprintStatus& after) {
  const Change references = change_of(before, after, "ReferencesResolved");
  const bool is = references.after.status == ConditionStatus::kFalse;
  const bool news = references.before.status != ConditionStatus::kFalse ||
                    references.before.message != references.after.message;
  if (is && news) events.push_back({true, "ReferenceMissing", "Resolve", references.after.message});
}

void announce_rollout(std::vector<Announcement>& events, const BlueprintStatus& before,
                      const BlueprintStatus& after) {
  const Phase was = phase_of(before);
  const Phase is = phase_of(after);
  const bool same = before.observed_generation == after.observed_generation;
  const bool under_way = was == Phase::kRolling || was == Phase::kFailed;
  // The first rollout may be over before the first status is written.
  const bool at_once = is == Phase::kRolledOut && before.observed_generation == 0;
  const Condition ready = condition_of(after, "Ready");
  if (at_once || (is == Phase::kRolling && !(same && under_way)))
    events.push_back({false, "RolloutStarted", "RollOut", "rolling out " + after.version});
  if (is == Phase::kFailed && !(same && was == Phase::kFailed))
    events.push_back({true, "RolloutFailed", "RollOut", ready.reason + ": " + ready.message});
  if (at_once || (is == Phase::kRolledOut && under_way))
    events.push_back({false, "RolloutComplete", "RollOut", ready.message});
}

}  // namespace

bool once_a_generation(const Announcement& announcement) {
  return announcement.reason == "Accepted" || announcement.reason == "Applied";
}

std::vector<Announcement> announce_writes(const Applied& applied) {
  std::vector<Announcement> events;
  // One event for all that one manager did to one child.
  std::map<std::pair<std::string, std::string>, std::string> fields;
  for (const Correction& one : applied.corrections) {
    std::string& list = fields[{described(one.resource, one.name), one.manager}];
    list += (list.empty() ? "" : ", ") + one.field;
  }
  for (const auto& [where, list] : fields) {
    const auto& [child, manager] = where;
    std::string note = child + ": put right what ";
    note.append(manager.empty() ? "someone removed" : manager + " changed").append(": ");
    events.push_back({false, "DriftCorrected", "Apply", note.append(list)});
  }
  for (const Write& write : applied.written) {
    if (write.kind == WriteKind::kPruned)
      events.push_back(
          {false, "Pruned", "Delete", "deleted " + described(write.resource, write.name)});
  }
  return events;
}

std::vector<Announcement> announce_transition(const BlueprintStatus& before,
                                              const BlueprintStatus& after,
                                              const Applied& applied) {
  std::vector<Announcement> events;
  announce_accepted(events, before, after);
  announce_paused(events, before, after);
  announce_references(events, before, after);
  announce_applied(events, before, after, applied.written);
  announce_contest(events, before, after, applied.troubles);
  announce_rollout(events, before, after);
  return events;
}

}  // namespace controller
