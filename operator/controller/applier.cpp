#include "controller/applier.h"

#include <algorithm>
#include <utility>
#include <variant>

#include <nlohmann/json.hpp>

#include "api/digest.h"
#include "controller/managed_fields.h"
#include "kube/watch_decoder.h"

namespace controller {
namespace {

using nlohmann::json;

// What is known about an object turned out to be old. The watch is about to tell; the queue comes
// back.
class Outdated : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

nlohmann::json owner_reference(const Owner& owner) {
  return {{"apiVersion", api::kServiceBlueprint.api_version()},
          {"kind", api::kServiceBlueprint.kind},
          {"name", owner.key.name},
          {"uid", owner.uid.text()},
          {"controller", true},
          {"blockOwnerDeletion", true}};
}

std::string describe(const api::Resource& resource, const std::string& name) {
  return std::string(resource.kind) + " \"" + name + "\"";
}

// REQUIRES: a refusal that a person has to look at.
Trouble trouble_of(Refusal refusal) {
  if (refusal == Refusal::kForbidden) return Trouble::kForbidden;
  return refusal == Refusal::kQuotaExceeded ? Trouble::kQuotaExceeded : Trouble::kAdmissionDenied;
}

std::string_view outcome_label(Trouble trouble) {
  const bool conflict =
      trouble == Trouble::kNameConflict || trouble == Trouble::kWaitingForDeletion;
  return conflict ? "conflict" : "denied";
}

const api::InventoryEntry* find_entry(const std::vector<api::InventoryEntry>& inventory,
                                      const api::Resource& resource, const std::string& name) {
  const auto found =
      std::find_if(inventory.begin(), inventory.end(), [&](const api::InventoryEntry& entry) {
        return entry.group == resource.group && entry.kind == resource.kind && entry.name == name;
      });
  return found == inventory.end() ? nullptr : &*found;
}

}  // namespace

// One call of apply(): what it needs everywhere, and the result as it grows.
class Applier::Pass {
 public:
  Pass(Applier& applier, const Owner& owner, const std::vector<api::InventoryEntry>& previous,
       const telemetry::Log& log, const std::stop_token& stop)
      : client_(applier.client_),
        children_(applier.children_),
        metrics_(applier.metrics_),
        identity_(applier.identity_),
        owner_(owner),
        previous_(previous),
        log_(log),
        stop_(stop) {}

  Applied run(std::vector<blueprint::Object> desired) {
    try {
      for (blueprint::Object& object : desired) {
        settle(object);
        if (result_.namespace_ending) return std::move(result_);
      }
      prune(desired);
    } catch (const kube::TransportError&) {
      result_.interruption = std::current_exception();
    } catch (const kube::RetryableError&) {
      result_.interruption = std::current_exception();
    } catch (const Outdated& outdated) {
      log_.debug("acted on an old view", {{"cause", outdated.what()}});
      result_.outdated = true;
    }
    if (result_.interruption || result_.outdated) keep_unreached_entries();
    return std::move(result_);
  }

 private:
  // --- Create and update
  // -------------------------------------------------------------------------------------------

  void settle(blueprint::Object& object) {
    object.body["metadata"]["ownerReferences"] = json::array({owner_reference(owner_)});
    std::string body = object.body.dump();
    const std::string intent = api::to_hex(api::digest_of(body));
    if (const auto record = children_.of(object.resource).store->get(object.key)) {
      return update(object, *record, intent);
    }
    create(object, std::move(body), intent);
  }

  void create(blueprint::Object& object, std::string body, const std::string& intent) {
    kube::Outcome outcome =
        client_.create(object.resource, object.key, std::move(body), view(object.resource), stop_);
    if (auto* const created = std::get_if<std::string>(&outcome)) {
      wrote(object, "created");
      return remember(object, intent, observe(object.resource, std::move(*created)));
    }
    const auto& error = std::get<kube::ApiError>(outcome);
    if (error.reason != "AlreadyExists") return refuse(object, error);
    // The only read there is: whose is it? It does not carry our label, or the watch has not told
    // of it yet.
    kube::Outcome there = client_.get(object.resource, object.key, view(object.resource), stop_);
    auto* const found = std::get_if<std::string>(&there);
    if (found == nullptr)
      throw Outdated(describe(object.resource, object.key.name) +
                     " went away while it was looked at");
    update(object, decode(std::move(*found)).record, intent);
  }

  void update(blueprint::Object& object, kube::ChildRecord record, const std::string& intent) {
    if (record.owner_uid != owner_.uid) return report_foreign(object, record);
    if (record.deleting) {
      return trouble(object, Trouble::kWaitingForDeletion,
                     describe(object.resource, object.key.name) +
                         " is being deleted; it is made anew when it is gone");
    }
    if (unchanged(object, record, intent)) return remember(object, intent, record);
    apply(object, std::move(record), intent);
  }

  bool unchanged(const blueprint::Object& object, const kube::ChildRecord& record,
                 const std::string& intent) const {
    const api::InventoryEntry* const before =
        find_entry(previous_, object.resource, object.key.name);
    return before != nullptr && before->intent == intent && before->uid == record.uid.text() &&
           before->owned == api::to_hex(record.owned);
  }

