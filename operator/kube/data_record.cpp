#include "kube/data_record.h"

#include <algorithm>

#include "api/digest.h"
#include "kube/json_reader.h"

namespace kube {
namespace {

using namespace reader;

constexpr std::string_view kFieldPrefix = "f:";
constexpr std::string_view kSelf = ".";

std::uint64_t variable_digest(std::string_view key) { return api::digest_of(key); }

std::uint64_t binary_digest(std::string_view key) {
  return api::Digest().add("binaryData").add(key).value();
}

// What one entry of managedFields says of the data.
struct DataFields {
  std::string_view raw;  // the whole fieldsV1
  bool owns_data = false;
  bool owns_map = false;  // the map itself, as its creator does, not just keys of it
};

template <typename KeyDigest>
void read_keys(DataRecord& record, DataFields& fields, object map, KeyDigest digest) {
  fields.owns_data = true;
  bool empty = true;
  for_each_member(map, [&](std::string_view name, auto) {
    empty = false;
    if (name == kSelf) fields.owns_map = true;
    if (!name.starts_with(kFieldPrefix)) return;
    record.keys.push_back(digest(name.substr(kFieldPrefix.size())));
  });
  fields.owns_map = fields.owns_map || empty;
}

DataFields read_fields(DataRecord& record, object json) {
  DataFields fields{.raw = raw_of(json)};
  if (json.reset().error() != SUCCESS) throw DecodeError("malformed JSON");
  for_each_member(json, [&](std::string_view name, auto value) {
    if (name == "f:data") read_keys(record, fields, object_of(value), variable_digest);
    if (name == "f:binaryData") read_keys(record, fields, object_of(value), binary_digest);
  });
  return fields;
}

// What the entries of managedFields come to.
struct Entries {
  api::Digest all;
  api::Digest with_data;
  bool own_data = false;
};

void read_entry(DataRecord& record, Entries& entries, object json) {
  std::string_view manager;
  std::string_view operation;
  std::string_view time;
  DataFields fields;
  for_each_member(json, [&](std::string_view key, auto value) {
    if (key == "manager")
      manager = text_of(value);
    else if (key == "operation")
      operation = text_of(value);
    else if (key == "time")
      time = text_of(value);
    else if (key == "fieldsV1")
      fields = read_fields(record, object_of(value));
  });
  entries.all.add(manager).add(operation).add(time).add(fields.raw);
  if (!fields.owns_data) return;
  entries.own_data = true;
  entries.with_data.add(manager).add(operation).add(time).add(fields.raw);
  // Before the first apply the server gives every field an owner, so an Apply entry beside others
  // tells as much as the entry that owns the map.
  if (fields.owns_map || operation == "Apply") record.keys_known = true;
}

struct Metadata {
  api::ObjectKey key;
  DataRecord record;
  Entries entries;

  template <typename Value>
  void read(std::string_view name, Value value) {
    if (name == "name")
      key.name = text_of(value);
    else if (name == "namespace")
      key.namespace_ = text_of(value);
    else if (name == "uid")
      record.uid = uid_of(text_of(value));
    else if (name == "resourceVersion")
      record.resource_version = resource_version_of(text_of(value));
    else if (name == "managedFields")
      for_each_object(value, [&](object one) { read_entry(record, entries, one); });
  }
};

bool contains(const std::vector<std::uint64_t>& sorted, std::uint64_t digest) {
  return std::binary_search(sorted.begin(), sorted.end(), digest);
}

}  // namespace

bool DataRecord::has_variable(std::string_view key) const {
  return contains(keys, variable_digest(key));
}

bool DataRecord::has_file(std::string_view key) const {
  return has_variable(key) || contains(keys, binary_digest(key));
}

bool DataRecord::same_content(const DataRecord& other) const {
  const bool rewritten = fields == other.fields && resource_version != other.resource_version;
  return uid == other.uid && content == other.content && keys_known == other.keys_known &&
         keys == other.keys && !rewritten;
}

Decoded<DataRecord> decode_data(std::string_view object_text) {
  thread_local simdjson::ondemand::parser json;
  simdjson::ondemand::document root;
  if (json.iterate(padded(object_text)).get(root) != SUCCESS) throw DecodeError("malformed object");
  Metadata metadata;
  for_each_member(object_of(root), [&](std::string_view key, auto value) {
    if (key != "metadata") return;
    for_each_member(object_of(value),
                    [&](std::string_view name, auto member) { metadata.read(name, member); });
  });
  DataRecord& record = metadata.record;
  std::sort(record.keys.begin(), record.keys.end());
  record.keys.erase(std::unique(record.keys.begin(), record.keys.end()), record.keys.end());
  record.keys.shrink_to_fit();
  record.fields = metadata.entries.all.value();
  const std::string source = std::to_string(
      metadata.entries.own_data ? metadata.entries.with_data.value() : record.resource_version);
  record.content = api::Digest().add(record.uid.text()).add(source).value();
  return {std::move(metadata.key), std::move(record)};
}

}  // namespace kube
