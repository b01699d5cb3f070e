#include "support/objects.h"

#include "kube/watch_decoder.h"

namespace support {

using nlohmann::json;

kube::Identity identity() {
  return {std::string(kManager), "serviceblueprint.dev/v1alpha1", "ServiceBlueprint"};
}

json child_metadata(const std::string& name, int resource_version, const std::string& operation,
                    const json& fields) {
  return {{"name", name},
          {"namespace", "shop"},
          {"uid", kUid},
          {"resourceVersion", std::to_string(resource_version)},
          {"ownerReferences",
           {{{"apiVersion", "serviceblueprint.dev/v1alpha1"},
             {"kind", "ServiceBlueprint"},
             {"name", name},
             {"uid", kOwnerUid},
             {"controller", true},
             {"blockOwnerDeletion", true}}}},
          {"managedFields",
           {{{"manager", kManager},
             {"operation", operation},
             {"apiVersion", "v1"},
             {"time", "2026-11-24T09:00:00Z"},
             {"fieldsType", "FieldsV1"},
             {"fieldsV1", fields}}}}};
}

json child(const std::string& name, int resource_version, const std::string& operation) {
  return {{"kind", "PartialObjectMetadata"},
          {"apiVersion", "meta.k8s.io/v1"},
          {"metadata", child_metadata(name, resource_version, operation)}};
}

std::string padded(const json& value) {
  std::string text = value.dump();
  text.reserve(text.size() + kube::kJsonPadding);
  return text;
}

std::string event(std::string_view type, const json& object) {
  return json{{"type", type}, {"object", object}}.dump() + "\n";
}

std::string bookmark(int resource_version, bool initial_events_end) {
  json metadata{{"resourceVersion", std::to_string(resource_version)}};
  if (initial_events_end) metadata["annotations"] = {{"k8s.io/initial-events-end", "true"}};
  return event("BOOKMARK", {{"kind", "Service"}, {"apiVersion", "v1"}, {"metadata", metadata}});
}

}  // namespace support
