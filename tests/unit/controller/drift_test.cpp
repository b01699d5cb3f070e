// What others did to a child: put right, told, and not fought over for ever.

#include "applier_fixture.h"

namespace controller {
namespace {

using kube::Method;
using nlohmann::json;
using support::child;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class DriftTest : public ApplierTest {
 protected:
  // The service as we left it, but for the digest of what we owned then.
  api::InventoryEntry drifted() {
    api::InventoryEntry before = entry_for(child("checkout", 9));
    before.owned = "0000000000000000";
    return before;
  }

  // `object` with the selector taken by another.
  static json taken(json object) {
    object["metadata"]["managedFields"][0]["fieldsV1"] =
        json::parse(R"({"f:metadata": {"f:ownerReferences": {}}, "f:spec": {"f:ports": {}}})");
    object["metadata"]["managedFields"].push_back(
        {{"manager", "kubectl-edit"},
         {"operation", "Update"},
         {"fieldsV1", json::parse(R"({"f:spec": {"f:selector": {}}})")}});
    return object;
  }

  blueprint::Object selecting() const {
    blueprint::Object object = service();
    object.body["spec"]["selector"] = {{"app", "checkout"}};
    return object;
  }

  api::InventoryEntry entry_of(const blueprint::Object& object, const json& live) {
    json body = object.body;
    body["metadata"]["ownerReferences"] = live["metadata"]["ownerReferences"];
    api::InventoryEntry entry = drifted();
    entry.intent = api::to_hex(api::digest_of(body.dump()));
    return entry;
  }
};

TEST_F(DriftTest, ADriftedChildIsAppliedWithForceAndItsUid) {
  known(child("checkout", 9));
  server_.on(Method::kGet, kService).answer(200, child("checkout", 9).dump());
  server_.on(Method::kPatch, kService).answer(200, child("checkout", 10).dump());
  const Applied applied = apply({service()}, {drifted()});
  EXPECT_THAT(sent(), ElementsAre("GET ", "PATCH application/apply-patch+yaml"));
  EXPECT_EQ(json::parse(server_.requests()[1].body)["metadata"]["uid"], support::kUid);
  EXPECT_EQ(applied.inventory, std::vector{entry_for(child("checkout", 10))});
  EXPECT_THAT(applied.written, ElementsAre(Write{api::kService, "checkout", WriteKind::kApplied}));
}

TEST_F(DriftTest, TheManagerAndTheFieldAreNamed) {
  const json live = taken(child("checkout", 9));
  known(live);
  server_.on(Method::kGet, kService).answer(200, live.dump());
  server_.on(Method::kPatch, kService).answer(200, child("checkout", 10).dump());
  const Applied applied = apply({selecting()}, {entry_of(selecting(), live)});
  ASSERT_THAT(applied.corrections, SizeIs(1));
  EXPECT_EQ(applied.corrections[0].manager, "kubectl-edit");
  EXPECT_EQ(applied.corrections[0].field, "spec.selector");
  EXPECT_EQ(applied.corrections[0].name, "checkout");
}

TEST_F(DriftTest, AZeroThatTheServerLeavesOutIsNoCorrection) {
  const json live = taken(child("checkout", 9));
  known(live);
  server_.on(Method::kGet, kService).answer(200, live.dump());
  server_.on(Method::kPatch, kService).answer(200, child("checkout", 10).dump());
  blueprint::Object object = selecting();
  object.body["spec"]["minReadySeconds"] = 0;
  const Applied applied = apply({object}, {entry_of(object, live)});
  ASSERT_THAT(applied.corrections, SizeIs(1));
  EXPECT_EQ(applied.corrections[0].field, "spec.selector");
}

TEST_F(DriftTest, WhatWeWantedOtherwiseAnywayIsNoCorrection) {
  const json live = taken(child("checkout", 9));
  known(live);
  server_.on(Method::kPatch, kService).answer(200, child("checkout", 10).dump());
  EXPECT_THAT(apply({selecting()}, {drifted()}).corrections, IsEmpty());
}

TEST_F(DriftTest, AClearedEntryIsOneForcedApplyAndNoCorrection) {
  json cleared = child("checkout", 9);
  cleared["metadata"]["managedFields"][0]["manager"] = "ancient-changes";
  known(cleared);
  server_.on(Method::kPatch, kService).answer(200, child("checkout", 10).dump());
  const Applied first = apply({service()}, {entry_for(child("checkout", 9))});
  EXPECT_EQ(first.writes, 1);
  EXPECT_THAT(first.corrections, IsEmpty());
  EXPECT_EQ(apply({service()}, first.inventory).writes, 0);
}

TEST_F(DriftTest, AChildThatIsChangedBackEachTimeIsLeftAloneForAWhile) {
  known(child("checkout", 9));
  const api::InventoryEntry before = drifted();
  for (int i = 0; i < 5; ++i) {
    server_.on(Method::kGet, kService).answer(200, child("checkout", 9).dump());
    server_.on(Method::kPatch, kService).answer(200, child("checkout", 10).dump());
    EXPECT_EQ(apply({service()}, {before}).writes, 1);
  }
  const Applied sixth = apply({service()}, {before});
  EXPECT_EQ(sixth.writes, 0);
  ASSERT_THAT(sixth.troubles, SizeIs(1));
  EXPECT_EQ(sixth.troubles[0].trouble, Trouble::kContested);
  EXPECT_THAT(sixth.troubles[0].message, HasSubstr("left alone for a while"));
  EXPECT_EQ(sixth.inventory, std::vector{before});
}

}  // namespace
}  // namespace controller
