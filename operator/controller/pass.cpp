#include "controller/pass.h"

#include <algorithm>
#include <utility>

#include "api/digest.h"
#include "controller/field_set.h"
#include "kube/write_fence.h"

namespace controller {
namespace {

using nlohmann::json;

// More than a person reads.
constexpr std::size_t kMostCorrections = 8;

json owner_reference(const Owner& owner) {
  return {{"apiVersion", api::kServiceBlueprint.api_version()},
          {"kind", api::kServiceBlueprint.kind},
          {"name", owner.key.name},
          {"uid", owner.uid.text()},
          {"controller", true},
          {"blockOwnerDeletion", true}};
}

// What is wanted by itself: of a template that is kept only that it is.
json wanted_part(const blueprint::Object& object) {
  json wanted = object.body;
  if (object.keep_template) wanted["spec"].erase("template");
  return wanted;
}

std::string intent_of(const blueprint::Object& object) {
  const std::string text = wanted_part(object).dump();
  return api::to_hex(api::digest_of(object.keep_template ? text + " and the template kept" : text));
}

}  // namespace

Pass::Pass(const PassContext& context, std::vector<blueprint::Object> desired)
    : context_(context),
      desired_(std::move(desired)),
      result_(context),
      writer_(context, result_),
      pruning_(context, result_, writer_),
      hand_over_(context, writer_, pruning_, desired_) {}

Applied Pass::run() {
  bool complete = false;
  try {
    for (blueprint::Object& object : desired_) {
      const bool settled = settle(object);
      if (result_.namespace_ending()) return result_.take();
      if (object.resource == api::kConfigMap && !settled) config_missing_ = true;
      if (object.resource == api::kDeployment) pods_current_ = settled && !object.keep_template;
    }
    pruning_.run(desired_, pods_current_);
    complete = true;
  } catch (const kube::TransportError&) {
    result_.interrupted(std::current_exception());
  } catch (const kube::RetryableError&) {
    result_.interrupted(std::current_exception());
  } catch (const kube::WriteFenced&) {
    result_.interrupted(std::current_exception());
  } catch (const Outdated& outdated) {
    context_.log.debug("acted on an old view", {{"cause", outdated.what()}});
    result_.outdated();
  }
  if (!complete) result_.keep_unreached_entries();
  return result_.take();
}

bool Pass::settle(blueprint::Object& object) {
  if (!is_its_turn(object)) {
    result_.keep_entry(object.resource, object.key.name);
    return false;
  }
  // Pods of the new template would not start; those of the old one have what they need.
  if (object.resource == api::kDeployment && config_missing_) object.keep_template = true;
  object.body["metadata"]["ownerReferences"] = json::array({owner_reference(context_.owner)});
  const std::string intent = intent_of(object);
  if (const auto record = context_.children.of(object.resource).store->get(object.key))
    return update(object, *record, intent);
  return create(object, intent);
}

bool Pass::is_its_turn(const blueprint::Object& object) {
  if (object.resource == api::kDeployment) return hand_over_.free_of_autoscaler();
  return object.resource != api::kHorizontalPodAutoscaler || hand_over_.complete();
}

bool Pass::create(blueprint::Object& object, const std::string& intent) {
  if (object.keep_template) {
    result_.keep_entry(object.resource, object.key.name);
    return false;
  }
  if (!permitted(object, intent)) return false;
  json body = object.body;
  hand_over_.add_first_count(object, body);
  auto outcome = writer_.create(object, body);
  if (const auto* const created = std::get_if<kube::ChildRecord>(&outcome)) {
    context_.throttle.wrote(object.resource, object.key, intent);
    if (body != object.body) return apply(object, *created, intent);
    result_.remember(object.resource, object.key.name, intent, *created);
    return true;
  }
  const auto& error = std::get<kube::ApiError>(outcome);
  if (error.reason != "AlreadyExists") {
    result_.refuse(object.resource, object.key.name, error);
    return false;
  }
  // Whose is it? It does not carry our label, or the watch has not told of it yet.
  const auto there = writer_.read(object.resource, object.key);
  if (!there)
    throw Outdated(describe(object.resource, object.key.name) +
                   " went away while it was looked at");
  return update(object, *there, intent);
}

bool Pass::update(blueprint::Object& object, kube::ChildRecord record, const std::string& intent) {
  if (!context_.owns(record)) {
    report_foreign(object, record);
    return false;
  }
  if (record.deleting) {
    result_.report(object.resource, object.key.name, Trouble::kWaitingForDeletion,
                   describe(object.resource, object.key.name) +
                       " is being deleted; it is made anew when it is gone");
    return false;
  }
  if (!unchanged(object, record, intent)) return apply(object, std::move(record), intent);
  result_.remember(object.resource, object.key.name, intent, record);
  return true;
}

bool Pass::apply(blueprint::Object& object, kube::ChildRecord record, const std::string& intent) {
  if (!permitted(object, intent)) return false;
  std::vector<Correction> corrections = drift(object, record, intent);
  if (!writer_.set_ownership_right(object, record)) return false;
  if (!hand_over_.give_count_away(object, record)) return false;
  if (object.keep_template) keep_live_template(object);
  const auto written = writer_.apply(object, record);
  if (!written) return false;
  context_.throttle.wrote(object.resource, object.key, intent);
  result_.corrected(std::move(corrections));
  result_.remember(object.resource, object.key.name, intent, *written);
  return true;
}

bool Pass::permitted(const blueprint::Object& object, const std::string& intent) {
  if (context_.throttle.permits(object.resource, object.key, intent)) return true;
  result_.keep_entry(object.resource, object.key.name);
  result_.report(object.resource, object.key.name, Trouble::kContested,
                 describe(object.resource, object.key.name) +
                     " is changed by others each time it is written; it is left alone for a while");
  return false;
}

void Pass::report_foreign(const blueprint::Object& object, const kube::ChildRecord& record) {
  const std::string what = describe(object.resource, object.key.name);
  if (record.owner_name == context_.owner.key.name) {
    return result_.report(
        object.resource, object.key.name, Trouble::kWaitingForDeletion,
        what + " belongs to an earlier ServiceBlueprint of this name; waiting until it is deleted");
  }
  result_.report(object.resource, object.key.name, Trouble::kNameConflict,
                 what +
                     " exists and does not belong to this ServiceBlueprint; it is left as it is: "
                     "delete or rename it");
}

bool Pass::unchanged(const blueprint::Object& object, const kube::ChildRecord& record,
                     const std::string& intent) const {
  const api::InventoryEntry* const before =
      find_entry(context_.previous, object.resource, object.key.name);
  return before != nullptr && before->intent == intent && before->uid == record.uid.text() &&
         before->owned == api::to_hex(record.owned);
}

std::vector<Correction> Pass::drift(const blueprint::Object& object,
                                    const kube::ChildRecord& record, const std::string& intent) {
  const api::InventoryEntry* const before =
      find_entry(context_.previous, object.resource, object.key.name);
  const bool only_drift = before != nullptr && before->intent == intent &&
                          before->uid == record.uid.text() && !before->owned.empty() &&
                          record.entry != kube::OwnedEntry::kNone;
  if (!only_drift) return {};
  std::vector<Correction> corrections;
  for (LostField& lost : lost_fields(writer_.read_whole(object), wanted_part(object),
                                     context_.identity.field_manager, kMostCorrections)) {
    corrections.push_back(
        {object.resource, object.key.name, std::move(lost.manager), std::move(lost.path)});
  }
  return corrections;
}

void Pass::keep_live_template(blueprint::Object& object) {
  const json::json_pointer place("/spec/template");
  const json live = writer_.read_whole(object);
  const json fields = applied_fields(live, context_.identity.field_manager);
  const json::json_pointer owned("/f:spec/f:template");
  if (fields.contains(owned) && live.contains(place)) {
    object.body[place] = extract(live.at(place), fields.at(owned));
  } else {
    object.body["spec"].erase("template");
  }
}

}  // namespace controller
