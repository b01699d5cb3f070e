#include "controller/child_writer.h"

#include <utility>

#include "controller/managed_fields.h"
#include "kube/watch_decoder.h"

namespace controller {

using nlohmann::json;

std::variant<kube::ChildRecord, kube::ApiError> ChildWriter::create(const blueprint::Object& object,
                                                                    const json& body) {
  kube::Outcome outcome = context_.client.create(object.resource, object.key, body.dump(),
                                                 view(object.resource), context_.stop);
  if (const auto* const error = std::get_if<kube::ApiError>(&outcome)) return *error;
  result_.wrote(object.resource, object.key.name, WriteKind::kCreated);
  return observe(object.resource, std::move(std::get<std::string>(outcome)));
}

bool ChildWriter::set_ownership_right(const blueprint::Object& object, kube::ChildRecord& record) {
  const auto patch = ownership_patch(record);
  if (!patch) return true;
  kube::Outcome outcome = context_.client.json_patch(object.resource, object.key, *patch,
                                                     view(object.resource), context_.stop);
  if (const auto* const error = std::get_if<kube::ApiError>(&outcome)) {
    result_.refuse(object, record, *error);
    return false;
  }
  result_.count(object.resource, "converted");
  record = observe(object.resource, std::move(std::get<std::string>(outcome)));
  return true;
}

std::optional<kube::ChildRecord> ChildWriter::apply(blueprint::Object& object,
                                                    const kube::ChildRecord& record) {
  object.body["metadata"]["uid"] = record.uid.text();
  kube::Outcome outcome = send_apply(object);
  if (const auto* const error = std::get_if<kube::ApiError>(&outcome);
      error != nullptr && classify(*error) == Refusal::kDuplicateListKey &&
      set_list_keys_back(object)) {
    outcome = send_apply(object);
  }
  if (const auto* const error = std::get_if<kube::ApiError>(&outcome)) {
    result_.refuse(object, record, *error);
    return std::nullopt;
  }
  result_.wrote(object.resource, object.key.name, WriteKind::kApplied);
  return observe(object.resource, std::move(std::get<std::string>(outcome)));
}

bool ChildWriter::apply_replicas(const blueprint::Object& object, kube::ChildRecord& record,
                                 std::int64_t replicas) {
  const json body{{"apiVersion", object.resource.api_version()},
                  {"kind", object.resource.kind},
                  {"metadata",
                   {{"name", object.key.name},
                    {"namespace", object.key.namespace_},
                    {"uid", record.uid.text()},
                    {"resourceVersion", std::to_string(record.resource_version)}}},
                  {"spec", {{"replicas", replicas}}}};
  kube::Outcome outcome =
      context_.client.apply_as(context_.identity.field_manager + "-handover", object.resource,
                               object.key, body.dump(), view(object.resource), context_.stop);
  if (const auto* const error = std::get_if<kube::ApiError>(&outcome)) {
    result_.refuse(object, record, *error);
    return false;
  }
  result_.count(object.resource, "handed_over");
  record = observe(object.resource, std::move(std::get<std::string>(outcome)));
  return true;
}

std::optional<kube::ChildRecord> ChildWriter::read(const api::Resource& resource,
                                                   const api::ObjectKey& key) {
  kube::Outcome outcome = context_.client.get(resource, key, view(resource), context_.stop);
  if (std::holds_alternative<kube::ApiError>(outcome)) return std::nullopt;
  return decode(std::move(std::get<std::string>(outcome))).record;
}

json ChildWriter::read_whole(const blueprint::Object& object) {
  const kube::Outcome outcome =
      context_.client.get(object.resource, object.key, kube::View::kFull, context_.stop);
  if (const auto* const error = std::get_if<kube::ApiError>(&outcome))
    throw Outdated(describe(object.resource, object.key.name) + ": " + error->message);
  return json::parse(std::get<std::string>(outcome));
}

kube::Outcome ChildWriter::send_apply(const blueprint::Object& object) {
  return context_.client.apply(object.resource, object.key, object.body.dump(),
                               view(object.resource), "", context_.stop);
}

bool ChildWriter::set_list_keys_back(const blueprint::Object& object) {
  const auto patch = list_key_patch(read_whole(object), object.body);
  if (!patch) return false;
  kube::Outcome outcome = context_.client.json_patch(object.resource, object.key, *patch,
                                                     view(object.resource), context_.stop);
  if (const auto* const error = std::get_if<kube::ApiError>(&outcome)) {
    if (classify(*error) == Refusal::kStale) throw Outdated(error->message);
    return false;
  }
  result_.count(object.resource, "repaired");
  kube::ChildRecord record = observe(object.resource, std::move(std::get<std::string>(outcome)));
  return set_ownership_right(object, record);
}

kube::View ChildWriter::view(const api::Resource& resource) const {
  return context_.children.of(resource).kind.view;
}

kube::Decoded<kube::ChildRecord> ChildWriter::decode(std::string body) const {
  body.reserve(body.size() + kube::kJsonPadding);
  return kube::decode_child(body, context_.identity);
}

kube::ChildRecord ChildWriter::observe(const api::Resource& resource, std::string body) {
  kube::Decoded<kube::ChildRecord> decoded = decode(std::move(body));
  context_.children.of(resource).store->observe_write(decoded.key, decoded.record);
  return std::move(decoded.record);
}

}  // namespace controller
