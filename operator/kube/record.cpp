#include "kube/record.h"

#include "api/digest.h"
#include "api/resource.h"
#include "kube/deployment_words.h"
#include "kube/json_reader.h"

namespace kube {
namespace {

using namespace reader;

// The parts of metadata that any record is made of.
struct Metadata {
  api::ObjectKey key;
  api::Uid uid;
  ResourceVersion resource_version = 0;
  std::int64_t generation = 0;
  bool deleting = false;

  // False: `name` is none of them.
  template <typename Value>
  bool read(std::string_view name, Value value) {
    if (name == "name")
      key.name = text_of(value);
    else if (name == "namespace")
      key.namespace_ = text_of(value);
    else if (name == "uid")
      uid = uid_of(text_of(value));
    else if (name == "resourceVersion")
      resource_version = resource_version_of(text_of(value));
    else if (name == "generation")
      generation = number_of(value);
    else if (name == "deletionTimestamp")
      deleting = true;
    else
      return false;
    return true;
  }
};

std::string_view group_of(std::string_view api_version) {
  return api_version.substr(0, api_version.find('/'));
}

void read_owner(ChildRecord& record, object reference, const Identity& identity) {
  std::string_view api_version;
  std::string_view kind;
  std::string_view name;
  std::string_view uid;
  bool controller = false;
  for_each_member(reference, [&](std::string_view key, auto value) {
    if (key == "apiVersion")
      api_version = text_of(value);
    else if (key == "kind")
      kind = text_of(value);
    else if (key == "name")
      name = text_of(value);
    else if (key == "uid")
      uid = text_of(value);
    else if (key == "controller")
      controller = truth_of(value);
  });
  const bool ours = controller && kind == identity.owner_kind &&
                    group_of(api_version) == group_of(identity.owner_api_version);
  if (!ours) return;
  record.owner_name = name;
  record.owner_uid = uid_of(uid);
}

struct ManagedEntry {
  std::string_view manager;
  std::string_view operation;
  std::string_view subresource;
  std::string_view fields;
};

ManagedEntry read_managed_entry(object json) {
  ManagedEntry entry;
  for_each_member(json, [&](std::string_view key, auto value) {
    if (key == "manager")
      entry.manager = text_of(value);
    else if (key == "operation")
      entry.operation = text_of(value);
    else if (key == "subresource")
      entry.subresource = text_of(value);
    else if (key == "fieldsV1")
      entry.fields = raw_of(object_of(value));
  });
  return entry;
}

// Our entries among managedFields; the views are into the object's text.
struct OwnFields {
  std::string_view apply;
  std::string_view update;

  // What a digest of ownership covers. The operation is not in it: turning the creation's entry
  // into Apply changes no field that we own.
  std::string_view effective() const { return apply.empty() ? update : apply; }
};

OwnFields read_managed_fields(ChildRecord& record, simdjson::ondemand::array entries,
                              const Identity& identity) {
  OwnFields own;
  std::uint16_t index = 0;
  for (auto element : entries) {
    const ManagedEntry entry = read_managed_entry(object_of(element));
    if (entry.manager == identity.field_manager && entry.subresource.empty()) {
      const bool apply = entry.operation == "Apply";
      (apply ? own.apply : own.update) = entry.fields;
      if (!apply) record.update_index = index;
    }
    ++index;
  }
  return own;
}

OwnedEntry entry_of(const OwnFields& own) {
  if (!own.apply.empty()) return own.update.empty() ? OwnedEntry::kApply : OwnedEntry::kBoth;
  return own.update.empty() ? OwnedEntry::kNone : OwnedEntry::kUpdate;
}

std::uint64_t owned_digest(const OwnFields& own, std::string_view spec) {
  api::Digest digest;
  digest.add(own.effective());
  if (entry_of(own) == OwnedEntry::kBoth) digest.add(own.update);
  if (!spec.empty()) digest.add(std::to_string(digest_order(spec, own.effective())));
  return digest.value();
}

OwnFields read_child_metadata(Metadata& metadata, ChildRecord& record, object json,
                              const Identity& identity) {
  OwnFields own;
  for_each_member(json, [&](std::string_view key, auto value) {
    if (metadata.read(key, value)) return;
    if (key == "ownerReferences")
      for_each_object(value, [&](object one) { read_owner(record, one, identity); });
    simdjson::ondemand::array entries;
    if (key == "managedFields" && value.get_array().get(entries) == SUCCESS) {
      own = read_managed_fields(record, entries, identity);
    }
  });
  return own;
}

// Of the annotations just the one: what others say in theirs is not for us to keep.
template <typename Value>
void read_paused(CustomRecord& record, Value annotations) {
  for_each_member(object_of(annotations), [&](std::string_view name, auto text) {
    if (name == api::kPausedAnnotation) record.paused = text_of(text);
  });
}

}  // namespace

bool ChildRecord::same_content(const ChildRecord& other) const {
  ChildRecord copy = other;
  copy.resource_version = resource_version;
  return *this == copy;
}

bool CustomRecord::same_content(const CustomRecord& other) const {
  return uid == other.uid && generation == other.generation && deleting == other.deleting &&
         paused == other.paused && spec == other.spec && status == other.status;
}

Decoded<ChildRecord> decode_child(std::string_view object_text, const Identity& identity) {
  thread_local simdjson::ondemand::parser json;
  simdjson::ondemand::document root;
  if (json.iterate(padded(object_text)).get(root) != SUCCESS) throw DecodeError("malformed object");
  Metadata metadata;
  ChildRecord record;
  OwnFields own;
  std::string_view kind;
  std::string_view spec;
  std::string_view status;
  for_each_member(object_of(root), [&](std::string_view key, auto value) {
    if (key == "kind")
      kind = text_of(value);
    else if (key == "metadata")
      own = read_child_metadata(metadata, record, object_of(value), identity);
    else if (key == "spec")
      spec = raw_of(object_of(value));
    else if (key == "status")
      status = raw_of(object_of(value));
  });
  record.uid = metadata.uid;
  record.resource_version = metadata.resource_version;
  record.deleting = metadata.deleting;
  record.entry = entry_of(own);
  record.owned = owned_digest(own, spec);
  if (!spec.empty()) {
    record.deployment = read_deployment_words(spec, status);
    record.deployment->generation = metadata.generation;
    record.deployment->owns_replicas = owns_replicas(own.apply) || owns_replicas(own.update);
  }
  return {std::move(metadata.key), std::move(record)};
}

Decoded<CustomRecord> decode_custom(std::string_view object_text) {
  thread_local simdjson::ondemand::parser json;
  simdjson::ondemand::document root;
  if (json.iterate(padded(object_text)).get(root) != SUCCESS) throw DecodeError("malformed object");
  Metadata metadata;
  CustomRecord record;
  for_each_member(object_of(root), [&](std::string_view key, auto value) {
    if (key == "metadata") {
      for_each_member(object_of(value), [&](std::string_view name, auto member) {
        if (!metadata.read(name, member) && name == "annotations") read_paused(record, member);
      });
    } else if (key == "spec") {
      record.spec = raw_of(object_of(value));
    } else if (key == "status") {
      record.status = raw_of(object_of(value));
    }
  });
  record.uid = metadata.uid;
  record.resource_version = metadata.resource_version;
  record.generation = metadata.generation;
  record.deleting = metadata.deleting;
  return {std::move(metadata.key), std::move(record)};
}

}  // namespace kube
