#pragma once

// Reading JSON text with simdjson's On-Demand interface, with an exception instead of an error code
// at each step: what the API server sends has these types, and where it has not, reconnecting is
// the cure. Private to this folder: simdjson's header is large.

#include <charconv>
#include <cstdint>
#include <string_view>

#include <simdjson.h>

#include "api/uid.h"
#include "kube/record.h"
#include "kube/watch_decoder.h"

namespace kube::reader {

using simdjson::SUCCESS;
using simdjson::ondemand::array;
using simdjson::ondemand::object;

static_assert(kJsonPadding == simdjson::SIMDJSON_PADDING);

inline simdjson::padded_string_view padded(std::string_view text) {
  return simdjson::padded_string_view(text.data(), text.size(), text.size() + kJsonPadding);
}

template <typename Value>
std::string_view text_of(Value&& json) {
  std::string_view text;
  if (json.get_string().get(text) != SUCCESS) throw DecodeError("a text was expected");
  return text;
}

template <typename Value>
std::int64_t number_of(Value&& json) {
  std::int64_t number = 0;
  if (json.get_int64().get(number) != SUCCESS) throw DecodeError("a whole number was expected");
  return number;
}

template <typename Value>
bool truth_of(Value&& json) {
  bool truth = false;
  if (json.get_bool().get(truth) != SUCCESS) throw DecodeError("true or false was expected");
  return truth;
}

template <typename Value>
object object_of(Value&& json) {
  object result;
  if (json.get_object().get(result) != SUCCESS) throw DecodeError("an object was expected");
  return result;
}

// Without the white space that On-Demand counts to the value before it.
template <typename Value>
std::string_view raw_of(Value&& json) {
  std::string_view text;
  if (json.raw_json().get(text) != SUCCESS) throw DecodeError("malformed JSON");
  const std::size_t end = text.find_last_not_of(" \t\r\n");
  return text.substr(0, end == std::string_view::npos ? 0 : end + 1);
}

inline api::Uid uid_of(std::string_view text) {
  const auto uid = api::Uid::parse(text);
  if (!uid) throw DecodeError("a uid is no UUID");
  return *uid;
}

inline ResourceVersion resource_version_of(std::string_view text) {
  ResourceVersion version = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), version);
  if (error != std::errc{} || end != text.data() + text.size())
    throw DecodeError("a resourceVersion is no number");
  return version;
}

// Calls visit(key, value) for each member, in the order of the text. Each object can be walked
// once.
template <typename Visit>
void for_each_member(object json, Visit&& visit) {
  for (auto field : json) {
    std::string_view key;
    if (field.unescaped_key().get(key) != SUCCESS) throw DecodeError("malformed JSON");
    visit(key, field.value());
  }
}

// Calls visit(object) for each element; null counts as empty.
template <typename Value, typename Visit>
void for_each_object(Value&& json, Visit&& visit) {
  array list;
  if (json.get_array().get(list) != SUCCESS) return;
  for (auto element : list) visit(object_of(element));
}

}  // namespace kube::reader
