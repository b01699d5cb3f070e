#include "kube/process.h"

#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kube {
namespace {

using ::testing::HasSubstr;

class Process : public ::testing::Test {
 protected:
  static ProcessRequest shell(const std::string& script) {
    ProcessRequest request;
    request.arguments = {"sh", "-c", script};
    return request;
  }

  std::string run(const ProcessRequest& request, const std::stop_token& stop = {}) {
    return run_process(request, clock_, stop);
  }

  std::string error_of(const ProcessRequest& request, const std::stop_token& stop = {}) {
    try {
      run(request, stop);
    } catch (const ProcessError& error) {
      return error.what();
    }
    ADD_FAILURE() << "the program succeeded";
    return {};
  }

  const base::SystemClock clock_;
};

TEST_F(Process, ReturnsTheOutput) { EXPECT_EQ(run(shell("printf 'a\\nb'")), "a\nb"); }

TEST_F(Process, PassesVariablesAndKeepsTheOthers) {
  ProcessRequest request = shell("printf '%s %s' \"$GREETING\" \"${PATH:+path}\"");
  request.variables = {"GREETING=hello"};
  EXPECT_EQ(run(request), "hello path");
}

TEST_F(Process, HasNoInputAndNoOtherFileDescriptors) {
  EXPECT_EQ(
      run(shell("cat; for f in /proc/self/fd/*; do [ \"${f##*/}\" -gt 9 ] && echo $f; done; true")),
      "");
}

TEST_F(Process, SaysThatAProgramIsMissing) {
  ProcessRequest request;
  request.arguments = {"/nowhere/plugin"};
  EXPECT_THAT(error_of(request), HasSubstr("/nowhere/plugin"));
}

TEST_F(Process, SaysHowItEnded) {
  EXPECT_THAT(error_of(shell("exit 3")), HasSubstr("code 3"));
  EXPECT_THAT(error_of(shell("kill -9 $$")), HasSubstr("signal 9"));
}

TEST_F(Process, KillsWhatDoesNotEndInTime) {
  ProcessRequest request = shell("sleep 1000 & sleep 1000");
  request.time_limit = std::chrono::seconds(1);
  EXPECT_THAT(error_of(request), HasSubstr("in time"));
}

TEST_F(Process, KillsWhatClosesItsOutputAndGoesOn) {
  ProcessRequest request = shell("exec >&-; sleep 1000");
  request.time_limit = std::chrono::seconds(1);
  EXPECT_THAT(error_of(request), HasSubstr("in time"));
}

TEST_F(Process, IsStopped) {
  std::stop_source stop;
  const std::jthread stopper([&stop] { stop.request_stop(); });
  EXPECT_THAT(error_of(shell("sleep 1000"), stop.get_token()), HasSubstr("stopped"));
}

TEST_F(Process, BoundsTheOutput) {
  ProcessRequest request = shell("yes");
  request.max_output = 100'000;
  EXPECT_THAT(error_of(request), HasSubstr("too much"));
}

}  // namespace
}  // namespace kube
