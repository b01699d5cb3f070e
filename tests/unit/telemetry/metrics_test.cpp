#include "telemetry/metrics.h"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace telemetry {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

class MetricsTest : public testing::Test {
 protected:
  Metrics metrics_{{.version = "0.1.0", .commit = "abc", .compiler = "GCC 12"},
                   "serviceblueprint",
                   {"user", "retry"}};
};

TEST_F(MetricsTest, ShowsEverySeriesOfTheControllerAtZeroFromTheStart) {
  const std::string text = metrics_.text();
  for (const char* series : {
           "controller_runtime_reconcile_total{controller=\"serviceblueprint\",result=\"success\"} "
           "0\n",
           "controller_runtime_reconcile_total{controller=\"serviceblueprint\",result=\"error\"} "
           "0\n",
           "controller_runtime_reconcile_total{controller=\"serviceblueprint\",result=\"requeue\"} "
           "0\n",
           "controller_runtime_reconcile_total{controller=\"serviceblueprint\",result=\"requeue_"
           "after\"} 0\n",
           "controller_runtime_reconcile_errors_total{controller=\"serviceblueprint\"} 0\n",
           "controller_runtime_terminal_reconcile_errors_total{controller=\"serviceblueprint\"} "
           "0\n",
           "controller_runtime_reconcile_panics_total{controller=\"serviceblueprint\"} 0\n",
           "controller_runtime_reconcile_timeouts_total{controller=\"serviceblueprint\"} 0\n",
           "controller_runtime_active_workers{controller=\"serviceblueprint\"} 0\n",
           "controller_runtime_max_concurrent_reconciles{controller=\"serviceblueprint\"} 0\n",
           "controller_runtime_reconcile_time_seconds_count{controller=\"serviceblueprint\"} 0\n",
           "workqueue_depth{controller=\"serviceblueprint\",name=\"serviceblueprint\",priority="
           "\"user\"} 0\n",
           "workqueue_depth{controller=\"serviceblueprint\",name=\"serviceblueprint\",priority="
           "\"retry\"} 0\n",
           "workqueue_adds_total{controller=\"serviceblueprint\",name=\"serviceblueprint\"} 0\n",
           "workqueue_retries_total{controller=\"serviceblueprint\",name=\"serviceblueprint\"} 0\n",
           "workqueue_queue_duration_seconds_count{controller=\"serviceblueprint\",name="
           "\"serviceblueprint\"} 0\n",
           "workqueue_work_duration_seconds_count{controller=\"serviceblueprint\",name="
           "\"serviceblueprint\"} 0\n",
           "workqueue_unfinished_work_seconds{controller=\"serviceblueprint\",name="
           "\"serviceblueprint\"} 0\n",
           "workqueue_longest_running_processor_seconds{controller=\"serviceblueprint\",name="
           "\"serviceblueprint\"} 0\n",
           "serviceblueprint_circuit_breaker_state{state=\"closed\"} 1\n",
           "serviceblueprint_circuit_breaker_state{state=\"half_open\"} 0\n",
           "serviceblueprint_circuit_breaker_state{state=\"open\"} 0\n",
           "serviceblueprint_circuit_breaker_transitions_total{state=\"closed\"} 0\n",
           "serviceblueprint_circuit_breaker_transitions_total{state=\"open\"} 0\n",
           "serviceblueprint_build_info{commit=\"abc\",compiler=\"GCC 12\",version=\"0.1.0\"} 1\n",
       }) {
    EXPECT_THAT(text, HasSubstr(series));
  }
}

TEST_F(MetricsTest, HasTheBucketsThatDashboardsExpect) {
  const std::string text = metrics_.text();
  const auto buckets_of = [&text](const std::string& name) {
    std::string bounds;
    for (std::size_t at = text.find("\n" + name + "_bucket{"); at != std::string::npos;
         at = text.find("\n" + name + "_bucket{", at + 1)) {
      const std::size_t start = text.find("le=\"", at) + 4;
      bounds += text.substr(start, text.find('"', start) - start) + " ";
    }
    return bounds;
  };
  EXPECT_EQ(buckets_of("controller_runtime_reconcile_time_seconds"),
            "0.005 0.01 0.025 0.05 0.1 0.15 0.2 0.25 0.3 0.35 0.4 0.45 0.5 0.6 0.7 0.8 0.9 1 1.25 "
            "1.5 1.75 2 2.5 3 3.5 "
            "4 4.5 5 6 7 8 9 10 15 20 25 30 40 50 60 +Inf ");
  EXPECT_EQ(buckets_of("workqueue_queue_duration_seconds"),
            "1e-08 1e-07 1e-06 1e-05 0.0001 0.001 0.01 0.1 1 10 100 1000 +Inf ");
  EXPECT_EQ(buckets_of("workqueue_work_duration_seconds"),
            buckets_of("workqueue_queue_duration_seconds"));
}

