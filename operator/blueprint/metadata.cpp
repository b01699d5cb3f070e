#include "blueprint/metadata.h"

#include "blueprint/labels.h"

namespace blueprint {
namespace {

constexpr const char* kOwnerLabel = "serviceblueprint.dev/owner";
constexpr const char* kTokenAnnotation = "serviceblueprint.dev/restart-token";
constexpr const char* kTriggerAnnotation = "serviceblueprint.dev/restart-trigger";

// map::insert keeps what is there, so the strongest come first.
api::StringMap labels_of(const Context& context, api::StringMap extra) {
  api::StringMap labels = selector_labels(context.name());
  labels.emplace(kManagedByLabel, kManagedBy);
  const std::optional<std::string>& owner = context.spec().owner;
  if (owner) labels.emplace(kOwnerLabel, *owner);
  labels.merge(extra);
  labels.insert(context.spec().labels.begin(), context.spec().labels.end());
  return labels;
}

}  // namespace

Object make_object(const api::Resource& resource, const Context& context, nlohmann::json body,
                   ExtraMetadata extra) {
  const api::ObjectKey& key = context.blueprint.key;
  nlohmann::json metadata{{"name", key.name},
                          {"labels", labels_of(context, std::move(extra.labels))}};
  if (!key.namespace_.empty()) metadata["namespace"] = key.namespace_;
  extra.annotations.insert(context.spec().annotations.begin(), context.spec().annotations.end());
  if (!extra.annotations.empty()) metadata["annotations"] = std::move(extra.annotations);
  body["apiVersion"] = resource.api_version();
  body["kind"] = resource.kind;
  body["metadata"] = std::move(metadata);
  return {.resource = resource, .key = key, .body = std::move(body)};
}

nlohmann::json pod_metadata(const Context& context) {
  const api::BlueprintSpec& spec = context.spec();
  api::StringMap labels = selector_labels(context.name());
  labels.emplace(kManagedByLabel, kManagedBy);
  labels.merge(version_label(context));
  labels.insert(spec.pod_labels.begin(), spec.pod_labels.end());
  nlohmann::json metadata{{"labels", std::move(labels)}};
  api::StringMap annotations = spec.pod_annotations;
  const std::string& token = spec.rollout.restart_token.value_or("");
  if (!token.empty()) annotations[kTokenAnnotation] = token;
  const std::string& trigger = context.facts.restart_trigger;
  if (!trigger.empty()) annotations[kTriggerAnnotation] = trigger;
  if (!annotations.empty()) metadata["annotations"] = std::move(annotations);
  return metadata;
}

api::StringMap version_label(const Context& context) {
  std::string version = label_value(context.version);
  if (version.empty()) return {};
  return {{"app.kubernetes.io/version", std::move(version)}};
}

nlohmann::json label_selector(const Context& context) {
  return {{"matchLabels", selector_labels(context.name())}};
}

}  // namespace blueprint
