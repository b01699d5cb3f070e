#include "kube/record.h"

#include <gtest/gtest.h>

#include "kube/watch_decoder.h"
#include "support/objects.h"

namespace kube {
namespace {

using nlohmann::json;
using support::padded;

ChildRecord decode(const json& object) {
  return decode_child(padded(object), support::identity()).record;
}

json deployment(const json& env_order = {"PORT", "MODE"}) {
  json env = json::array();
  for (const json& name : env_order) env.push_back({{"name", name}, {"value", "x"}});
  const json owned_env{
      {"k:{\"name\":\"PORT\"}", {{".", json::object()}, {"f:name", json::object()}}},
      {"k:{\"name\":\"MODE\"}", {{".", json::object()}, {"f:name", json::object()}}}};
  const json fields{
      {"f:spec",
       {{"f:template",
         {{"f:spec",
           {{"f:containers",
             {{"k:{\"name\":\"checkout\"}", {{".", json::object()}, {"f:env", owned_env}}}}}}}}}}}};
  json metadata = support::child_metadata("checkout", 5, "Apply", fields);
  metadata["generation"] = 3;
  return {
      {"kind", "Deployment"},
      {"apiVersion", "apps/v1"},
      {"metadata", metadata},
      {"spec",
       {{"replicas", 2},
        {"template", {{"spec", {{"containers", {{{"name", "checkout"}, {"env", env}}}}}}}}}},
      {"status",
       {{"observedGeneration", 3},
        {"replicas", 2},
        {"updatedReplicas", 2},
        {"readyReplicas", 1},
        {"availableReplicas", 1},
        {"conditions",
         {{{"type", "Available"}, {"status", "False"}, {"reason", "MinimumReplicasUnavailable"}},
          {{"type", "Progressing"}, {"status", "True"}, {"reason", "NewReplicaSetAvailable"}}}}}}};
}

TEST(DecodeChild, ReadsIdentityAndOwner) {
  const auto decoded = decode_child(padded(support::child("checkout", 42)), support::identity());
  EXPECT_EQ(api::to_string(decoded.key), "shop/checkout");
  EXPECT_EQ(decoded.record.uid.text(), support::kUid);
  EXPECT_EQ(decoded.record.resource_version, 42U);
  EXPECT_EQ(decoded.record.owner_uid.text(), support::kOwnerUid);
  EXPECT_EQ(decoded.record.owner_name, "checkout");
  EXPECT_EQ(decoded.record.entry, OwnedEntry::kApply);
  EXPECT_FALSE(decoded.record.deleting);
  EXPECT_FALSE(decoded.record.deployment.has_value());
}

TEST(DecodeChild, OnlyAControllerOfOurKindIsAnOwner) {
  for (const auto& [field, value] : {std::pair<const char*, json>{"controller", false},
                                     {"kind", "Application"},
                                     {"apiVersion", "example.com/v1"}}) {
    json object = support::child("checkout", 1);
    object["metadata"]["ownerReferences"][0][field] = value;
    EXPECT_TRUE(decode(object).owner_uid.empty()) << field;
    EXPECT_EQ(decode(object).owner_name, "") << field;
  }
  json newer = support::child("checkout", 1);
  newer["metadata"]["ownerReferences"][0]["apiVersion"] = "serviceblueprint.dev/v1";
  EXPECT_FALSE(decode(newer).owner_uid.empty()) << "another version of the group is the same kind";
}

TEST(DecodeChild, TellsWhichEntriesAreOurs) {
  EXPECT_EQ(decode(support::child("checkout", 1, "Update")).entry, OwnedEntry::kUpdate);
  json both = support::child("checkout", 1);
  json update = both["metadata"]["managedFields"][0];
  update["operation"] = "Update";
  json foreign = update;
  foreign["manager"] = "kubectl";
  both["metadata"]["managedFields"].push_back(foreign);
  both["metadata"]["managedFields"].push_back(update);
  EXPECT_EQ(decode(both).entry, OwnedEntry::kBoth);
  EXPECT_EQ(decode(both).update_index, 2);
  json none = support::child("checkout", 1);
  none["metadata"].erase("managedFields");
  EXPECT_EQ(decode(none).entry, OwnedEntry::kNone);
}

TEST(DecodeChild, AnEntryForASubresourceIsNotOurs) {
  json object = support::child("checkout", 1);
  object["metadata"]["managedFields"][0]["subresource"] = "status";
  EXPECT_EQ(decode(object).entry, OwnedEntry::kNone);
}

TEST(OwnedDigest, ChangesWithOurFieldsAndWithNothingElse) {
  const json object = support::child("checkout", 1);
  const std::uint64_t digest = decode(object).owned;

  json later = object;
  later["metadata"]["managedFields"][0]["time"] = "2027-01-01T00:00:00Z";
  later["metadata"]["resourceVersion"] = "99";
  later["metadata"]["annotations"] = {{"team", "x"}};
  json foreign = object["metadata"]["managedFields"][0];
  foreign["manager"] = "kubectl";
  later["metadata"]["managedFields"].push_back(foreign);
  EXPECT_EQ(decode(later).owned, digest);

  EXPECT_EQ(decode(support::child("checkout", 1, "Update")).owned, digest)
      << "turning the creation's entry into Apply changes no ownership";

  json less = object;
  less["metadata"]["managedFields"][0]["fieldsV1"] = {{"f:spec", json::object()}};
  EXPECT_NE(decode(less).owned, digest);
}

TEST(DecodeChild, ReadsWhatADeploymentSaysOfItself) {
  const ChildRecord record = decode(deployment());
  ASSERT_TRUE(record.deployment.has_value());
  const DeploymentWords& words = *record.deployment;
  EXPECT_EQ(words.generation, 3);
  EXPECT_EQ(words.observed_generation, 3);
  EXPECT_EQ(words.spec_replicas, 2);
  EXPECT_EQ(words.replicas, 2);
  EXPECT_EQ(words.updated, 2);
  EXPECT_EQ(words.ready, 1);
  EXPECT_EQ(words.available, 1);
  EXPECT_EQ(words.progress, Progress::kComplete);
  EXPECT_EQ(words.replica_failure, "");
}

TEST(DecodeChild, ReadsWhyADeploymentIsStuck) {
  json object = deployment();
  object["status"]["conditions"] = {
      {{"type", "Progressing"}, {"status", "False"}, {"reason", "ProgressDeadlineExceeded"}},
      {{"type", "ReplicaFailure"},
       {"status", "True"},
       {"reason", "FailedCreate"},
       {"message", "exceeded quota: q"}}};
  EXPECT_EQ(decode(object).deployment->progress, Progress::kDeadlineExceeded);
  EXPECT_EQ(decode(object).deployment->replica_failure, "exceeded quota: q");
  object["status"]["conditions"][1]["status"] = "False";
  EXPECT_EQ(decode(object).deployment->replica_failure, "");
}

TEST(DecodeChild, AFreshDeploymentHasNoStatusYet) {
  json object = deployment();
  object["status"] = json::object();
  EXPECT_EQ(decode(object).deployment->progress, Progress::kUnknown);
  EXPECT_EQ(decode(object).deployment->observed_generation, 0);
  object.erase("status");
  EXPECT_EQ(decode(object).deployment->available, 0);
}

TEST(OwnedDigest, SeesAReorderOfOurVariables) {
  EXPECT_NE(decode(deployment({"PORT", "MODE"})).owned, decode(deployment({"MODE", "PORT"})).owned);
}

TEST(OwnedDigest, DoesNotSeeForeignVariablesAndContainers) {
  const std::uint64_t digest = decode(deployment()).owned;
  EXPECT_EQ(decode(deployment({"FOREIGN", "PORT", "OTHER", "MODE"})).owned, digest);
  json sidecar = deployment();
  sidecar["spec"]["template"]["spec"]["containers"].push_back(
      {{"name", "proxy"}, {"env", {{{"name", "PORT"}}}}});
  EXPECT_EQ(decode(sidecar).owned, digest);
}

TEST(DecodeChild, TellsWhetherTheCountOfReplicasIsOurs) {
  const auto owns = [](const json& fields) {
    json object = deployment({"PORT"});
    object["metadata"]["managedFields"][0]["fieldsV1"] = fields;
    return decode(object).deployment->owns_replicas;
  };
  EXPECT_TRUE(owns(json::parse(R"({"f:spec": {"f:replicas": {}}})")));
  EXPECT_FALSE(owns(json::parse(R"({"f:spec": {"f:template": {}}})")));
  EXPECT_FALSE(
      owns(json::parse(R"({"f:metadata": {"f:labels": {"f:replicas": {}}}, "f:spec": {}})")));
}

TEST(DecodeChild, ReadsADeletionThatWaits) {
  json object = support::child("checkout", 1);
  object["metadata"]["deletionTimestamp"] = "2026-11-24T09:00:00Z";
  EXPECT_TRUE(decode(object).deleting);
}

TEST(DecodeChild, RefusesWhatNoServerSends) {
  for (const auto& [field, value] : {std::pair<const char*, json>{"uid", "not-a-uuid"},
                                     {"uid", 3},
                                     {"resourceVersion", "12x"},
                                     {"resourceVersion", ""},
                                     {"name", nullptr}}) {
    json object = support::child("checkout", 1);
    object["metadata"][field] = value;
    EXPECT_THROW(decode(object), DecodeError) << field;
  }
  EXPECT_THROW(decode_child(padded(json::array()), support::identity()), DecodeError);
}

TEST(DecodeCustom, KeepsSpecAndStatusAsText) {
  const json object{
      {"apiVersion", "serviceblueprint.dev/v1alpha1"},
      {"kind", "ServiceBlueprint"},
      {"metadata",
       {{"name", "checkout"},
        {"namespace", "shop"},
        {"uid", support::kOwnerUid},
        {"resourceVersion", "8"},
        {"generation", 4},
        {"annotations", {{"kubectl.kubernetes.io/last-applied-configuration", "{}"}}}}},
      {"spec", {{"image", "a:1"}, {"env", {{{"name", "A"}}}}}},
      {"status", {{"observedGeneration", 3}}}};
  const auto decoded = decode_custom(padded(object));
  EXPECT_EQ(api::to_string(decoded.key), "shop/checkout");
  EXPECT_EQ(decoded.record.uid.text(), support::kOwnerUid);
  EXPECT_EQ(decoded.record.resource_version, 8U);
  EXPECT_EQ(decoded.record.generation, 4);
  EXPECT_EQ(json::parse(decoded.record.spec), object["spec"]);
  EXPECT_EQ(json::parse(decoded.record.status), object["status"]);
}

TEST(CustomRecord, ContentIsAllButTheVersion) {
  CustomRecord record{.resource_version = 1, .generation = 2, .spec = "{}"};
  CustomRecord touched = record;
  touched.resource_version = 9;
  EXPECT_TRUE(record.same_content(touched));
  touched.status = "{}";
  EXPECT_FALSE(record.same_content(touched));
}

}  // namespace
}  // namespace kube
