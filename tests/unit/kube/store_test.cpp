#include "kube/store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kube/record.h"

namespace kube {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

const api::ObjectKey kCheckout{"shop", "checkout"};
const api::ObjectKey kCart{"shop", "cart"};
const api::ObjectKey kElsewhere{"lab", "checkout"};
const std::string kEverywhere;

class StoreTest : public testing::Test {
 protected:
  static Decoded<CustomRecord> at(const api::ObjectKey& key, ResourceVersion version,
                                  const std::string& spec = "{}") {
    return {key, {.resource_version = version, .spec = spec}};
  }

  std::string spec_of(const api::ObjectKey& key) const {
    const auto record = store_.get(key);
    return record ? record->spec : "absent";
  }

  std::vector<std::string> take_changes() { return std::exchange(changes_, {}); }

  std::vector<std::string> changes_;
  Store<CustomRecord> store_{
      Scoping::kCluster, [this](const api::ObjectKey& key, const auto& before, const auto& after) {
        changes_.push_back(key.name + ": " + (before ? before->spec : "-") + " -> " +
                           (after ? after->spec : "-"));
      }};
};

TEST_F(StoreTest, TellsOfAdditionChangeAndRemoval) {
  store_.upsert(at(kCheckout, 1, "a"));
  store_.upsert(at(kCheckout, 2, "b"));
  store_.remove(at(kCheckout, 3));
  EXPECT_THAT(take_changes(),
              ElementsAre("checkout: - -> a", "checkout: a -> b", "checkout: b -> -"));
  EXPECT_EQ(spec_of(kCheckout), "absent");
}

TEST_F(StoreTest, KeepsQuietAboutAChangeOfTheVersionAlone) {
  store_.upsert(at(kCheckout, 1, "a"));
  take_changes();
  store_.upsert(at(kCheckout, 2, "a"));
  EXPECT_THAT(take_changes(), IsEmpty());
  EXPECT_EQ(store_.get(kCheckout)->resource_version, 2U) << "a guarded write needs the newest";
}

TEST_F(StoreTest, IgnoresWhatIsOlderThanItKnows) {
  store_.upsert(at(kCheckout, 5, "new"));
  take_changes();
  store_.store(at(kCheckout, 3, "old"));
  EXPECT_EQ(spec_of(kCheckout), "new");
  EXPECT_THAT(take_changes(), IsEmpty());
}

TEST_F(StoreTest, TakesTheAnswerToAWriteAtOnceAndItsEchoIsNoNews) {
  store_.upsert(at(kCheckout, 1, "a"));
  take_changes();
  store_.observe_write(kCheckout, at(kCheckout, 2, "b").record);
  EXPECT_EQ(spec_of(kCheckout), "b");
  store_.upsert(at(kCheckout, 2, "b"));
  EXPECT_THAT(take_changes(), IsEmpty());
}

TEST_F(StoreTest, AnAnswerThatTheWatchHasPassedBringsNothingBack) {
  store_.upsert(at(kCheckout, 1, "a"));
  store_.remove(at(kCheckout, 4));
  store_.observe_write(
      kCheckout, at(kCheckout, 3, "b").record);  // written before the deletion, answered after it
  EXPECT_EQ(spec_of(kCheckout), "absent");
}

TEST_F(StoreTest, TheDeletionOfAnEarlierObjectLeavesItsSuccessor) {
  store_.upsert(at(kCheckout, 1, "first"));
  store_.observe_write(kCheckout, at(kCheckout, 6, "second").record);
  store_.remove(at(kCheckout, 5));
  EXPECT_EQ(spec_of(kCheckout), "second");
}

TEST_F(StoreTest, ForgetsOnlyTheObjectThatWasMeant) {
  const api::Uid first = *api::Uid::parse("11111111-1111-4111-8111-111111111111");
  auto record = at(kCheckout, 1, "a");
  record.record.uid = first;
  store_.upsert(record);
  store_.forget(kCheckout, api::Uid{});
  EXPECT_EQ(spec_of(kCheckout), "a");
  store_.forget(kCheckout, first);
  EXPECT_EQ(spec_of(kCheckout), "absent");
}

TEST_F(StoreTest, ARelistRemovesWhatItDidNotShow) {
  store_.upsert(at(kCheckout, 1, "a"));
  store_.upsert(at(kCart, 2, "b"));
  take_changes();
  store_.mark(kEverywhere);
  store_.store(at(kCart, 2, "b"));
  store_.sweep(kEverywhere, 10);
  EXPECT_THAT(take_changes(), ElementsAre("checkout: a -> -"));
  EXPECT_THAT(store_.keys(), ElementsAre(kCart));
}

TEST_F(StoreTest, ARelistKeepsWhatIsYoungerThanIt) {
  store_.mark(kEverywhere);
  store_.observe_write(kCheckout, at(kCheckout, 11, "created meanwhile").record);
  store_.mark(kEverywhere);  // the list was begun anew
  store_.sweep(kEverywhere, 10);
  EXPECT_EQ(spec_of(kCheckout), "created meanwhile");
}

TEST_F(StoreTest, ClearingStartsVersionsAnew) {
  store_.upsert(at(kCheckout, 100, "a"));
  store_.clear(kEverywhere);
  EXPECT_EQ(store_.size(), 0U);
  store_.observe_write(kCheckout, at(kCheckout, 3, "b").record);
  EXPECT_EQ(spec_of(kCheckout), "b");
}

TEST_F(StoreTest, NamespacesAreSweptByThemselves) {
  Store<CustomRecord> store(Scoping::kNamespaces, [](const auto&, const auto&, const auto&) {});
  store.upsert(at(kCheckout, 1, "a"));
  store.upsert(at(kElsewhere, 2, "b"));
  store.mark("shop");
  store.sweep("shop", 10);
  EXPECT_THAT(store.keys(), ElementsAre(kElsewhere));
  store.observe_write(kElsewhere, at(kElsewhere, 5, "c").record);
  EXPECT_EQ(store.get(kElsewhere)->spec, "c") << "the other watch's age does not count here";
}

class OwnedStoreTest : public testing::Test {
 protected:
  static Decoded<ChildRecord> at(const std::string& name, ResourceVersion version,
                                 const api::Uid& owner) {
    return {{"shop", name}, {.resource_version = version, .owner_uid = owner}};
  }

