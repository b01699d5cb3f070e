#include "applier_fixture.h"

namespace controller {
namespace {

using kube::Method;
using nlohmann::json;
using support::child;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

TEST_F(ApplierTest, WhatFellAwayIsDeletedWithUidAndVersion) {
  known(child("checkout", 9));
  server_.on(Method::kDelete, kService).answer(200, "{}");
  const Applied applied = apply({}, {entry_for(child("checkout", 9))});
  EXPECT_EQ(json::parse(server_.requests().at(0).body)["preconditions"],
            (json{{"uid", support::kUid}, {"resourceVersion", "9"}}));
  EXPECT_THAT(applied.inventory, IsEmpty());
  EXPECT_EQ(applied.writes, 1);
}

TEST_F(ApplierTest, AChildThatACrashKeptOutOfTheInventoryIsPrunedToo) {
  known(child("checkout", 9, "Update"));
  server_.on(Method::kDelete, kService).answer(200, "{}");
  EXPECT_EQ(apply({}).writes, 1);
}

TEST_F(ApplierTest, NothingOfOthersIsPruned) {
  known(owned_by(child("checkout", 9), kOtherUid));
  EXPECT_EQ(apply({}, {entry_for(child("checkout", 9))}).writes, 0);
  json unmanaged = child("cart", 9);
  unmanaged["metadata"].erase("managedFields");
  known(unmanaged);
  EXPECT_EQ(apply({}).writes, 0);
  EXPECT_THAT(server_.requests(), IsEmpty());
}

TEST_F(ApplierTest, AnInventoryEntryThatTheWatchDoesNotShowIsLookedAtBeforeItIsPruned) {
  server_.on(Method::kGet, kService).answer(200, child("checkout", 12).dump());
  server_.on(Method::kDelete, kService).answer(200, "{}");
  apply({}, {entry_for(child("checkout", 9))});
  EXPECT_THAT(sent(), ElementsAre("GET ", "DELETE application/json"));
}

TEST_F(ApplierTest, WhatIsGoneAlreadyIsNoTrouble) {
  known(child("checkout", 9));
  server_.on(Method::kDelete, kService)
      .answer(404, status(404, "NotFound", "services \"checkout\" not found"));
  const Applied applied = apply({}, {entry_for(child("checkout", 9))});
  EXPECT_THAT(applied.troubles, IsEmpty());
  EXPECT_THAT(applied.inventory, IsEmpty());
}

TEST_F(ApplierTest, ADeletionThatMeetsANewerObjectIsPlannedAgain) {
  known(child("checkout", 9));
  server_.on(Method::kDelete, kService).answer(409, status(409, "Conflict", "Precondition failed"));
  EXPECT_TRUE(apply({}, {entry_for(child("checkout", 9))}).outdated);
}

TEST_F(ApplierTest, ARefusedDeletionIsReportedAndRemembered) {
  known(child("checkout", 9));
  server_.on(Method::kDelete, kService)
      .answer(403, status(403, "Forbidden",
                          "services \"checkout\" is forbidden: User \"x\" cannot delete resource"));
  const Applied applied = apply({}, {entry_for(child("checkout", 9))});
  EXPECT_EQ(applied.troubles.at(0).trouble, Trouble::kForbidden);
  EXPECT_THAT(applied.inventory, SizeIs(1));
}

TEST_F(ApplierTest, AKindWhoseApiIsGoneIsNotPruned) {
  children_.of(api::kServiceMonitor).installed = [] { return false; };
  const api::InventoryEntry monitor{
      "monitoring.coreos.com", "ServiceMonitor", "checkout", kOtherUid, "i", "o"};
  EXPECT_EQ(apply({}, {monitor}).writes, 0);
  EXPECT_THAT(server_.requests(), IsEmpty());
}

// Generated ConfigMaps: a name for each content.
class GenerationsTest : public ApplierTest {
 protected:
  static std::string path(const std::string& name) {
    return "/api/v1/namespaces/shop/configmaps/" + name;
  }

  static json config_map(const std::string& name, int version) {
    json object = child("checkout", version);
    object["metadata"]["name"] = name;
    return object;
  }

  static blueprint::Object wanted(const std::string& name) {
    return {api::kConfigMap, {"shop", name}, {{"metadata", {{"name", name}}}}};
  }

  blueprint::Object deployment() const {
    return {api::kDeployment, key_, {{"metadata", json::object()}, {"spec", json::object()}}};
  }