  void apply(blueprint::Object& object, kube::ChildRecord record, const std::string& intent) {
    if (!set_ownership_right(object, record)) return;
    object.body["metadata"]["uid"] = record.uid.text();
    const std::string body = object.body.dump();
    kube::Outcome outcome = send_apply(object, body);
    if (const auto* const error = std::get_if<kube::ApiError>(&outcome);
        error != nullptr && classify(*error) == Refusal::kDuplicateListKey &&
        set_list_keys_back(object)) {
      outcome = send_apply(object, body);
    }
    if (const auto* const error = std::get_if<kube::ApiError>(&outcome)) {
      return refuse_known(object, record, *error);
    }
    wrote(object, "applied");
    remember(object, intent, observe(object.resource, std::move(std::get<std::string>(outcome))));
  }

  kube::Outcome send_apply(const blueprint::Object& object, const std::string& body) {
    return client_.apply(object.resource, object.key, body, view(object.resource), "", stop_);
  }

  // False: refused, and reported.
  bool set_ownership_right(const blueprint::Object& object, kube::ChildRecord& record) {
    const auto patch = ownership_patch(record);
    if (!patch) return true;
    kube::Outcome outcome =
        client_.json_patch(object.resource, object.key, *patch, view(object.resource), stop_);
    if (const auto* const error = std::get_if<kube::ApiError>(&outcome)) {
      refuse_known(object, record, *error);
      return false;
    }
    wrote(object, "converted");
    record = observe(object.resource, std::move(std::get<std::string>(outcome)));
    return true;
  }

  // False: there was nothing to set back, so the refusal stands.
  bool set_list_keys_back(const blueprint::Object& object) {
    kube::Outcome live = client_.get(object.resource, object.key, kube::View::kFull, stop_);
    if (std::holds_alternative<kube::ApiError>(live)) return false;
    const auto patch = list_key_patch(json::parse(std::get<std::string>(live)), object.body);
    if (!patch) return false;
    kube::Outcome outcome =
        client_.json_patch(object.resource, object.key, *patch, view(object.resource), stop_);
    if (const auto* const error = std::get_if<kube::ApiError>(&outcome)) {
      if (classify(*error) == Refusal::kStale) throw Outdated(error->message);
      return false;
    }
    wrote(object, "repaired");
    kube::ChildRecord record = observe(object.resource, std::move(std::get<std::string>(outcome)));
    return set_ownership_right(object, record);
  }

  // --- Prune
  // -------------------------------------------------------------------------------------------------------

  // What the inventory lists, and what has our UID as its controller and an entry of our field
  // manager (a crash between a creation and the status write leaves such a child).
  void prune(const std::vector<blueprint::Object>& desired) {
    for (const auto& child : children_.all()) {
      if (!child.installed()) continue;
      for (const std::string& name : unwanted_names(child, desired)) {
        remove(child.kind.resource, {owner_.key.namespace_, name});
      }
    }
  }

  std::vector<std::string> unwanted_names(const Children::Child& child,
                                          const std::vector<blueprint::Object>& desired) const {
    std::vector<std::string> names;
    const api::Resource& resource = child.kind.resource;
    const auto wanted = [&](const std::string& name) {
      return std::any_of(desired.begin(), desired.end(), [&](const blueprint::Object& object) {
        return object.resource == resource && object.key.name == name;
      });
    };
    for (const api::InventoryEntry& entry : previous_) {
      if (entry.group == resource.group && entry.kind == resource.kind && !wanted(entry.name))
        names.push_back(entry.name);
    }
    // Every child of this version carries the blueprint's name.
    const std::string& name = owner_.key.name;
    if (!wanted(name) && std::find(names.begin(), names.end(), name) == names.end() &&
        has_our_child(child, name)) {
      names.push_back(name);
    }
    return names;
  }

  bool has_our_child(const Children::Child& child, const std::string& name) const {
    const auto record = child.store->get({owner_.key.namespace_, name});
    return record && record->owner_uid == owner_.uid && record->entry != kube::OwnedEntry::kNone;
  }

  void remove(const api::Resource& resource, const api::ObjectKey& key) {
    const auto record = look_up(resource, key);
    if (!record || record->owner_uid != owner_.uid || record->deleting) return;
    const kube::Outcome outcome = client_.remove(
        resource, key, {record->uid.text(), std::to_string(record->resource_version)}, stop_);
    const auto* const error = std::get_if<kube::ApiError>(&outcome);
    if (error == nullptr) {
      count(resource, "deleted");
      return;
    }
    switch (classify(*error)) {
      case Refusal::kIdentityChanged:
      case Refusal::kNotInstalled:
        return;
      case Refusal::kStale:
        throw Outdated(error->message);
      default:
        keep_entry(resource, key.name);
        report(resource, key.name, trouble_of(classify(*error)), error->message);
    }
  }