  const api::Uid owner_ = *api::Uid::parse("aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa");
  const api::Uid other_ = *api::Uid::parse("bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb");
  Store<ChildRecord> store_{Scoping::kCluster, [](const auto&, const auto&, const auto&) {}, true};
};

TEST_F(OwnedStoreTest, NamesTheObjectsOfAnOwnerHoweverItLearntOfThem) {
  store_.upsert(at("one", 1, owner_));
  const auto written = at("two", 2, owner_);
  store_.observe_write(written.key, written.record);
  store_.upsert(at("theirs", 3, other_));
  store_.upsert(at("nobodys", 4, {}));
  EXPECT_THAT(store_.names_of(owner_), UnorderedElementsAre("one", "two"));
}

TEST_F(OwnedStoreTest, FollowsAChangeOfTheOwner) {
  store_.upsert(at("one", 1, owner_));
  store_.upsert(at("one", 2, other_));
  EXPECT_THAT(store_.names_of(owner_), IsEmpty());
  EXPECT_THAT(store_.names_of(other_), UnorderedElementsAre("one"));
  const auto back = at("one", 3, owner_);
  store_.observe_write(back.key, back.record);
  EXPECT_THAT(store_.names_of(owner_), UnorderedElementsAre("one"));
  EXPECT_THAT(store_.names_of(other_), IsEmpty());
}

TEST_F(OwnedStoreTest, ForgetsWhatIsGoneInAnyWay) {
  for (const char* const name : {"removed", "forgotten", "swept"})
    store_.upsert(at(name, 1, owner_));
  store_.remove(at("removed", 2, owner_));
  store_.forget({"shop", "forgotten"}, {});
  EXPECT_THAT(store_.names_of(owner_), UnorderedElementsAre("swept"));
  store_.clear("");
  EXPECT_THAT(store_.names_of(owner_), IsEmpty());
}

}  // namespace
}  // namespace kube
