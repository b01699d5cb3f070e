#include "runtime/leader_elector.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "runtime/micro_time.h"

namespace runtime {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

// client-go, tools/leaderelection, JitterFactor: standbys must not ask in step.
constexpr double kJitter = 1.2;
constexpr int kConflict = 409;
constexpr int kNotFound = 404;
// A conflict tells that the Lease was touched; nobody does so without end.
constexpr int kReleaseTries = 5;

std::string seconds_text(std::chrono::nanoseconds duration) {
  return std::to_string(std::chrono::duration_cast<std::chrono::seconds>(duration).count()) + " s";
}

}  // namespace

LeaderElector::LeaderElector(kube::Client& client, const base::Clock& clock, base::Random random,
                             kube::WriteFence& fence, telemetry::Gauge status,
                             const telemetry::Log& log, LeaderElectorOptions options)
    : client_(client),
      clock_(clock),
      random_(std::move(random)),
      fence_(fence),
      status_(status),
      log_(log.with({{"lease", options.lease.namespace_ + "/" + options.lease.name},
                     {"identity", options.identity}})),
      options_(std::move(options)),
      margin_(std::min<std::chrono::milliseconds>(
          kMargin, options_.lease_duration - options_.renew_deadline)) {
  status_.set(0);
}

bool LeaderElector::acquire(const std::stop_token& stop, const std::stop_token& abort) {
  log_.info("waiting for the lease");
  while (!stop.stop_requested()) {
    if (try_once(stop, abort) == Try::kHeld) {
      leading_ = true;
      public_.with([](Public& state) { state.leading = true; });
      status_.set(1);
      log_.info("became the leader", {{"transitions", observed_.transitions}});
      return true;
    }
    const auto period = std::chrono::duration<double>(options_.retry_period);
    clock_.sleep_for(
        std::chrono::duration_cast<std::chrono::nanoseconds>(period * (1 + kJitter * random_())),
        stop);
  }
  return false;
}

LeaderElector::End LeaderElector::renew(const std::stop_token& stop, const std::stop_token& abort) {
  while (clock_.sleep_for(options_.retry_period, stop)) {
    const Try outcome = try_once(abort, abort);
    if (outcome == Try::kHeld) continue;
    if (!is_ours())
      return lost(observed_.holder.empty() ? "somebody has taken our name out of it"
                                           : "it is held by " + observed_.holder);
    const auto renewed = public_.with([](const Public& state) { return state.renewed; });
    const auto age = clock_.boot_now() - renewed;
    if (age >= options_.renew_deadline) return lost("not renewed for " + seconds_text(age));
  }
  return End::kStopped;
}

void LeaderElector::release(const std::stop_token& abort) {
  stand_down();
  for (int tries = 0; tries < kReleaseTries && !abort.stop_requested(); ++tries) {
    if (give_back(abort)) return;
  }
  log_.warn("the lease is not released: it expires");
}

bool LeaderElector::overdue(std::chrono::seconds tolerance) const {
  const Public state = public_.with([](const Public& current) { return current; });
  return state.leading && clock_.boot_now() - state.renewed > options_.lease_duration + tolerance;
}

std::string LeaderElector::problem() const {
  return public_.with([](const Public& state) { return state.problem; });
}

LeaderElector::Try LeaderElector::try_once(const std::stop_token& stop,
                                           const std::stop_token& abort) {
  std::string failure;
  try {
    // A leader needs no look as long as nobody else writes.
    if (leading_ && is_current()) {
      const Try outcome = write(abort);
      if (outcome != Try::kNot) return outcome;
    }
    return look_and_write(stop, abort);
  } catch (const kube::TransportError& error) {
    failure = error.what();
  } catch (const kube::RetryableError& error) {
    failure = error.what();
  }
  if (leading_) {
    log_.warn("the lease is not renewed", {{"error", failure}});
  } else {
    log_.debug("the lease is not taken", {{"error", failure}});
  }
  return Try::kFailed;
}

LeaderElector::Try LeaderElector::look_and_write(const std::stop_token& stop,
                                                 const std::stop_token& abort) {
  const kube::Outcome outcome = client_.get(api::kLease, options_.lease, kube::View::kFull, stop);
  if (const auto* const error = std::get_if<kube::ApiError>(&outcome))
    return error->code == kNotFound ? create(abort) : refused(*error);
  auto lease = parse_lease(std::get<std::string>(outcome));
  if (!lease) return refused({.message = "the answer is no Lease"});
  observe(std::move(*lease));
  if (is_ours()) return write(abort);
  if (leading_ || (!observed_.holder.empty() && is_current())) {
    public_.with([](Public& state) { state.problem.clear(); });
    return Try::kNot;
  }
  return write(abort);
}

