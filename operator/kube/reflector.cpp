#include "kube/reflector.h"

#include <utility>

#include "kube/wipe.h"

namespace kube {
namespace {

using namespace std::chrono_literals;

constexpr int kPageSize = 500;
constexpr auto kListSilence =
    10s;  // WatchList: no event and no bookmark for so long = it does not work here
constexpr auto kWatchSilence = 90s;  // bookmarks come each minute
constexpr std::string_view kVersionTooLarge = "ResourceVersionTooLarge";

ResourceVersion parse_version(const std::string& text) {
  try {
    return std::stoull(text);
  } catch (const std::logic_error&) {
    throw DecodeError("a resourceVersion is no number");
  }
}

std::string_view label_of(const ReflectorConfig& config) {
  return config.label.empty() ? config.selection.resource.plural : std::string_view(config.label);
}

}  // namespace

// One watch request: decodes its frames into the sink and remembers how far it came and how it
// ended.
class Reflector::Stream {
 public:
  enum class Start { kInitialEvents, kResume };

  Stream(Reflector& reflector, Start start, ResourceVersion version)
      : reflector_(reflector), listing_(start == Start::kInitialEvents), version_(version) {}

  void run(const std::stop_token& stop) {
    Client::WatchStart start;
    start.initial_events = listing_;
    if (!listing_) start.resource_version = std::to_string(version_);
    start.timeout = reflector_.watch_timeout();
    start.first_silence = listing_ ? kListSilence : kWatchSilence;
    try {
      const Response response = reflector_.client_.watch(
          reflector_.config_.selection, start,
          [this](std::string_view block) { return on_block(block); }, stop);
      if (response.status != 200) end_with(response);
    } catch (const TransportError& error) {
      const bool silent_list = listing_ && error.fault() == Fault::kTimeout;
      end(silent_list ? End::kUnsupported : End::kFailed, to_string(error.fault()), error.what());
    } catch (const DecodeError& error) {
      reflector_.series_.decode_errors.increment();
      end(End::kFailed, "decode", error.what());
    }
  }

  bool listing() const { return listing_; }
  bool told_anything() const { return told_anything_; }
  ResourceVersion version() const { return version_; }
  End how() const { return end_; }
  std::string_view reason() const { return reason_; }
  const std::string& text() const { return text_; }

 private:
  std::chrono::milliseconds on_block(std::string_view block) {
    reflector_.heard();
    lines_.append(block);
    while (const auto line = lines_.next()) on_frame(parse_frame(*line));
    return listing_ ? kListSilence : kWatchSilence;
  }

  void on_frame(const Frame& frame) {
    if (frame.type == FrameType::kError) return on_error(frame.object);
    if (frame.type == FrameType::kBookmark) return on_bookmark(parse_bookmark(frame.object));
    reflector_.series_.events.increment();
    if (frame.type == FrameType::kDeleted) return moved(reflector_.sink_.removed(frame.object));
    if (listing_) return reflector_.sink_.listed(frame.object);
    moved(reflector_.sink_.changed(frame.object));
  }

  // Events before the end of the initial ones come in no order, so only later ones tell how far the
  // watch is.
  void moved(ResourceVersion version) {
    if (listing_) return;
    version_ = version;
    good_event();
  }

  void on_bookmark(const Bookmark& bookmark) {
    if (listing_ && !bookmark.initial_events_end) return;
    version_ = parse_version(bookmark.resource_version);
    if (std::exchange(listing_, false)) reflector_.complete_list(version_);
    reflector_.sink_.advanced(version_);
    good_event();
  }

  void on_error(std::string_view status) {
    const int code = parse_error_code(status);
    const bool expired = code == 410;
    end(expired ? End::kExpired : (listing_ ? End::kUnsupported : End::kFailed),
        expired ? "expired" : "error event",
        "the watch ended with an error event, code " + std::to_string(code));
  }

  void end_with(const Response& response) {
    const ApiError error = parse_error(response);
    const std::string text = std::to_string(error.code) + " " + error.reason + ": " + error.message;
    if (reflector_.counts_as_missing(error.code)) return end(End::kMissing, "missing", text);
    if (error.code == 410 || error.has_cause(kVersionTooLarge))
      return end(End::kExpired, "expired", text);
    const bool unsupported = listing_ && (error.code == 400 || error.code == 422);
    end(unsupported ? End::kUnsupported : End::kFailed, "status", text);
  }

  void good_event() {
    told_anything_ = true;
    reflector_.failures_ = 0;
  }

  void end(End how, std::string_view reason, std::string text) {
    end_ = how;
    reason_ = reason;
    text_ = std::move(text);
  }