TEST_F(MetricsTest, CountsRequestsByCodeAndTimesThemByVerb) {
  metrics_.count_request("10.0.0.1:443", "GET", "200", 30ms);
  metrics_.count_request("10.0.0.1:443", "GET", "200", 30ms);
  metrics_.count_request("10.0.0.1:443", "GET", "<error>", 10s);
  const std::string text = metrics_.text();
  EXPECT_THAT(
      text,
      HasSubstr(
          "rest_client_requests_total{code=\"200\",host=\"10.0.0.1:443\",method=\"GET\"} 2\n"));
  EXPECT_THAT(
      text,
      HasSubstr(
          "rest_client_requests_total{code=\"<error>\",host=\"10.0.0.1:443\",method=\"GET\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("rest_client_request_duration_seconds_bucket{host=\"10.0.0.1:443\","
                              "verb=\"GET\",le=\"0.1\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("rest_client_request_duration_seconds_bucket{host=\"10.0.0.1:443\","
                              "verb=\"GET\",le=\"15\"} 3\n"));
}

TEST_F(MetricsTest, FindsTheSeriesOfAResourceAgain) {
  metrics_.resource("services").events.increment();
  metrics_.resource("services").events.increment(2);
  metrics_.resource("services").cache_objects.set(5);
  metrics_.resource("services").cache_objects.add(-1);
  metrics_.managed_objects("services").set(7);
  const std::string text = metrics_.text();
  EXPECT_THAT(text, HasSubstr("serviceblueprint_watch_events_total{resource=\"services\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("serviceblueprint_cache_objects{resource=\"services\"} 4\n"));
  EXPECT_THAT(text, HasSubstr("serviceblueprint_reflector_synced{resource=\"services\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("serviceblueprint_reflector_lists_total{resource=\"services\"} 0\n"));
  EXPECT_THAT(text,
              HasSubstr("serviceblueprint_watch_decode_errors_total{resource=\"services\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("serviceblueprint_managed_objects{resource=\"services\"} 7\n"));
  EXPECT_EQ(metrics_.resource("services").events.value(), 3);
}

TEST_F(MetricsTest, CountsRestartsAndWrites) {
  metrics_.count_watch_restart("services", "gone");
  metrics_.count_write("services", "created");
  metrics_.count_write("services", "created");
  const std::string text = metrics_.text();
  EXPECT_THAT(
      text,
      HasSubstr(
          "serviceblueprint_watch_restarts_total{reason=\"gone\",resource=\"services\"} 1\n"));
  EXPECT_THAT(
      text,
      HasSubstr("serviceblueprint_writes_total{outcome=\"created\",resource=\"services\"} 2\n"));
}

TEST_F(MetricsTest, ObservesDurationsInSeconds) {
  metrics_.reconcile.seconds.observe(300ms);
  metrics_.queue.queue_duration.observe(0.5);
  const std::string text = metrics_.text();
  EXPECT_THAT(
      text,
      HasSubstr(
          "controller_runtime_reconcile_time_seconds_sum{controller=\"serviceblueprint\"} 0.3\n"));
  EXPECT_THAT(text, HasSubstr("workqueue_queue_duration_seconds_sum{controller="
                              "\"serviceblueprint\",name=\"serviceblueprint\"} 0.5\n"));
}

TEST_F(MetricsTest, RefreshesGaugesBeforeEachText) {
  int calls = 0;
  metrics_.on_collect([this, &calls] { metrics_.queue.unfinished_work.set(++calls); });
  metrics_.on_collect([this] { metrics_.queue.longest_running.set(9); });
  metrics_.text();
  const std::string text = metrics_.text();
  EXPECT_THAT(text, HasSubstr("workqueue_unfinished_work_seconds{controller=\"serviceblueprint\","
                              "name=\"serviceblueprint\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("workqueue_longest_running_processor_seconds{controller="
                              "\"serviceblueprint\",name=\"serviceblueprint\"} 9\n"));
}

TEST_F(MetricsTest, TellsAboutItsProcess) {
  const std::string text = metrics_.text();
  for (const char* name : {"process_cpu_seconds_total", "process_resident_memory_bytes",
                           "process_virtual_memory_bytes", "process_start_time_seconds",
                           "process_threads", "process_open_fds", "process_max_fds"}) {
    EXPECT_THAT(text, HasSubstr("\n" + std::string(name) + " "));
  }
  EXPECT_THAT(text, HasSubstr("# TYPE process_cpu_seconds_total counter\n"));
}

TEST_F(MetricsTest, CountsFromManyThreadsWhileItIsRead) {
  {
    std::vector<std::jthread> threads;
    threads.reserve(4);
    for (int thread = 0; thread < 4; ++thread) {
      threads.emplace_back([this] {
        for (int i = 0; i < 500; ++i) {
          metrics_.reconcile.success.increment();
          metrics_.count_request("host", "GET", "200", 1ms);
          metrics_.resource("services").events.increment();
        }
      });
    }
    for (int i = 0; i < 20; ++i) EXPECT_THAT(metrics_.text(), Not(testing::IsEmpty()));
  }
  EXPECT_EQ(metrics_.reconcile.success.value(), 2000);
  EXPECT_EQ(metrics_.resource("services").events.value(), 2000);
}

// The judge that everybody uses; part of Debian's package `prometheus`.
TEST_F(MetricsTest, PassesPromtool) {
  if (std::system("command -v promtool >/dev/null") != 0)
    GTEST_SKIP() << "promtool is not installed";
  metrics_.count_request("host", "GET", "200", 1ms);
  metrics_.resource("services");
  metrics_.managed_objects("services");
  metrics_.count_watch_restart("services", "gone");
  metrics_.count_write("services", "created");
  const std::string path = testing::TempDir() + "metrics." + std::to_string(getpid()) + ".txt";
  std::FILE* promtool = popen(("promtool check metrics >" + path + " 2>&1").c_str(), "w");
  ASSERT_NE(promtool, nullptr);
  const std::string text = metrics_.text();
  std::fwrite(text.data(), 1, text.size(), promtool);
  EXPECT_EQ(pclose(promtool), 0);
  std::FILE* report = std::fopen(path.c_str(), "r");
  ASSERT_NE(report, nullptr);
  std::array<char, 500> first_line{};
  EXPECT_EQ(std::fgets(first_line.data(), first_line.size(), report), nullptr) << first_line.data();
  std::fclose(report);
  std::remove(path.c_str());
}

}  // namespace
}  // namespace telemetry
