#include "kube/status_words.h"

#include "kube/json_reader.h"

namespace kube {
namespace {

using namespace reader;
using api::ConditionStatus;
using simdjson::ondemand::document;
using simdjson::ondemand::parser;

struct Named {
  std::string_view type;
  ConditionWords words;
};

ConditionStatus status_of(std::string_view text) {
  if (text == "True") return ConditionStatus::kTrue;
  return text == "False" ? ConditionStatus::kFalse : ConditionStatus::kUnknown;
}

Named read_condition(object json) {
  Named condition;
  for_each_member(json, [&](std::string_view key, auto value) {
    if (key == "type")
      condition.type = text_of(value);
    else if (key == "status")
      condition.words.status = status_of(text_of(value));
    else if (key == "reason")
      condition.words.reason = text_of(value);
    else if (key == "message")
      condition.words.message = text_of(value);
  });
  // The words of what is well change with each measurement, and nobody needs them.
  if (condition.words.status == ConditionStatus::kTrue) condition.words.message.clear();
  return condition;
}

void add_route_condition(ConditionWords& words, object json) {
  Named condition = read_condition(json);
  if (condition.type != "Accepted" && condition.type != "ResolvedRefs") return;
  if (words.status == ConditionStatus::kFalse) return;
  if (condition.words.status == ConditionStatus::kFalse ||
      (condition.type == "Accepted" && condition.words.status == ConditionStatus::kTrue)) {
    words = std::move(condition.words);
  }
}

}  // namespace

ConditionWords read_autoscaler_words(std::string_view status) {
  ConditionWords words;
  if (status.empty()) return words;
  thread_local parser json;
  document root;
  if (json.iterate(padded(status)).get(root) != SUCCESS) throw DecodeError("malformed status");
  for_each_object(root["conditions"], [&](object one) {
    Named condition = read_condition(one);
    if (condition.type == "ScalingActive") words = std::move(condition.words);
  });
  return words;
}

ConditionWords read_route_words(std::string_view status) {
  ConditionWords words;
  if (status.empty()) return words;
  thread_local parser json;
  document root;
  if (json.iterate(padded(status)).get(root) != SUCCESS) throw DecodeError("malformed status");
  for_each_object(root["parents"], [&](object parent) {
    for_each_object(parent["conditions"], [&](object one) { add_route_condition(words, one); });
  });
  return words;
}

}  // namespace kube
