#include "kube/pod_words.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "kube/watch_decoder.h"

namespace kube {
namespace {

using nlohmann::json;
using testing::SizeIs;

std::vector<PodWords> decode(const json& items) {
  std::string body =
      json{{"kind", "PodList"}, {"metadata", {{"resourceVersion", "7"}}}, {"items", items}}.dump();
  std::vector<PodWords> pods;
  EXPECT_EQ(decode_pods(body, pods), "");
  return pods;
}

TEST(PodWords, ReadsWhatTellsOfAContainerThatCrashes) {
  const auto pods = decode(json::array(
      {{{"metadata",
         {{"name", "checkout-5d-x"},
          {"creationTimestamp", "2026-11-24T09:00:00Z"},
          {"labels", {{"pod-template-hash", "5d"}, {"app", "x"}}}}},
        {"spec", {{"containers", {{{"env", {{{"name", "A"}, {"value", "secret"}}}}}}}}},
        {"status",
         {{"phase", "Running"},
          {"conditions", {{{"type", "Ready"}, {"status", "False"}}}},
          {"containerStatuses",
           {{{"name", "checkout"},
             {"ready", false},
             {"started", false},
             {"state",
              {{"waiting", {{"reason", "CrashLoopBackOff"}, {"message", "back-off 10s"}}}}},
             {"lastState",
              {{"terminated", {{"exitCode", 137}, {"signal", 9}, {"reason", "Error"}}}}}}}}}}}}));
  ASSERT_THAT(pods, SizeIs(1));
  const PodWords& pod = pods.front();
  EXPECT_EQ(pod.name, "checkout-5d-x");
  EXPECT_EQ(pod.template_hash, "5d");
  EXPECT_EQ(pod.created, "2026-11-24T09:00:00Z");
  EXPECT_FALSE(pod.ready);
  EXPECT_FALSE(pod.deleting);
  ASSERT_THAT(pod.containers, SizeIs(1));
  const ContainerWords& container = pod.containers.front();
  EXPECT_EQ(container.name, "checkout");
  EXPECT_FALSE(container.init);
  EXPECT_EQ(container.waiting_reason, "CrashLoopBackOff");
  EXPECT_EQ(container.last_exit, (Exit{137, 9, "Error", ""}));
  EXPECT_FALSE(container.exit.has_value());
}

TEST(PodWords, ReadsInitContainersRunningOnesAndTheSchedulersWords) {
  const auto pods = decode(
      json::array({{{"metadata",
                     {{"name", "a"},
                      {"labels", json::object()},
                      {"deletionTimestamp", "2026-11-24T09:00:00Z"}}},
                    {"status",
                     {{"conditions",
                       {{{"type", "PodScheduled"},
                         {"status", "False"},
                         {"reason", "Unschedulable"},
                         {"message", "0/3 nodes are available"}},
                        {{"type", "Ready"}, {"status", "True"}}}},
                      {"initContainerStatuses",
                       {{{"name", "migrate"},
                         {"state", {{"terminated", {{"exitCode", 1}, {"message", "no table"}}}}}}}},
                      {"containerStatuses",
                       {{{"name", "checkout"},
                         {"ready", true},
                         {"started", true},
                         {"state", {{"running", {{"startedAt", "2026-11-24T09:00:00Z"}}}}},
                         {"lastState", json::object()}}}}}}},
                   {{"metadata", {{"name", "b"}}}}}));
  ASSERT_THAT(pods, SizeIs(2));
  EXPECT_EQ(pods[0].unschedulable, "0/3 nodes are available");
  EXPECT_TRUE(pods[0].ready);
  EXPECT_TRUE(pods[0].deleting);
  ASSERT_THAT(pods[0].containers, SizeIs(2));
  for (const ContainerWords& container : pods[0].containers) {
    EXPECT_EQ(container.init, container.name == "migrate");
    EXPECT_EQ(container.running, container.name == "checkout");
    EXPECT_EQ(container.exit.has_value(), container.name == "migrate");
  }
  EXPECT_THAT(pods[1].containers, SizeIs(0)) << "a pod without a status yet";
}

TEST(PodWords, AMalformedListIsAnError) {
  std::string body = R"({"items":[{"status":{"containerStatuses":[{"ready":"yes"}]}}]})";
  std::vector<PodWords> pods;
  EXPECT_THROW(decode_pods(body, pods), DecodeError);
}

TEST(PodWords, PagesAddUp) {
  std::string body = R"({"metadata":{"continue":"more"},"items":[{"metadata":{"name":"a"}}]})";
  std::vector<PodWords> pods;
  EXPECT_EQ(decode_pods(body, pods), "more");
  body = R"({"metadata":{},"items":[{"metadata":{"name":"b"}}]})";
  EXPECT_EQ(decode_pods(body, pods), "");
  EXPECT_THAT(pods, SizeIs(2));
}

}  // namespace
}  // namespace kube
