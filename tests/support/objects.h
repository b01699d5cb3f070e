#pragma once

// JSON texts of objects as an API server sends them, for tests of what reads them.

#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "kube/record.h"

namespace support {

inline constexpr std::string_view kUid = "11111111-1111-4111-8111-111111111111";
inline constexpr std::string_view kOwnerUid = "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa";
inline constexpr std::string_view kManager = "serviceblueprint-operator";

kube::Identity identity();

// metadata of a child of blueprint `name`, with one managedFields entry of ours.
nlohmann::json child_metadata(const std::string& name, int resource_version,
                              const std::string& operation = "Apply",
                              const nlohmann::json& fields = {
                                  {"f:spec", {{"f:ports", nlohmann::json::object()}}}});

// The same as PartialObjectMetadata of a Service.
nlohmann::json child(const std::string& name, int resource_version,
                     const std::string& operation = "Apply");

// Text with the padding that simdjson reads beyond the end.
std::string padded(const nlohmann::json& value);

// One line of a watch stream.
std::string event(std::string_view type, const nlohmann::json& object);
std::string bookmark(int resource_version, bool initial_events_end = false);

}  // namespace support
