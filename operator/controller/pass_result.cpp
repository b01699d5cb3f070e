#include "controller/pass_result.h"

#include <utility>

#include "api/digest.h"

namespace controller {
namespace {

// REQUIRES: a refusal that a person has to look at.
Trouble trouble_of(Refusal refusal) {
  if (refusal == Refusal::kForbidden) return Trouble::kForbidden;
  return refusal == Refusal::kQuotaExceeded ? Trouble::kQuotaExceeded : Trouble::kAdmissionDenied;
}

std::string_view outcome_label(Trouble trouble) {
  const bool conflict = trouble == Trouble::kNameConflict ||
                        trouble == Trouble::kWaitingForDeletion || trouble == Trouble::kContested;
  return conflict ? "conflict" : "denied";
}

std::string_view outcome_label(WriteKind kind) {
  if (kind == WriteKind::kCreated) return "created";
  return kind == WriteKind::kApplied ? "applied" : "deleted";
}

}  // namespace

void PassResult::count(const api::Resource& resource, std::string_view outcome) {
  ++applied_.writes;
  context_.metrics.count_write(resource.plural, outcome);
}

void PassResult::wrote(const api::Resource& resource, const std::string& name, WriteKind kind) {
  count(resource, outcome_label(kind));
  applied_.written.push_back({resource, name, kind});
}

void PassResult::corrected(std::vector<Correction> corrections) {
  for (Correction& correction : corrections) {
    context_.log.info("drift corrected", {{"kind", correction.resource.kind},
                                          {"child", correction.name},
                                          {"field", correction.field},
                                          {"manager", correction.manager}});
    applied_.corrections.push_back(std::move(correction));
  }
}

void PassResult::remember(const api::Resource& resource, const std::string& name,
                          const std::string& intent, const kube::ChildRecord& record) {
  applied_.inventory.push_back({std::string(resource.group), std::string(resource.kind), name,
                                record.uid.text(), intent, api::to_hex(record.owned)});
}

void PassResult::keep_entry(const api::Resource& resource, const std::string& name) {
  if (const auto* const entry = find_entry(context_.previous, resource, name))
    applied_.inventory.push_back(*entry);
}

void PassResult::keep_unreached_entries() {
  const auto listed = [this](const api::InventoryEntry& entry) {
    for (const api::InventoryEntry& one : applied_.inventory) {
      if (one.group == entry.group && one.kind == entry.kind && one.name == entry.name) return true;
    }
    return false;
  };
  for (const api::InventoryEntry& entry : context_.previous) {
    if (!listed(entry)) applied_.inventory.push_back(entry);
  }
}

void PassResult::report(const api::Resource& resource, const std::string& name, Trouble trouble,
                        std::string message) {
  context_.metrics.count_write(resource.plural, outcome_label(trouble));
  context_.log.warn("child held back",
                    {{"kind", resource.kind}, {"child", name}, {"cause", message}});
  applied_.troubles.push_back({resource, name, trouble, std::move(message)});
}

void PassResult::refuse(const api::Resource& resource, const std::string& name,
                        const kube::ApiError& error) {
  const Refusal refusal = classify(error);
  if (refusal == Refusal::kNamespaceEnding) {
    applied_.namespace_ending = true;
    return;
  }
  // An optional API that went away takes its objects along; its watch is about to notice.
  const bool optional = context_.children.of(resource).kind.presence == kube::Presence::kOptional;
  if (refusal == Refusal::kNotInstalled && optional) return;
  keep_entry(resource, name);
  switch (refusal) {
    case Refusal::kIdentityChanged:
    case Refusal::kStale:
    case Refusal::kNotInstalled:
      throw Outdated(describe(resource, name) + ": " + error.message);
    default:
      report(resource, name, trouble_of(refusal), describe(resource, name) + ": " + error.message);
  }
}

void PassResult::refuse(const blueprint::Object& object, const kube::ChildRecord& record,
                        const kube::ApiError& error) {
  if (classify(error) == Refusal::kIdentityChanged)
    context_.children.of(object.resource).store->forget(object.key, record.uid);
  refuse(object.resource, object.key.name, error);
}

}  // namespace controller
