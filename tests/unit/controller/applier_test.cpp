#include "kube/write_fence.h"

#include "applier_fixture.h"

namespace controller {
namespace {

using kube::Fault;
using kube::Method;
using nlohmann::json;
using support::child;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

TEST_F(ApplierTest, CreatesWhatIsNotKnownByPostWithoutReadingFirst) {
  server_.on(Method::kPost, kServices).answer(201, child("checkout", 5, "Update").dump());
  const Applied applied = apply({service()});
  EXPECT_THAT(sent(), ElementsAre("POST application/json"));
  EXPECT_EQ(applied.writes, 1);
  EXPECT_EQ(applied.inventory, std::vector{entry_for(child("checkout", 5, "Update"))});
  const json body = json::parse(server_.requests()[0].body);
  const json& owner = body["metadata"]["ownerReferences"][0];
  EXPECT_EQ(owner["uid"], support::kOwnerUid);
  EXPECT_EQ(owner["controller"], true);
  EXPECT_EQ(owner["blockOwnerDeletion"], true);
}

TEST_F(ApplierTest, TheNextPassActsOnTheAnswerNotOnAnOldCache) {
  server_.on(Method::kPost, kServices).answer(201, child("checkout", 5, "Update").dump());
  const Applied first = apply({service()});
  const Applied second = apply({service()}, first.inventory);
  EXPECT_EQ(second.writes, 0);
  EXPECT_THAT(server_.requests(), SizeIs(1));
}

TEST_F(ApplierTest, AnUnchangedChildCostsNoRequest) {
  known(child("checkout", 9));
  const Applied applied = apply({service()}, {entry_for(child("checkout", 9))});
  EXPECT_THAT(server_.requests(), IsEmpty());
  EXPECT_EQ(applied.inventory, std::vector{entry_for(child("checkout", 9))});
}

TEST_F(ApplierTest, AChangedIntentIsApplied) {
  known(child("checkout", 9));
  api::InventoryEntry before = entry_for(child("checkout", 9));
  before.intent = "0000000000000000";
  server_.on(Method::kPatch, kService).answer(200, child("checkout", 10).dump());
  EXPECT_EQ(apply({service()}, {before}).writes, 1);
}

TEST_F(ApplierTest, ARecreatedChildIsNotTakenForTheOneInTheInventory) {
  known(child("checkout", 9));
  api::InventoryEntry before = entry_for(child("checkout", 9));
  before.uid = kOtherUid;
  server_.on(Method::kPatch, kService).answer(200, child("checkout", 10).dump());
  EXPECT_EQ(apply({service()}, {before}).writes, 1);
}

TEST_F(ApplierTest, TheCreationsEntryIsTurnedIntoApplyBeforeTheFirstApply) {
  known(child("checkout", 9, "Update"));
  server_.on(Method::kPatch, kService)
      .answer(200, child("checkout", 10).dump())
      .answer(200, child("checkout", 11).dump());
  const Applied applied = apply({service()});
  EXPECT_THAT(sent(), ElementsAre("PATCH application/json-patch+json",
                                  "PATCH application/apply-patch+yaml"));
  EXPECT_EQ(
      json::parse(server_.requests()[0].body),
      json::parse(R"([{"op":"replace","path":"/metadata/managedFields/0/operation","value":"Apply"},
                            {"op":"replace","path":"/metadata/resourceVersion","value":"9"}])"));
  EXPECT_EQ(applied.writes, 2);
}

TEST_F(ApplierTest, AStaleOwnershipPatchEndsThePassWithoutAnApply) {
  known(child("checkout", 9, "Update"));
  server_.on(Method::kPatch, kService)
      .answer(409, status(409, "Conflict", "the object has been modified"));
  const Applied applied = apply({service()});
  EXPECT_TRUE(applied.outdated);
  EXPECT_FALSE(applied.interruption);
  EXPECT_THAT(applied.troubles, IsEmpty());
}

TEST_F(ApplierTest, AForeignObjectOfTheNameIsReportedAndNotTouched) {
  json foreign = child("checkout", 3);
  foreign["metadata"].erase("ownerReferences");
  server_.on(Method::kPost, kServices).answer(409, already_exists());
  server_.on(Method::kGet, kService).answer(200, foreign.dump());
  const Applied applied = apply({service()});
  EXPECT_THAT(sent(), ElementsAre("POST application/json", "GET "));
  ASSERT_THAT(applied.troubles, SizeIs(1));
  EXPECT_EQ(applied.troubles[0].trouble, Trouble::kNameConflict);
  EXPECT_THAT(applied.troubles[0].message, HasSubstr("Service \"checkout\" exists"));
  EXPECT_THAT(applied.inventory, IsEmpty());
  EXPECT_EQ(applied.writes, 0);
}

TEST_F(ApplierTest, AForeignObjectThatCarriesOurLabelIsForeignAllTheSame) {
  known(owned_by(child("checkout", 3), kOtherUid, "another"));
  const Applied applied = apply({service()});
  EXPECT_THAT(server_.requests(), IsEmpty());
  EXPECT_EQ(applied.troubles.at(0).trouble, Trouble::kNameConflict);
}

TEST_F(ApplierTest, ALeftoverOfTheBlueprintBeforeIsWaitedFor) {
  known(owned_by(child("checkout", 3), kOtherUid));
  const Applied applied = apply({service()});
  EXPECT_THAT(server_.requests(), IsEmpty());
  EXPECT_EQ(applied.troubles.at(0).trouble, Trouble::kWaitingForDeletion);
}

TEST_F(ApplierTest, OurOwnChildOnItsWayOutIsWaitedFor) {
  json leaving = child("checkout", 3);
  leaving["metadata"]["deletionTimestamp"] = "2026-11-24T09:00:00Z";
  known(leaving);
  const Applied applied = apply({service()});
  EXPECT_THAT(server_.requests(), IsEmpty());
  EXPECT_EQ(applied.troubles.at(0).trouble, Trouble::kWaitingForDeletion);
}

TEST_F(ApplierTest, AChildThatLostOurLabelIsFoundByItsOwnerAndApplied) {
  server_.on(Method::kPost, kServices).answer(409, already_exists());
  server_.on(Method::kGet, kService).answer(200, child("checkout", 9).dump());
  server_.on(Method::kPatch, kService).answer(200, child("checkout", 10).dump());
  const Applied applied = apply({service()});
  EXPECT_THAT(sent(),
              ElementsAre("POST application/json", "GET ", "PATCH application/apply-patch+yaml"));
  EXPECT_THAT(applied.troubles, IsEmpty());
}

TEST_F(ApplierTest, AnObjectThatVanishesWhileItIsLookedAtIsPlannedAgain) {
  server_.on(Method::kPost, kServices).answer(409, already_exists());
  server_.on(Method::kGet, kService)
      .answer(404, status(404, "NotFound", "services \"checkout\" not found"));
  EXPECT_TRUE(apply({service()}).outdated);
}

TEST_F(ApplierTest, AnotherIdentityUnderTheNameIsPlannedAgainAndTheRecordForgotten) {
  known(child("checkout", 9));
  server_.on(Method::kPatch, kService)
      .answer(
          409,
          status(409, "Conflict",
                 "Operation cannot be fulfilled: uid mismatch: the provided object specified uid"));
  EXPECT_TRUE(apply({service()}).outdated);
  EXPECT_FALSE(children_.of(api::kService).store->get(key_));
}

TEST_F(ApplierTest, AListKeyThatSomeoneChangedIsSetBackInPlace) {
  known(child("checkout", 9));
  json live = child("checkout", 9);
  live["spec"]["ports"] = {{{"name", "http"}, {"port", 81}, {"protocol", "TCP"}}};
  json both = child("checkout", 10);
  both["metadata"]["managedFields"].push_back(both["metadata"]["managedFields"][0]);
  both["metadata"]["managedFields"][1]["operation"] = "Update";
  server_.on(Method::kPatch, kService)
      .answer(422, status(422, "Invalid", "duplicate",
                          {{{"reason", "FieldValueDuplicate"}, {"field", "spec.ports[1].name"}}}))
      .answer(200, both.dump())
      .answer(200, child("checkout", 11).dump())
      .answer(200, child("checkout", 12).dump());
  server_.on(Method::kGet, kService).answer(200, live.dump());
  const Applied applied = apply({service()});
  EXPECT_THAT(
      sent(),
      ElementsAre("PATCH application/apply-patch+yaml", "GET ", "PATCH application/json-patch+json",
                  "PATCH application/json-patch+json", "PATCH application/apply-patch+yaml"));
  EXPECT_EQ(json::parse(server_.requests()[3].body)[0],
            (json{{"op", "remove"}, {"path", "/metadata/managedFields/1"}}));
  EXPECT_THAT(applied.troubles, IsEmpty());
  EXPECT_EQ(applied.inventory, std::vector{entry_for(child("checkout", 12))});
}

TEST_F(ApplierTest, ARefusedChildKeepsItsPlaceInTheInventoryAndTheServersWords) {
  known(child("checkout", 9));
  api::InventoryEntry before = entry_for(child("checkout", 9));
  before.intent = "0000000000000000";
  server_.on(Method::kPatch, kService).answer(422, status(422, "Invalid", "policy says no"));
  const Applied applied = apply({service()}, {before});
  EXPECT_EQ(applied.troubles.at(0).trouble, Trouble::kAdmissionDenied);
  EXPECT_THAT(applied.troubles[0].message, HasSubstr("policy says no"));
  EXPECT_EQ(applied.inventory, std::vector{before});
}

TEST_F(ApplierTest, OneRefusedChildDoesNotHoldBackTheNext) {
  server_.on(Method::kPost, "/api/v1/namespaces/shop/serviceaccounts")
      .answer(403, status(403, "Forbidden",
                          "serviceaccounts is forbidden: User \"x\" cannot create resource"));
  server_.on(Method::kPost, kServices).answer(201, child("checkout", 5, "Update").dump());
  blueprint::Object account{api::kServiceAccount, key_, {{"metadata", json::object()}}};
  const Applied applied = apply({account, service()});
  EXPECT_EQ(applied.troubles.at(0).trouble, Trouble::kForbidden);
  EXPECT_EQ(applied.writes, 1);
}

TEST_F(ApplierTest, AFailingServerEndsThePassAndNothingIsForgotten) {
  const api::InventoryEntry account{"", "ServiceAccount", "checkout", kOtherUid, "i", "o"};
  const api::InventoryEntry budget{"policy", "PodDisruptionBudget", "checkout", kOtherUid, "i",
                                   "o"};
  server_.on(Method::kPost, kServices).answer(500, status(500, "InternalError", "etcd is away"));
  const Applied applied = apply({service()}, {account, budget});
  ASSERT_TRUE(applied.interruption);
  EXPECT_THROW(std::rethrow_exception(applied.interruption), kube::RetryableError);
  EXPECT_EQ(applied.inventory, (std::vector{account, budget}));
  EXPECT_THAT(server_.requests(), SizeIs(1)) << "nothing is pruned after an incomplete pass";
}

TEST_F(ApplierTest, AnUnreachableServerEndsThePass) {
  server_.on(Method::kPost, kServices).fault(Fault::kTimeout);
  EXPECT_TRUE(apply({service()}).interruption);
}

TEST_F(ApplierTest, AWriteThatTheFenceRefusesEndsThePassAndNothingIsForgotten) {
  const api::InventoryEntry budget{"policy", "PodDisruptionBudget", "checkout", kOtherUid, "i",
                                   "o"};
  server_.on(Method::kPost, kServices).answer(201, "").before([] { throw kube::WriteFenced(); });
  const Applied applied = apply({service()}, {budget});
  ASSERT_TRUE(applied.interruption);
  EXPECT_THROW(std::rethrow_exception(applied.interruption), kube::WriteFenced);
  EXPECT_EQ(applied.inventory, std::vector{budget});
}

TEST_F(ApplierTest, ANamespaceOnItsWayOutEndsTheWorkQuietly) {
  server_.on(Method::kPost, kServices)
      .answer(403,
              status(403, "Forbidden", "being terminated", {{{"reason", "NamespaceTerminating"}}}));
  const Applied applied = apply({service()});
  EXPECT_TRUE(applied.namespace_ending);
  EXPECT_THAT(applied.troubles, IsEmpty());
}

TEST_F(ApplierTest, WritesAreCountedByKindAndOutcome) {
  server_.on(Method::kPost, kServices).answer(201, child("checkout", 5, "Update").dump());
  apply({service()});
  EXPECT_THAT(
      metrics_.text(),
      HasSubstr(R"(serviceblueprint_writes_total{outcome="created",resource="services"} 1)"));
}

}  // namespace
}  // namespace controller
