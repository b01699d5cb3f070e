#include "controller/watches.h"

#include <array>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "support/manual_clock.h"
#include "support/objects.h"
#include "support/scripted_transport.h"

namespace controller {
namespace {

using namespace std::chrono_literals;
using kube::Method;
using nlohmann::json;
using support::bookmark;
using support::event;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kBlueprints = "/apis/serviceblueprint.dev/v1alpha1/serviceblueprints";
constexpr const char* kAccounts = "/api/v1/serviceaccounts";
constexpr const char* kDeployments = "/apis/apps/v1/deployments";
constexpr const char* kServices = "/api/v1/services";
constexpr const char* kBudgets = "/apis/policy/v1/poddisruptionbudgets";
constexpr const char* kMonitors = "/apis/monitoring.coreos.com/v1/servicemonitors";
constexpr const char* kDefinitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
// Everything that is watched when the whole cluster is; the definitions one by one.
constexpr int kOptionalApis = 3;
constexpr std::array kWatched{kBlueprints,
                              kAccounts,
                              "/api/v1/configmaps",
                              "/apis/networking.k8s.io/v1/networkpolicies",
                              kDeployments,
                              kServices,
                              kBudgets,
                              "/apis/gateway.networking.k8s.io/v1/httproutes",
                              "/apis/networking.k8s.io/v1/ingresses",
                              kMonitors,
                              "/apis/monitoring.coreos.com/v1/prometheusrules",
                              "/apis/autoscaling/v2/horizontalpodautoscalers",
                              kDefinitions};

json blueprint(const std::string& name, int resource_version, int generation = 1) {
  return {{"metadata",
           {{"name", name},
            {"namespace", "shop"},
            {"uid", support::kOwnerUid},
            {"resourceVersion", std::to_string(resource_version)},
            {"generation", generation}}},
          {"spec", {{"image", "a:1"}}}};
}

class WatchesTest : public testing::Test {
 protected:
  // Waits until the condition holds; a generous bound, since other threads have to come by.
  static bool eventually(const std::function<bool()>& condition) {
    const base::SystemClock clock;
    for (int i = 0; i < 30000; ++i) {
      if (condition()) return true;
      clock.sleep_for(1ms, {});
    }
    return false;
  }

  // A watch that lists `objects`, waits for `go`, tells `later`, and stays open.
  void watched(const char* path, const std::vector<json>& objects = {}) {
    std::vector<std::string> blocks;
    for (const json& object : objects) blocks.push_back(event("ADDED", object));
    blocks.push_back(bookmark(100, true));
    for (int i = 0; i < requests_for(path); ++i)
      server_.on(Method::kGet, path).stream(blocks).then_block();
  }

  // How often a watch of this path is opened.
  static int requests_for(std::string_view path) {
    return path == kDefinitions ? kOptionalApis : 1;
  }

  void watch_all_but(const std::vector<std::string>& except) {
    for (const char* const path : kWatched) {
      if (std::find(except.begin(), except.end(), path) == except.end()) watched(path);
    }
  }

  void start(std::vector<std::string> namespaces = {},
             std::vector<std::string> reference_namespaces = {}) {
    watches_ = std::make_unique<Watches>(
        WatchContext{.client = client_,
                     .clock = clock_,
                     .random = [] { return 0.0; },
                     .metrics = metrics_,
                     .log = log_,
                     .identity = support::identity(),
                     .namespaces = std::move(namespaces),
                     .reference_namespaces = std::move(reference_namespaces)},
        queue_);
    watches_->start();
  }

  bool synced() {
    return eventually([this] { return watches_->unsynced().empty(); }) &&
           watches_->wait_until_synced({});
  }

  std::vector<std::string> drain() {
    std::vector<std::string> names;
    while (const auto key = queue_.try_take()) {
      names.push_back(key->name);
      queue_.done(*key);
    }
    std::sort(names.begin(), names.end());
    return names;
  }