  // A Deployment that is as deployment() says, rolled out or not.
  void deployment_is(bool rolled_out) {
    json object{{"kind", "Deployment"},
                {"metadata", support::child_metadata("checkout", 7)},
                {"spec", {{"replicas", 1}}},
                {"status",
                 {{"observedGeneration", 1},
                  {"replicas", 1},
                  {"updatedReplicas", 1},
                  {"conditions",
                   {{{"type", "Progressing"},
                     {"status", "True"},
                     {"reason", rolled_out ? "NewReplicaSetAvailable" : "ReplicaSetUpdated"}}}}}}};
    object["metadata"]["generation"] = 1;
    known(object, api::kDeployment);
    server_.on(Method::kPatch, "/apis/apps/v1/namespaces/shop/deployments/checkout")
        .answer(200, object.dump());
  }

  void exists(const std::string& name, int version) {
    known(config_map(name, version), api::kConfigMap);
    server_.on(Method::kPatch, path(name)).answer(200, config_map(name, version).dump());
    server_.on(Method::kDelete, path(name)).answer(200, "{}");
  }

  static api::InventoryEntry listed(const std::string& name) {
    return {"", "ConfigMap", name, std::string(support::kUid), "i", "o"};
  }

  static std::vector<std::string> pruned(const Applied& applied) {
    std::vector<std::string> names;
    for (const Write& write : applied.written) {
      if (write.kind == WriteKind::kPruned) names.push_back(write.name);
    }
    return names;
  }

  static std::vector<std::string> config_maps(const Applied& applied) {
    std::vector<std::string> names;
    for (const api::InventoryEntry& entry : applied.inventory) {
      if (entry.kind == "ConfigMap") names.push_back(entry.name);
    }
    return names;
  }
};

TEST_F(GenerationsTest, TheCurrentAndThePreviousAreKeptOnceRolledOut) {
  deployment_is(true);
  for (const char* const name : {"c", "b", "a"}) exists(name, 3);
  const Applied applied =
      apply({wanted("c"), deployment()}, {listed("c"), listed("b"), listed("a")});
  EXPECT_THAT(pruned(applied), ElementsAre("a"));
  EXPECT_THAT(config_maps(applied), ElementsAre("c", "b"));
}

TEST_F(GenerationsTest, UntilThenPodsMayNeedThemAll) {
  deployment_is(false);
  for (const char* const name : {"c", "b", "a"}) exists(name, 3);
  const Applied applied = apply({wanted("c"), deployment()}, {listed("b"), listed("a")});
  EXPECT_THAT(pruned(applied), IsEmpty());
  EXPECT_THAT(config_maps(applied), ElementsAre("c", "b", "a"));
}

TEST_F(GenerationsTest, AKeptTemplateMayNeedThemAllHoweverRolledOut) {
  deployment_is(true);
  server_.on(Method::kGet, "/apis/apps/v1/namespaces/shop/deployments/checkout")
      .answer(200, R"({"metadata": {}, "spec": {}})");
  for (const char* const name : {"c", "b", "a"}) exists(name, 3);
  blueprint::Object held = deployment();
  held.keep_template = true;
  const Applied applied = apply({wanted("c"), held}, {listed("c"), listed("b"), listed("a")});
  EXPECT_THAT(pruned(applied), IsEmpty());
}

TEST_F(GenerationsTest, WithoutConfigAllGoOnceRolledOut) {
  deployment_is(true);
  for (const char* const name : {"b", "a"}) exists(name, 3);
  const Applied applied = apply({deployment()}, {listed("b"), listed("a")});
  EXPECT_THAT(pruned(applied), ElementsAre("b", "a"));
  EXPECT_THAT(config_maps(applied), IsEmpty());
}

TEST_F(GenerationsTest, WhatTheInventoryLostIsFoundByItsOwnerAndIsTheYoungest) {
  deployment_is(true);
  exists("a", 1);
  exists("c", 3);
  exists("lost-older", 4);
  exists("lost-younger", 5);
  const Applied applied = apply({wanted("c"), deployment()}, {listed("c"), listed("a")});
  EXPECT_THAT(pruned(applied), ElementsAre("lost-older", "a"));
  EXPECT_THAT(config_maps(applied), ElementsAre("c", "lost-younger"));
}

TEST_F(GenerationsTest, WhileNoRolloutCompletesTheInventoryStaysBounded) {
  deployment_is(false);
  std::vector<api::InventoryEntry> inventory;
  for (int i = 20; i > 0; --i) {
    exists("g" + std::to_string(i), i);
    inventory.push_back(listed("g" + std::to_string(i)));
  }
  const Applied applied = apply({wanted("g20"), deployment()}, inventory);
  EXPECT_THAT(pruned(applied), ElementsAre("g5", "g4", "g3"));
  EXPECT_THAT(config_maps(applied), SizeIs(17));
}

}  // namespace
}  // namespace controller