  Reflector& reflector_;
  LineSplitter lines_;
  bool listing_;
  ResourceVersion version_;
  bool told_anything_ = false;
  End end_ = End::kClosed;
  std::string_view reason_ = "closed";
  std::string text_ = "the server closed the stream";
};

Reflector::Reflector(Client& client, RecordSink& sink, const base::Clock& clock,
                     base::Random random, telemetry::Metrics& metrics, const telemetry::Log& log,
                     ReflectorConfig config)
    : client_(client),
      sink_(sink),
      clock_(clock),
      random_(std::move(random)),
      metrics_(metrics),
      series_(metrics.resource(label_of(config))),
      log_(log.with({{"resource", label_of(config)}})),
      config_(std::move(config)),
      last_heard_(clock.now()) {}

void Reflector::run(const std::stop_token& stop) {
  State state = Unlisted{};
  while (!stop.stop_requested()) {
    state = std::visit([&](const auto& current) { return step(current, stop); }, state);
  }
}

Reflector::State Reflector::step(const Unlisted&, const std::stop_token& stop) {
  if (!watch_list_) return Paging{};
  sink_.begin_list();
  Stream stream(*this, Stream::Start::kInitialEvents, 0);
  stream.run(stop);
  if (!stream.listing()) return after_watch(stream, stop);
  if (stream.how() == End::kMissing) return after_missing(stop);
  if (stream.how() == End::kUnsupported) return fall_back_to_pages();
  fail(stream.reason(), stream.text(), stop);
  return Unlisted{};
}

Reflector::State Reflector::step(const Paging&, const std::stop_token& stop) {
  try {
    sink_.begin_list();
    ListPage page;
    do {
      Response response =
          client_.list(config_.selection, kPageSize, page.continue_token, WhenDown::kWait, stop);
      if (counts_as_missing(response.status)) return after_missing(stop);
      if (response.status != 200) throw RetryableError(parse_error(response));
      WipedText body(std::move(response.body));
      page = parse_list(body.text, [this](std::string_view item) { sink_.listed(item); });
      heard();
    } while (!page.continue_token.empty());
    const ResourceVersion version = parse_version(page.resource_version);
    complete_list(version);
    return Watching{version};
  } catch (const std::runtime_error& error) {
    fail("list", error.what(), stop);
    return Paging{};
  }
}

Reflector::State Reflector::step(const Watching& state, const std::stop_token& stop) {
  Stream stream(*this, Stream::Start::kResume, state.version);
  stream.run(stop);
  return after_watch(stream, stop);
}

Reflector::State Reflector::step(const Absent&, const std::stop_token& stop) {
  std::unique_lock lock(wake_mutex_);
  wake_condition_.wait_for(lock, stop, config_.absent_poll, [this] { return woken_; });
  woken_ = false;
  return Unlisted{};
}

Reflector::State Reflector::after_watch(const Stream& stream, const std::stop_token& stop) {
  if (stop.stop_requested()) return Unlisted{};
  metrics_.count_watch_restart(label_of(config_), stream.reason());
  if (stream.how() == End::kMissing) return after_missing(stop);
  // A stream that ended in good order, and an expired version that had told something before, cost
  // no wait.
  const bool wait = stream.how() == End::kFailed || !stream.told_anything();
  if (wait) fail(stream.reason(), stream.text(), stop);
  if (stream.how() == End::kExpired) return Unlisted{};
  return Watching{stream.version()};
}

Reflector::State Reflector::after_missing(const std::stop_token& stop) {
  heard();
  series_.synced.set(0);
  // The phase first: whoever hears of the sink's change must find it.
  const Phase next = config_.presence == Presence::kOptional ? Phase::kAbsent : Phase::kStarting;
  const bool news = phase_.exchange(next) != next;
  sink_.cleared();
  if (config_.presence == Presence::kOptional) {
    if (news) log_.info("optional API absent: not installed, or no right to watch it");
    return Absent{};
  }
  fail("missing",
       "the API server does not serve this resource: is its CustomResourceDefinition installed?",
       stop);
  return Unlisted{};
}

bool Reflector::counts_as_missing(int status) const {
  return status == 404 || (status == 403 && config_.presence == Presence::kOptional);
}

Reflector::State Reflector::fall_back_to_pages() {
  watch_list_ = false;
  log_.info("watch with initial events does not work here, listing by pages");
  return Paging{};
}

void Reflector::complete_list(ResourceVersion version) {
  failures_ = 0;
  heard();
  series_.lists.increment();
  series_.synced.set(1);
  const bool news = phase_.exchange(Phase::kSynced) != Phase::kSynced;
  sink_.end_list(version);
  if (news) log_.info("watch synced");
}

void Reflector::fail(std::string_view reason, const std::string& text,
                     const std::stop_token& stop) {
  if (stop.stop_requested()) return;
  const auto delay = config_.backoff.delay(failures_++, random_());
  log_.warn("watch interrupted",
            {{"reason", reason},
             {"error", text},
             {"retryInSeconds", std::chrono::duration<double>(delay).count()}});
  clock_.sleep_for(delay, stop);
}

void Reflector::heard() { last_heard_ = clock_.now(); }

base::SteadyTime Reflector::last_heard() const { return last_heard_.load(); }

void Reflector::wake() {
  {
    const std::scoped_lock lock(wake_mutex_);
    woken_ = true;
  }
  wake_condition_.notify_all();
}

std::chrono::seconds Reflector::watch_timeout() const {
  return std::chrono::seconds(300 + static_cast<int>(300.0 * random_()));
}

}  // namespace kube