  // From the store; an inventory entry without a record may have lost its label, so it is looked
  // at.
  std::optional<kube::ChildRecord> look_up(const api::Resource& resource,
                                           const api::ObjectKey& key) {
    if (auto record = children_.of(resource).store->get(key)) return record;
    kube::Outcome outcome = client_.get(resource, key, kube::View::kMetadata, stop_);
    if (std::holds_alternative<kube::ApiError>(outcome)) return std::nullopt;
    return decode(std::move(std::get<std::string>(outcome))).record;
  }

  // --- Outcomes
  // ----------------------------------------------------------------------------------------------------

  void report_foreign(const blueprint::Object& object, const kube::ChildRecord& record) {
    const std::string what = describe(object.resource, object.key.name);
    if (record.owner_name == owner_.key.name) {
      return trouble(
          object, Trouble::kWaitingForDeletion,
          what +
              " belongs to an earlier ServiceBlueprint of this name; waiting until it is deleted");
    }
    trouble(object, Trouble::kNameConflict,
            what +
                " exists and does not belong to this ServiceBlueprint; it is left as it is: delete "
                "or rename it");
  }

  void refuse(const blueprint::Object& object, const kube::ApiError& error) {
    const Refusal refusal = classify(error);
    if (refusal == Refusal::kNamespaceEnding) {
      result_.namespace_ending = true;
      return;
    }
    keep_entry(object.resource, object.key.name);
    switch (refusal) {
      case Refusal::kIdentityChanged:
      case Refusal::kStale:
      case Refusal::kNotInstalled:
        throw Outdated(describe(object.resource, object.key.name) + ": " + error.message);
      default:
        trouble(object, trouble_of(refusal),
                describe(object.resource, object.key.name) + ": " + error.message);
    }
  }

  // A refusal of a write to an object that we believed in.
  void refuse_known(const blueprint::Object& object, const kube::ChildRecord& record,
                    const kube::ApiError& error) {
    if (classify(error) == Refusal::kIdentityChanged) {
      children_.of(object.resource).store->forget(object.key, record.uid);
    }
    refuse(object, error);
  }

  void trouble(const blueprint::Object& object, Trouble trouble, std::string message) {
    report(object.resource, object.key.name, trouble, std::move(message));
  }

  void report(const api::Resource& resource, const std::string& name, Trouble trouble,
              std::string message) {
    metrics_.count_write(resource.plural, outcome_label(trouble));
    log_.warn("child held back", {{"kind", resource.kind}, {"child", name}, {"cause", message}});
    result_.troubles.push_back({resource, name, trouble, std::move(message)});
  }

  void wrote(const blueprint::Object& object, std::string_view outcome) {
    count(object.resource, outcome);
  }

  void count(const api::Resource& resource, std::string_view outcome) {
    ++result_.writes;
    metrics_.count_write(resource.plural, outcome);
  }

  void remember(const blueprint::Object& object, const std::string& intent,
                const kube::ChildRecord& record) {
    result_.inventory.push_back({std::string(object.resource.group),
                                 std::string(object.resource.kind), object.key.name,
                                 record.uid.text(), intent, api::to_hex(record.owned)});
  }

  // A child that could not be written is still ours.
  void keep_entry(const api::Resource& resource, const std::string& name) {
    if (const auto* const entry = find_entry(previous_, resource, name))
      result_.inventory.push_back(*entry);
  }

  void keep_unreached_entries() {
    for (const api::InventoryEntry& entry : previous_) {
      const bool known =
          std::any_of(result_.inventory.begin(), result_.inventory.end(), [&](const auto& one) {
            return one.group == entry.group && one.kind == entry.kind && one.name == entry.name;
          });
      if (!known) result_.inventory.push_back(entry);
    }
  }

  kube::View view(const api::Resource& resource) const { return children_.of(resource).kind.view; }

  kube::Decoded<kube::ChildRecord> decode(std::string body) const {
    body.reserve(body.size() + kube::kJsonPadding);
    return kube::decode_child(body, identity_);
  }

  // The answer to a write, into the store: the next pass must not act on anything older.
  kube::ChildRecord observe(const api::Resource& resource, std::string body) {
    kube::Decoded<kube::ChildRecord> decoded = decode(std::move(body));
    children_.of(resource).store->observe_write(decoded.key, decoded.record);
    return std::move(decoded.record);
  }

  kube::Client& client_;
  Children& children_;
  telemetry::Metrics& metrics_;
  const kube::Identity& identity_;
  const Owner& owner_;
  const std::vector<api::InventoryEntry>& previous_;
  const telemetry::Log& log_;
  const std::stop_token& stop_;
  Applied result_;
};

Applier::Applier(kube::Client& client, Children& children, telemetry::Metrics& metrics,
                 kube::Identity identity)
    : client_(client), children_(children), metrics_(metrics), identity_(std::move(identity)) {}

Applied Applier::apply(const Owner& owner, std::vector<blueprint::Object> desired,
                       const std::vector<api::InventoryEntry>& previous, const telemetry::Log& log,
                       const std::stop_token& stop) {
  return Pass(*this, owner, previous, log, stop).run(std::move(desired));
}

}  // namespace controller
