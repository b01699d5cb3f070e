#include "kube/data_record.h"

#include <cstring>

#include <gtest/gtest.h>

#include "kube/watch_decoder.h"
#include "support/objects.h"

namespace kube {
namespace {

using nlohmann::json;
using support::padded;

constexpr const char* kValue = "c2VjcmV0LXZhbHVl";

json entry(const char* manager, const char* operation, const char* time, const json& fields) {
  return {{"manager", manager}, {"operation", operation},   {"apiVersion", "v1"},
          {"time", time},       {"fieldsType", "FieldsV1"}, {"fieldsV1", fields}};
}

json owned(std::initializer_list<const char*> members) {
  json map = json::object();
  for (const char* const member : members) map[member] = json::object();
  return map;
}

json data_fields(std::initializer_list<const char*> members = {".", "f:password"}) {
  return {{"f:data", owned(members)}, {"f:type", json::object()}};
}

json label_fields() { return {{"f:metadata", {{"f:labels", owned({".", "f:team"})}}}}; }

json secret(int resource_version, const std::vector<json>& managed_fields) {
  return {{"kind", "PartialObjectMetadata"},
          {"apiVersion", "meta.k8s.io/v1"},
          {"metadata",
           {{"name", "db"},
            {"namespace", "shop"},
            {"uid", support::kUid},
            {"resourceVersion", std::to_string(resource_version)},
            {"managedFields", managed_fields}}}};
}

DataRecord decode(const json& object) { return decode_data(padded(object)).record; }

const json kCreation = entry("kubectl-create", "Update", "2026-11-26T10:00:00Z", data_fields());

TEST(DecodeData, ReadsIdentityAndNamesOfKeys) {
  const auto decoded = decode_data(padded(secret(42, {kCreation})));
  EXPECT_EQ(api::to_string(decoded.key), "shop/db");
  EXPECT_EQ(decoded.record.uid.text(), support::kUid);
  EXPECT_EQ(decoded.record.resource_version, 42U);
  EXPECT_TRUE(decoded.record.keys_known);
  EXPECT_TRUE(decoded.record.has_variable("password"));
  EXPECT_TRUE(decoded.record.has_file("password"));
  EXPECT_FALSE(decoded.record.has_variable("user"));
  EXPECT_EQ(decoded.record.keys.size(), 1U) << "the map itself is no key";
}

TEST(DecodeData, KeysOfAllManagersCountOnce) {
  const DataRecord record =
      decode(secret(1, {kCreation, entry("helm", "Apply", "2026-11-26T10:00:00Z",
                                         data_fields({"f:password", "f:tls.crt"}))}));
  EXPECT_EQ(record.keys.size(), 2U);
  EXPECT_TRUE(record.has_variable("tls.crt"));
}

TEST(DecodeData, BinaryKeysAreFilesOnly) {
  const DataRecord record =
      decode(secret(1, {entry("kubectl-create", "Update", "2026-11-26T10:00:00Z",
                              {{"f:binaryData", owned({".", "f:logo"})}})}));
  EXPECT_TRUE(record.keys_known);
  EXPECT_TRUE(record.has_file("logo"));
  EXPECT_FALSE(record.has_variable("logo"));
}

TEST(DecodeData, KeysAreUnknownWhereNoEntryTellsAll) {
  EXPECT_FALSE(decode(secret(1, {})).keys_known) << "cleared";
  EXPECT_FALSE(
      decode(secret(1, {entry("kubectl-label", "Update", "2026-11-26T10:00:00Z", label_fields())}))
          .keys_known)
      << "cleared, then labelled";
  EXPECT_FALSE(decode(secret(1, {entry("kubectl-patch", "Update", "2026-11-26T10:00:00Z",
                                       data_fields({"f:added"}))}))
                   .keys_known)
      << "cleared, then one key added: the others belong to nobody";
  EXPECT_TRUE(decode(secret(1, {entry("helm", "Apply", "2026-11-26T10:00:00Z",
                                      data_fields({"f:password"}))}))
                  .keys_known)
      << "an apply gives every field an owner";
  EXPECT_TRUE(decode(secret(1, {entry("somebody", "Update", "2026-11-26T10:00:00Z",
                                      {{"f:data", json::object()}})}))
                  .keys_known)
      << "there are none";
}

TEST(DecodeData, AChangedLabelIsNoChange) {
  const DataRecord before = decode(secret(1, {kCreation}));
  const DataRecord after = decode(secret(
      2, {kCreation, entry("kubectl-label", "Update", "2026-11-26T10:05:00Z", label_fields())}));
  EXPECT_EQ(before.content, after.content);
  EXPECT_TRUE(before.same_content(after));
}

TEST(DecodeData, AVersionThatNoEntryTellsOfIsAChange) {
  const DataRecord before = decode(secret(1, {kCreation}));
  const DataRecord after = decode(secret(2, {kCreation}));
  EXPECT_EQ(before.content, after.content) << "written twice within one second";
  EXPECT_FALSE(before.same_content(after));
  EXPECT_TRUE(before.same_content(before));
}

TEST(DecodeData, WhateverTellsOfTheDataIsAChange) {
  const DataRecord before = decode(secret(1, {kCreation}));
  const auto content = [](const json& changed) { return decode(secret(1, {changed})).content; };
  json changed = kCreation;
  changed["time"] = "2026-11-26T10:00:01Z";
  EXPECT_NE(content(changed), before.content) << "a value";
  EXPECT_NE(content(entry("kubectl-create", "Update", "2026-11-26T10:00:00Z",
                          data_fields({".", "f:user"}))),
            before.content)
      << "a key";
  changed = kCreation;
  changed["manager"] = "helm";
  EXPECT_NE(content(changed), before.content);
  changed = kCreation;
  changed["operation"] = "Apply";
  EXPECT_NE(content(changed), before.content);
  json again = secret(1, {kCreation});
  again["metadata"]["uid"] = support::kOwnerUid;
  EXPECT_NE(decode(again).content, before.content) << "made anew";
}

TEST(DecodeData, WithoutOwnersOfTheDataEveryVersionIsAChange) {
  const json label = entry("kubectl-label", "Update", "2026-11-26T10:00:00Z", label_fields());
  EXPECT_NE(decode(secret(1, {label})).content, decode(secret(2, {label})).content);
  EXPECT_EQ(decode(secret(1, {label})).content, decode(secret(1, {label})).content);
}

// The bytes of a record: of the object itself and of what it allocated.
std::string bytes_of(const DataRecord& record) {
  std::string bytes(reinterpret_cast<const char*>(&record), sizeof record);
  bytes.append(reinterpret_cast<const char*>(record.keys.data()),
               record.keys.capacity() * sizeof record.keys[0]);
  return bytes;
}

TEST(DecodeData, KeepsNoValueFromAnywhere) {
  json object = secret(1, {kCreation});
  object["metadata"]["annotations"] = {
      {"kubectl.kubernetes.io/last-applied-configuration",
       json{{"kind", "Secret"}, {"data", {{"password", kValue}}}}.dump()}};
  object["metadata"]["labels"] = {{"value", kValue}};
  object["data"] = {{"password", kValue}};
  object["stringData"] = {{"password", kValue}};
  const DataRecord record = decode(object);
  EXPECT_EQ(record, decode(secret(1, {kCreation})))
      << "the record is that of the same object without";
  EXPECT_EQ(bytes_of(record).find(kValue), std::string::npos);
}

TEST(DecodeData, AnErrorSaysNothingOfTheText) {
  json object = secret(1, {kCreation});
  object["metadata"]["uid"] = kValue;
  object["metadata"]["annotations"] = {
      {"kubectl.kubernetes.io/last-applied-configuration", kValue}};
  try {
    decode(object);
    FAIL() << "it was read";
  } catch (const DecodeError& error) {
    EXPECT_EQ(std::string(error.what()).find(kValue), std::string::npos);
  }
}

}  // namespace
}  // namespace kube
