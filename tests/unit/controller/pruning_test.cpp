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

}  // namespace
}  // namespace controller
