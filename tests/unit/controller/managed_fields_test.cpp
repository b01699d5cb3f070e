#include "controller/managed_fields.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace controller {
namespace {

using kube::ChildRecord;
using kube::OwnedEntry;
using nlohmann::json;

json service(const json& ports) {
  return {{"metadata", {{"resourceVersion", "7"}}}, {"spec", {{"ports", ports}}}};
}

json port(const std::string& name, int number, const std::string& protocol = "TCP") {
  return {{"name", name}, {"port", number}, {"protocol", protocol}};
}

json deployment(const json& containers) {
  return {{"metadata", {{"resourceVersion", "7"}}},
          {"spec", {{"template", {{"spec", {{"containers", containers}}}}}}}};
}

json container(const std::string& name, int number) {
  return {{"name", name},
          {"ports", {{{"name", "http"}, {"containerPort", number}, {"protocol", "TCP"}}}}};
}

TEST(OwnershipPatch, ThereIsNothingToSetRightInAnApplyEntryOrNone) {
  EXPECT_FALSE(ownership_patch(ChildRecord{.entry = OwnedEntry::kApply}));
  EXPECT_FALSE(ownership_patch(ChildRecord{.entry = OwnedEntry::kNone}));
}

TEST(OwnershipPatch, NamesTheEntryByItsPositionAndGuardsTheVersion) {
  const ChildRecord record{.resource_version = 42, .entry = OwnedEntry::kUpdate, .update_index = 3};
  EXPECT_EQ(
      json::parse(*ownership_patch(record)),
      json::parse(R"([{"op":"replace","path":"/metadata/managedFields/3/operation","value":"Apply"},
                            {"op":"replace","path":"/metadata/resourceVersion","value":"42"}])"));
}

TEST(ListKeyPatch, SetsTheNumberOfAServicePortBack) {
  const auto patch = list_key_patch(service(json::array({port("http", 81)})),
                                    service(json::array({port("http", 80)})));
  ASSERT_TRUE(patch);
  EXPECT_EQ(json::parse(*patch),
            json::parse(R"([{"op":"replace","path":"/spec/ports/0/port","value":80},
                                                 {"op":"replace","path":"/metadata/resourceVersion","value":"7"}])"));
}

TEST(ListKeyPatch, SetsTheProtocolBackToo) {
  const auto patch = list_key_patch(service(json::array({port("dns", 53, "UDP")})),
                                    service(json::array({port("dns", 53, "TCP")})));
  ASSERT_TRUE(patch);
  EXPECT_EQ(json::parse(*patch)[0],
            (json{{"op", "replace"}, {"path", "/spec/ports/0/protocol"}, {"value", "TCP"}}));
}

TEST(ListKeyPatch, LeavesForeignPortsAndThoseThatAreRight) {
  EXPECT_FALSE(list_key_patch(service(json::array({port("http", 80), port("debug", 5000)})),
                              service(json::array({port("http", 80)}))));
  EXPECT_FALSE(list_key_patch(service(json::array({port("other", 81)})),
                              service(json::array({port("http", 80)}))));
}

TEST(ListKeyPatch, FindsAContainerByItsNameAmongForeignOnes) {
  const auto patch =
      list_key_patch(deployment(json::array({container("proxy", 1), container("checkout", 9090)})),
                     deployment(json::array({container("checkout", 8080)})));
  ASSERT_TRUE(patch);
  EXPECT_EQ(json::parse(*patch)[0],
            (json{{"op", "replace"},
                  {"path", "/spec/template/spec/containers/1/ports/0/containerPort"},
                  {"value", 8080}}));
}

TEST(ListKeyPatch, AnObjectWithoutSuchListsHasNothingToSetBack) {
  EXPECT_FALSE(
      list_key_patch({{"metadata", {{"resourceVersion", "7"}}}}, {{"spec", json::object()}}));
}

}  // namespace
}  // namespace controller