  support::ScriptedTransport server_;
  base::SystemClock clock_;
  telemetry::Metrics metrics_{{"v", "c", "g"}, "serviceblueprint", runtime::lane_names()};
  std::ostringstream text_;
  telemetry::Log log_{telemetry::LogFormat::kJson, telemetry::Level::kError, text_};
  kube::Client client_{server_,
                       metrics_,
                       clock_,
                       {.host = "server", .field_manager = std::string(support::kManager)}};
  runtime::WorkQueue queue_{clock_, [] { return 0.0; }, metrics_.queue};
  std::unique_ptr<Watches> watches_;
};

TEST_F(WatchesTest, SyncedMeansEveryRequiredCacheIsComplete) {
  watch_all_but({kServices});
  std::atomic<bool> go{false};
  server_.on(Method::kGet, kServices)
      .stream({bookmark(100, true)})
      .before([&] { eventually([&] { return go.load(); }); })
      .then_block();
  start();
  ASSERT_TRUE(eventually([this] { return watches_->unsynced() == "services (not listed yet)"; }))
      << watches_->unsynced();
  go = true;
  EXPECT_TRUE(synced());
}

TEST_F(WatchesTest, EveryBlueprintOfTheFirstListIsQueuedAndChildrenAreNot) {
  watch_all_but({kBlueprints, kServices});
  watched(kBlueprints, {blueprint("cart", 5), blueprint("checkout", 6)});
  watched(kServices, {support::child("elsewhere", 7)});
  start();
  ASSERT_TRUE(synced());
  EXPECT_THAT(drain(), ElementsAre("cart", "checkout"));
  EXPECT_EQ(watches_->blueprints().size(), 2U);
  EXPECT_EQ(watches_->children().of(api::kService).store->size(), 1U);
}

TEST_F(WatchesTest, AChangedChildWakesItsOwner) {
  watch_all_but({});
  start();
  ASSERT_TRUE(synced());
  ChildStore& services = *watches_->children().of(api::kService).store;
  services.upsert(
      kube::decode_child(support::padded(support::child("checkout", 200)), support::identity()));
  EXPECT_THAT(drain(), ElementsAre("checkout"));
  json orphan = support::child("checkout", 201);
  orphan["metadata"].erase("ownerReferences");
  services.upsert(kube::decode_child(support::padded(orphan), support::identity()));
  EXPECT_THAT(drain(), ElementsAre("checkout")) << "whose it was";
  orphan["metadata"]["resourceVersion"] = "202";
  orphan["metadata"]["deletionTimestamp"] = "2026-11-24T09:00:00Z";
  services.upsert(kube::decode_child(support::padded(orphan), support::identity()));
  EXPECT_THAT(drain(), IsEmpty()) << "nobody's, and no blueprint of that name";
}

TEST_F(WatchesTest, AForeignObjectInTheWayWakesTheBlueprintOfItsName) {
  watch_all_but({kBlueprints});
  watched(kBlueprints, {blueprint("checkout", 6)});
  start();
  ASSERT_TRUE(synced());
  drain();
  json foreign = support::child("checkout", 200);
  foreign["metadata"].erase("ownerReferences");
  const auto decoded = kube::decode_child(support::padded(foreign), support::identity());
  ChildStore& services = *watches_->children().of(api::kService).store;
  services.upsert(decoded);
  drain();
  services.remove(decoded);
  EXPECT_THAT(drain(), ElementsAre("checkout"));
}

TEST_F(WatchesTest, AnApiThatAppearsWakesEveryBlueprint) {
  watch_all_but({kBlueprints, kMonitors, kDefinitions});
  watched(kBlueprints, {blueprint("checkout", 6)});
  std::atomic<bool> installed{false};
  server_.on(Method::kGet, kMonitors).answer(404, "404 page not found");
  watched(kMonitors);
  server_.on(Method::kGet, kDefinitions)
      .with_query("fieldSelector", "metadata.name=servicemonitors.monitoring.coreos.com")
      .stream(
          {bookmark(100, true), event("ADDED", {{"metadata",
                                                 {{"name", "servicemonitors.monitoring.coreos.com"},
                                                  {"uid", support::kUid},
                                                  {"resourceVersion", "120"}}}})})
      .before([&] { eventually([&] { return installed.load(); }); })
      .then_block();
  for (const char* const name :
       {"httproutes.gateway.networking.k8s.io", "prometheusrules.monitoring.coreos.com"}) {
    server_.on(Method::kGet, kDefinitions)
        .with_query("fieldSelector", std::string("metadata.name=") + name)
        .stream({bookmark(100, true)})
        .then_block();
  }
  start();
  ASSERT_TRUE(synced());
  EXPECT_FALSE(watches_->children().of(api::kServiceMonitor).installed());
  drain();
  installed = true;
  EXPECT_TRUE(
      eventually([this] { return watches_->children().of(api::kServiceMonitor).installed(); }));
  EXPECT_TRUE(eventually([this] { return !drain().empty(); }));
}

json secret(const std::string& name, int resource_version) {
  return {{"metadata",
           {{"name", name},
            {"namespace", "shop"},
            {"uid", support::kUid},
            {"resourceVersion", std::to_string(resource_version)}}}};
}

Sight::State look(const ReferenceCache& references, const std::string& name,
                  const std::string& namespace_ = "shop") {
  return references.look(DataKind::kSecret, {namespace_, name}).state;
}

TEST_F(WatchesTest, NobodyAsksForSecretsUnlessToldTo) {
  watch_all_but({});
  start();
  ASSERT_TRUE(synced());
  EXPECT_EQ(look(watches_->references(), "db"), Sight::State::kUnseen);
  for (const kube::Request& request : server_.requests())
    EXPECT_THAT(request.path, testing::Not(HasSubstr("secrets")));
}

TEST_F(WatchesTest, ReferencesAreSeenByMetadataAndWakeWhoeverRefersToThem) {
  watch_all_but({});
  watched("/api/v1/secrets", {secret("db", 5)});
  watched("/api/v1/configmaps");  // besides the watch of our own
  start({}, {"*"});
  ASSERT_TRUE(synced());
  EXPECT_EQ(look(watches_->references(), "db"), Sight::State::kThere);
  EXPECT_EQ(look(watches_->references(), "other"), Sight::State::kMissing);
  for (const kube::Request& request : server_.requests()) {
    if (request.path.find("secrets") == std::string::npos) continue;
    EXPECT_THAT(request.accept, HasSubstr("as=PartialObjectMetadata"));
  }
  drain();
  watches_->references().set_references({"shop", "checkout"}, {Reference{.name = "db"}});
  const auto change = [this](int version) {
    watches_->references()
        .store(DataKind::kSecret)
        .upsert(kube::decode_data(support::padded(secret("db", version))));
  };
  change(200);
  EXPECT_THAT(drain(), ElementsAre("checkout"));
  EXPECT_EQ(watches_->references().look(DataKind::kSecret, {"shop", "db"}).rewritten, 200U)
      << "soon after the first, and with the same managedFields";
  watches_->references().forget({"shop", "checkout"});
  change(201);
  EXPECT_THAT(drain(), IsEmpty());
}

TEST_F(WatchesTest, WithoutTheRightReferencesAreUnseenAndTheRestIsReady) {
  watch_all_but({});
  server_.on(Method::kGet, "/api/v1/namespaces/shop/secrets").answer(403, "{}");
  watched("/api/v1/namespaces/shop/configmaps");
  start({}, {"shop"});
  ASSERT_TRUE(synced());
  EXPECT_EQ(look(watches_->references(), "db"), Sight::State::kUnseen);
  EXPECT_EQ(watches_->references().look(DataKind::kConfigMap, {"shop", "flags"}).state,
            Sight::State::kMissing);
  EXPECT_EQ(watches_->references().look(DataKind::kConfigMap, {"cart", "flags"}).state,
            Sight::State::kUnseen)
      << "another namespace";
}

TEST_F(WatchesTest, OptionalApisThatAreNotInstalledLeaveTheRestReady) {
  const std::vector<std::string> routes_and_rules{"/apis/gateway.networking.k8s.io/v1/httproutes",
                                                  "/apis/monitoring.coreos.com/v1/prometheusrules"};
  watch_all_but(routes_and_rules);
  for (const std::string& path : routes_and_rules) {
    server_.on(Method::kGet, path).answer(404, "404 page not found");
  }
  start();
  ASSERT_TRUE(synced());
  EXPECT_FALSE(watches_->children().of(api::kHttpRoute).installed());
  EXPECT_FALSE(watches_->children().of(api::kPrometheusRule).installed());
  EXPECT_TRUE(watches_->children().of(api::kServiceMonitor).installed());
  EXPECT_TRUE(watches_->children().of(api::kIngress).installed());
  EXPECT_THAT(text_.str(), IsEmpty()) << "no error";
}

TEST_F(WatchesTest, NamespacesAreWatchedOneByOne) {
  for (const char* const scope : {"lab", "shop"}) {
    const std::string in = std::string("/namespaces/") + scope + "/";
    for (const std::string& path :
         {"/apis/serviceblueprint.dev/v1alpha1" + in + "serviceblueprints",
          "/api/v1" + in + "serviceaccounts", "/api/v1" + in + "configmaps",
          "/apis/networking.k8s.io/v1" + in + "networkpolicies",
          "/apis/apps/v1" + in + "deployments", "/api/v1" + in + "services",
          "/apis/policy/v1" + in + "poddisruptionbudgets",
          "/apis/gateway.networking.k8s.io/v1" + in + "httproutes",
          "/apis/networking.k8s.io/v1" + in + "ingresses",
          "/apis/monitoring.coreos.com/v1" + in + "servicemonitors",
          "/apis/monitoring.coreos.com/v1" + in + "prometheusrules",
          "/apis/autoscaling/v2" + in + "horizontalpodautoscalers"}) {
      server_.on(Method::kGet, path).stream({bookmark(100, true)}).then_block();
    }
  }
  for (int i = 0; i < kOptionalApis; ++i) {
    server_.on(Method::kGet, kDefinitions).answer(403, R"({"code":403,"reason":"Forbidden"})");
  }
  start({"lab", "shop"});
  EXPECT_TRUE(synced());
}

TEST_F(WatchesTest, WaitingForTheCachesEndsWithTheStop) {
  for (const char* const path : kWatched) {
    for (int i = 0; i < requests_for(path); ++i) server_.on(Method::kGet, path).block();
  }
  start();
  std::stop_source stop;
  stop.request_stop();
  EXPECT_FALSE(watches_->wait_until_synced(stop.get_token()));
}

TEST_F(WatchesTest, CacheSizesAreMetrics) {
  watch_all_but({kBlueprints});
  watched(kBlueprints, {blueprint("checkout", 6)});
  start();
  ASSERT_TRUE(synced());
  watches_->refresh_metrics();
  EXPECT_THAT(metrics_.text(),
              HasSubstr(R"(serviceblueprint_cache_objects{resource="serviceblueprints"} 1)"));
}

}  // namespace
}  // namespace controller
