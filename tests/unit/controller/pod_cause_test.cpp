#include "controller/pod_cause.h"

#include <algorithm>
#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace controller {
namespace {

using kube::ContainerWords;
using kube::Exit;
using kube::PodWords;
using testing::HasSubstr;
using testing::Not;

PodWords pod(ContainerWords container, const std::string& name = "checkout-5d-a",
             const std::string& hash = "5d", const std::string& created = "2026-11-24T09:00:00Z") {
  return {.name = name, .created = created, .template_hash = hash, .containers = {container}};
}

ContainerWords waiting(const std::string& reason, const std::string& message = "",
                       std::optional<Exit> last = std::nullopt) {
  return {.name = "checkout",
          .waiting_reason = reason,
          .waiting_message = message,
          .exit = {},
          .last_exit = std::move(last)};
}

ContainerWords running(bool started, std::optional<Exit> last = std::nullopt) {
  return {.name = "checkout",
          .started = started,
          .running = true,
          .exit = {},
          .last_exit = std::move(last)};
}

std::optional<PodCause> cause(const ContainerWords& container,
                              Patience patience = Patience::kOverdue) {
  return choose_cause({pod(container)}, patience);
}

TEST(PodCause, NamesEachState) {
  ContainerWords init = waiting("CrashLoopBackOff", "", Exit{3, 0, "Error", ""});
  init.name = "migrate";
  init.init = true;
  const struct {
    ContainerWords container;
    const char* reason;
    const char* message;
  } kTable[] = {
      {waiting("ImagePullBackOff", R"(Back-off pulling image "x": ErrImagePull: not found)"),
       "ImagePullBackOff", R"(container "checkout" cannot pull its image: not found)"},
      {waiting("ErrImagePull", "not found"), "ImagePullBackOff",
       R"(container "checkout" cannot pull its image: not found)"},
      {waiting("InvalidImageName", "couldn't parse"), "ImagePullBackOff",
       R"(container "checkout" cannot pull its image: couldn't parse)"},
      {waiting("CreateContainerConfigError", R"(secret "db" not found)"),
       "CreateContainerConfigError",
       R"(container "checkout" cannot be created: secret "db" not found)"},
      {waiting("CreateContainerError", "no command"), "CreateContainerConfigError",
       R"(container "checkout" cannot be created: no command)"},
      {waiting("RunContainerError", "exec: not found"), "CrashLoopBackOff",
       R"(container "checkout" cannot be started: exec: not found)"},
      {waiting("CrashLoopBackOff", "back-off 10s", Exit{1, 0, "Error", ""}), "CrashLoopBackOff",
       R"(container "checkout" ends again and again: exit code 1)"},
      {waiting("CrashLoopBackOff", "back-off 10s", Exit{139, 0, "Error", ""}), "CrashLoopBackOff",
       R"(container "checkout" ends again and again: exit code 139 (signal 11))"},
      {waiting("CrashLoopBackOff", "back-off 10s", Exit{137, 0, "OOMKilled", ""}), "OOMKilled",
       R"(container "checkout" was killed for using more memory than its limit)"},
      {waiting("CrashLoopBackOff", "", Exit{128, 0, "StartError", "exec: \"x\": not found"}),
       "CrashLoopBackOff", R"(container "checkout" cannot be started: exec: "x": not found)"},
      {init, "CrashLoopBackOff", R"(init container "migrate" ends again and again: exit code 3)"},
      {running(true), "ProbeFailing",
       R"(container "checkout" runs, but its readiness probe does not succeed)"},
      {running(false), "ProbeFailing",
       R"(container "checkout" runs, but its startup probe does not succeed)"},
  };
  for (const auto& row : kTable) {
    EXPECT_EQ(cause(row.container), (PodCause{row.reason, row.message}));
    EXPECT_TRUE(is_pod_cause(row.reason));
  }
  EXPECT_FALSE(is_pod_cause("RollingOut"));
}

TEST(PodCause, AnUnschedulablePodHasTheSchedulersWords) {
  PodWords one{.template_hash = "5d", .unschedulable = "0/3 nodes are available", .containers = {}};
  EXPECT_EQ(choose_cause({one}, Patience::kStillStarting),
            (PodCause{"Unschedulable", "0/3 nodes are available"}));
}

TEST(PodCause, ACrashIsToldTheSameInEachOfItsStates) {
  const Exit exit{1, 0, "Error", ""};
  ContainerWords ended{.name = "checkout", .exit = exit, .last_exit = {}};
  const auto wanted = cause(waiting("CrashLoopBackOff", "back-off 5m0s restarting", exit));
  ASSERT_TRUE(wanted);
  EXPECT_EQ(cause(ended), wanted);
  EXPECT_EQ(cause(running(false, exit)), wanted);
  EXPECT_THAT(wanted->message, Not(HasSubstr("5m0s"))) << "no times";
}

TEST(PodCause, WhatIsOnlyStartingIsNoCause) {
  EXPECT_EQ(cause(waiting("ContainerCreating")), std::nullopt);
  EXPECT_EQ(cause(waiting("PodInitializing")), std::nullopt);
  EXPECT_EQ(cause(running(false), Patience::kStillStarting), std::nullopt);
  ContainerWords done{
      .name = "migrate", .init = true, .exit = Exit{0, 0, "Completed", ""}, .last_exit = {}};
  EXPECT_EQ(cause(done), std::nullopt);
  EXPECT_EQ(choose_cause({}, Patience::kOverdue), std::nullopt);
}

TEST(PodCause, ReadyAndDeletedPodsSayNothing) {
  PodWords ready = pod(waiting("ErrImagePull", "x"));
  ready.ready = true;
  PodWords deleted = pod(waiting("ErrImagePull", "x"));
  deleted.deleting = true;
  EXPECT_EQ(choose_cause({ready, deleted}, Patience::kOverdue), std::nullopt);
}

TEST(PodCause, OnlyTheTemplateThatWasBegunLastCounts) {
  const auto old_crash = waiting("CrashLoopBackOff", "", Exit{1, 0, "Error", ""});
  std::vector<PodWords> pods{
      pod(old_crash, "old-1", "old", "2026-11-24T09:00:00Z"),
      pod(waiting("ErrImagePull", "not found"), "new-1", "new", "2026-11-24T10:00:00Z"),
      // Made anew after a node was drained: still of the old template.
      pod(old_crash, "old-2", "old", "2026-11-24T11:00:00Z")};
  EXPECT_EQ(choose_cause(pods, Patience::kOverdue)->reason, "ImagePullBackOff");
}

TEST(PodCause, TheChoiceDoesNotDependOnTheOrderOfThePods) {
  std::vector<PodWords> pods{pod(running(true), "a"),
                             pod(waiting("CrashLoopBackOff", "", Exit{2, 0, "Error", ""}), "b"),
                             pod(waiting("CrashLoopBackOff", "", Exit{1, 0, "Error", ""}), "c"),
                             pod(waiting("ErrImagePull", "not found"), "d")};
  const auto wanted = choose_cause(pods, Patience::kOverdue);
  ASSERT_TRUE(wanted);
  EXPECT_EQ(wanted->reason, "ImagePullBackOff");
  for (int i = 0; i < 4; ++i) {
    std::rotate(pods.begin(), pods.begin() + 1, pods.end());
    EXPECT_EQ(choose_cause(pods, Patience::kOverdue), wanted);
  }
}

}  // namespace
}  // namespace controller