LeaderElector::Try LeaderElector::create(const std::stop_token& abort) {
  const base::BootTime sent = clock_.boot_now();
  json lease = new_lease(options_.lease);
  write_record(lease, next_record());
  const kube::Outcome outcome =
      client_.create(api::kLease, options_.lease, lease.dump(), kube::View::kFull, abort);
  const auto* const error = std::get_if<kube::ApiError>(&outcome);
  if (error != nullptr && error->code == kNotFound && !leading_) {
    throw NoLeaseNamespace("the namespace " + options_.lease.namespace_ +
                           " for the Lease of the leader election does not exist: create it, or "
                           "name another by --leader-elect-resource-namespace");
  }
  return settle(outcome, sent);
}

LeaderElector::Try LeaderElector::write(const std::stop_token& abort) {
  const base::BootTime sent = clock_.boot_now();
  json lease = lease_;
  write_record(lease, next_record());
  return settle(
      client_.replace(api::kLease, options_.lease, lease.dump(), kube::View::kFull, abort), sent);
}

LeaderElector::Try LeaderElector::settle(const kube::Outcome& outcome, base::BootTime sent) {
  if (const auto* const error = std::get_if<kube::ApiError>(&outcome)) {
    // Changed, made or deleted by somebody else: what there is now shows at the next look.
    if (error->code == kConflict || error->code == kNotFound) return Try::kNot;
    return refused(*error);
  }
  auto lease = parse_lease(std::get<std::string>(outcome));
  if (!lease) return refused({.message = "the answer is no Lease"});
  observe(std::move(*lease));
  public_.with([sent](Public& state) {
    state.renewed = sent;
    state.problem.clear();
  });
  // From the moment of sending: the record may have been seen by others as soon as that.
  fence_.open_until(sent + options_.lease_duration - margin_);
  return Try::kHeld;
}

LeaderElector::Try LeaderElector::refused(const kube::ApiError& error) {
  const bool news = public_.with([&error](Public& state) {
    return std::exchange(state.problem, error.message) != error.message;
  });
  if (news) log_.error("the lease is refused", {{"error", error.message}});
  return Try::kFailed;
}

bool LeaderElector::give_back(const std::stop_token& abort) {
  try {
    const std::string now = micro_time(clock_.wall_now());
    json lease = lease_;
    write_record(lease, {.holder = "",
                         .duration = 1s,
                         .acquire_time = now,
                         .renew_time = now,
                         .transitions = observed_.transitions});
    const kube::Outcome written =
        client_.replace(api::kLease, options_.lease, lease.dump(), kube::View::kFull, abort);
    const auto* const error = std::get_if<kube::ApiError>(&written);
    if (error == nullptr) {
      log_.info("the lease is released");
      return true;
    }
    if (error->code != kConflict) {
      log_.warn("the lease is not released", {{"error", error->message}});
      return true;
    }
    const kube::Outcome found = client_.get(api::kLease, options_.lease, kube::View::kFull, abort);
    const auto* const body = std::get_if<std::string>(&found);
    auto current = body != nullptr ? parse_lease(*body) : std::nullopt;
    if (!current) return false;
    observe(std::move(*current));
    return !is_ours();
  } catch (const std::exception& error) {
    log_.warn("the lease is not released", {{"error", error.what()}});
    return true;
  }
}

bool LeaderElector::is_current() const {
  return clock_.boot_now() < observed_at_ + observed_.duration;
}

LeaseRecord LeaderElector::next_record() const {
  const std::string now = micro_time(clock_.wall_now());
  LeaseRecord record{.holder = options_.identity,
                     .duration = options_.lease_duration,
                     .acquire_time = now,
                     .renew_time = now,
                     .transitions = 0};
  if (lease_.is_null()) return record;
  record.transitions = observed_.transitions + (is_ours() ? 0 : 1);
  if (is_ours()) record.acquire_time = observed_.acquire_time;
  return record;
}

void LeaderElector::observe(json lease) {
  const LeaseRecord record = read_record(lease);
  lease_ = std::move(lease);
  if (record == observed_) return;
  const bool other = record.holder != observed_.holder && !record.holder.empty() &&
                     record.holder != options_.identity;
  observed_ = record;
  observed_at_ = clock_.boot_now();
  if (other)
    log_.info("another is the leader",
              {{"holder", record.holder}, {"transitions", record.transitions}});
}

LeaderElector::End LeaderElector::lost(std::string_view cause) {
  stand_down();
  log_.error("the lease is lost", {{"cause", cause}});
  return End::kLost;
}

void LeaderElector::stand_down() {
  fence_.close();
  leading_ = false;
  public_.with([](Public& state) { state.leading = false; });
  status_.set(0);
}

}  // namespace runtime
