#include "runtime/controller.h"

#include <algorithm>
#include <random>

#include "api/digest.h"
#include "kube/error.h"
#include "kube/http_transport.h"
#include "kube/write_fence.h"

namespace runtime {
namespace {

constexpr std::chrono::seconds kFencedDelay{1};

std::uint64_t random_id() {
  std::random_device device;
  return (static_cast<std::uint64_t>(device()) << 32U) | device();
}

double seconds(std::chrono::nanoseconds duration) {
  return std::chrono::duration<double>(duration).count();
}

// What went wrong with a pass, for the log and the queue.
struct Failure {
  std::string text;
  std::chrono::nanoseconds retry_after{0};
  bool expected = false;  // the network or the server; anything else is a defect of ours
  Blame blame = Blame::kObject;
  bool news = true;  // false: the circuit breaker has said it once for all
};

Failure describe(const std::exception& error) {
  if (const auto* refused = dynamic_cast<const kube::RetryableError*>(&error)) {
    const kube::ApiError& answer = refused->error();
    const bool outage = kube::tells_of_outage(answer.code, answer.retry_after);
    return {.text = refused->what(),
            .retry_after = answer.retry_after.value_or(std::chrono::seconds(0)),
            .expected = true,
            .blame = outage ? Blame::kServer : Blame::kObject};
  }
  if (const auto* const unanswered = dynamic_cast<const kube::TransportError*>(&error)) {
    return {.text = unanswered->what(),
            .expected = true,
            .blame = Blame::kServer,
            .news = unanswered->fault() != kube::Fault::kCircuitOpen};
  }
  return {.text = error.what()};
}

}  // namespace

Controller::Controller(WorkQueue& queue, Reconciler& reconciler,
                       const telemetry::Metrics::Reconcile& series, const base::Clock& clock,
                       telemetry::Log log, ControllerOptions options)
    : queue_(queue),
      reconciler_(reconciler),
      series_(series),
      clock_(clock),
      log_(std::move(log)),
      options_(options),
      process_id_(random_id()) {
  series_.max_concurrent.set(options_.workers);
}

void Controller::run(const std::stop_token& stop, const std::stop_token& abort) {
  std::vector<std::jthread> workers;
  workers.reserve(static_cast<std::size_t>(options_.workers));
  for (int i = 0; i < options_.workers; ++i)
    workers.emplace_back([this, &stop, &abort] { work(stop, abort); });
}

void Controller::work(const std::stop_token& stop, const std::stop_token& abort) {
  while (const auto key = queue_.take(stop)) {
    series_.active_workers.add(1);
    process(*key, abort);
    queue_.done(*key);
    series_.active_workers.add(-1);
  }
}

void Controller::process(const api::ObjectKey& key, const std::stop_token& abort) {
  const telemetry::Log log = log_.with(
      {{"namespace", key.namespace_}, {"name", key.name}, {"reconcileID", next_reconcile_id()}});
  const base::SteadyTime start = clock_.now();
  const auto elapsed = [&] { return clock_.now() - start; };
  try {
    const Result result = reconciler_.reconcile(key, log, abort);
    series_.seconds.observe(elapsed());
    settle(key, result, log, elapsed());
  } catch (const kube::WriteFenced&) {
    // Whether there is a next time is the elector's decision.
    log.debug("not written: the Lease may have been lost");
    queue_.add_after(key, kFencedDelay);
  } catch (const std::exception& error) {
    series_.seconds.observe(elapsed());
    if (!abort.stop_requested()) fail(key, error, log, elapsed());
  }
}

void Controller::settle(const api::ObjectKey& key, const Result& result, const telemetry::Log& log,
                        std::chrono::nanoseconds duration) {
  std::string_view outcome = "success";
  if (result.back_off) {
    outcome = "requeue";
    series_.requeue.increment();
    queue_.retry(key);
  } else {
    queue_.forget(key);
    if (result.requeue_after) {
      outcome = "requeue_after";
      series_.requeue_after.increment();
      queue_.add_after(key, *result.requeue_after);
    } else {
      series_.success.increment();
    }
  }
  if (result.writes == 0) {
    log.debug(
        "reconciled",
        {{"result", outcome}, {"generation", result.generation}, {"duration", seconds(duration)}});
    return;
  }
  log.info("reconciled", {{"result", outcome},
                          {"generation", result.generation},
                          {"writes", result.writes},
                          {"duration", seconds(duration)}});
}

void Controller::fail(const api::ObjectKey& key, const std::exception& error,
                      const telemetry::Log& log, std::chrono::nanoseconds duration) {
  const Failure failure = describe(error);
  series_.error.increment();
  series_.errors.increment();
  if (!failure.expected) series_.panics.increment();
  const auto delay = queue_.retry(key, failure.retry_after, failure.blame);
  if (!failure.news) return log.debug("reconcile interrupted", {{"error", failure.text}});
  log.error("reconcile failed", {{"error", failure.text},
                                 {"duration", seconds(duration)},
                                 {"retryInSeconds", seconds(delay)}});
}

// Unique over restarts and replicas, and cheap: a random number of this process and a counter,
// mixed.
std::string Controller::next_reconcile_id() {
  const std::uint64_t pass = passes_.fetch_add(1);
  return api::to_hex(process_id_ ^ api::digest_of(std::to_string(pass)));
}

}  // namespace runtime
