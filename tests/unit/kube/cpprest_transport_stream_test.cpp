#include <atomic>
#include <condition_variable>
#include <mutex>
#include <random>
#include <stdexcept>
#include <stop_token>
#include <thread>

#include "kube/cpprest_transport.h"
#include "kube/exchange.h"

#include "transport_fixture.h"

namespace kube {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kLong{60'000};

class CpprestTransportStream : public TransportTest {
 protected:
  // Reads one request, then sends the headers of a stream.
  static bool begin(Connection& connection) {
    if (!connection.read_request()) return false;
    connection.begin_chunked();
    return true;
  }

  Fault stream_fault(const Request& request, const OnBytes& on_bytes,
                     const std::stop_token& stop = {}) {
    return fault_of([&] { transport_->stream(request, on_bytes, stop); });
  }

  static milliseconds ignore(std::string_view) { return kLong; }
};

TEST_F(CpprestTransportStream, HandsOverTheBodyAndReturnsAtItsEnd) {
  const auto server = serve([](Connection& connection) {
    if (!begin(connection)) return;
    connection.chunk("{\"a\"");
    connection.chunk(":1}\n{\"b\":2}\n");
    connection.end_chunked();
    connection.wait_for_close();
  });
  std::string text;
  const auto caller = std::this_thread::get_id();
  const Response response = connect(server->port())
                                .stream(get(),
                                        [&](std::string_view block) {
                                          EXPECT_EQ(std::this_thread::get_id(), caller);
                                          text += block;
                                          return kLong;
                                        },
                                        {});
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(text, "{\"a\":1}\n{\"b\":2}\n");
}

TEST_F(CpprestTransportStream, HandsOverTheBeginningAndEachBlockBeforeTheNextIsSent) {
  std::mutex mutex;
  std::condition_variable seen;
  std::vector<std::string> blocks;
  const auto server = serve([&](Connection& connection) {
    if (!begin(connection)) return;
    for (std::size_t i = 1; i <= 3; ++i) {
      std::unique_lock lock(mutex);
      seen.wait(lock, [&] { return blocks.size() == i; });
      lock.unlock();
      connection.chunk("event\n");
    }
    connection.end_chunked();
    connection.wait_for_close();
  });
  connect(server->port())
      .stream(get(),
              [&](std::string_view block) {
                const std::scoped_lock lock(mutex);
                blocks.emplace_back(block);
                seen.notify_all();
                return kLong;
              },
              {});
  EXPECT_EQ(blocks, (std::vector<std::string>{"", "event\n", "event\n", "event\n"}));
}

TEST_F(CpprestTransportStream, ReturnsTheBodyOfAnotherStatus) {
  const auto server = serve([](Connection& connection) {
    while (connection.read_request()) connection.answer(410, "{\"code\":410}");
  });
  bool called = false;
  const Response response = connect(server->port())
                                .stream(get(),
                                        [&](std::string_view) {
                                          called = true;
                                          return kLong;
                                        },
                                        {});
  EXPECT_EQ(response.status, 410);
  EXPECT_EQ(response.body, "{\"code\":410}");
  EXPECT_FALSE(called);
}

TEST_F(CpprestTransportStream, BoundsTheBodyOfAnotherStatus) {
  const auto server = serve([](Connection& connection) {
    while (connection.read_request()) connection.answer(500, std::string(5000, 'x'));
  });
  TransportLimits limits;
  limits.max_error_bytes = 4000;
  connect(server->port(), [](ClientConfig&) {}, limits);
  EXPECT_EQ(stream_fault(get(), ignore), Fault::kTooLarge);
}

TEST_F(CpprestTransportStream, RenewsTheTokenOnceAfterA401) {
  environment_.write("/token", "old");
  const auto server = serve([this](Connection& connection) {
    while (const auto request = connection.read_request()) {
      environment_.write("/token", "new");
      const bool known = request->headers.at("authorization") == "Bearer new";
      connection.answer(known ? 200 : 401, "body");
    }
  });
  auto& transport =
      connect(server->port(), [](ClientConfig& config) { config.token_file = "/token"; });
  EXPECT_EQ(transport.stream(get(), ignore, {}).status, 200);
}

TEST_F(CpprestTransportStream, TimesOutWithoutHeaders) {
  const auto server = serve([](Connection& connection) {
    connection.read_request();
    connection.wait_for_close();
  });
  connect(server->port());
  Request request = get();
  request.timeout = milliseconds(100);
  EXPECT_EQ(stream_fault(request, ignore), Fault::kTimeout);
}

TEST_F(CpprestTransportStream, TimesOutWithoutAFirstBlock) {
  const auto server = serve([](Connection& connection) {
    if (begin(connection)) connection.wait_for_close();
  });
  connect(server->port());
  Request request = get();
  request.timeout = milliseconds(300);
  EXPECT_EQ(stream_fault(request, ignore), Fault::kTimeout);
}

TEST_F(CpprestTransportStream, TimesOutAfterTheSilenceThatTheCallerNamed) {
  const auto server = serve([](Connection& connection) {
    if (!begin(connection)) return;
    connection.chunk("event\n");
    connection.wait_for_close();
  });
  connect(server->port());
  EXPECT_EQ(stream_fault(get(), [](std::string_view) { return milliseconds(50); }),
            Fault::kTimeout);
  EXPECT_TRUE(server->wait_for_open(0));
}

TEST_F(CpprestTransportStream, FailsWhenTheServerClosesInTheMiddle) {
  const auto server = serve([](Connection& connection) {
    if (!begin(connection)) return;
    connection.chunk("event\n");
    connection.close();
  });
  std::string text;
  connect(server->port());
  EXPECT_EQ(stream_fault(get(),
                         [&](std::string_view block) {
                           text += block;
                           return kLong;
                         }),
            Fault::kReset);
  EXPECT_EQ(text, "event\n");
}

TEST_F(CpprestTransportStream, FailsWhenTheServerResets) {
  std::stop_source seen;
  const auto server = serve([&seen](Connection& connection) {
    if (!begin(connection)) return;
    connection.chunk("event\n");
    while (!seen.stop_requested() && !connection.wait_for_close(milliseconds(5))) {
    }
    connection.reset();
  });
  connect(server->port());
  EXPECT_EQ(stream_fault(get(),
                         [&](std::string_view) {
                           seen.request_stop();
                           return kLong;
                         }),
            Fault::kReset);
}

TEST_F(CpprestTransportStream, IsCancelledWhileIdle) {
  std::stop_source stop;
  const auto server = serve([](Connection& connection) {
    if (!begin(connection)) return;
    connection.chunk("event\n");
    connection.wait_for_close();
  });
  connect(server->port());
  std::jthread stopper;
  EXPECT_EQ(stream_fault(
                get(),
                [&](std::string_view) {
                  stopper = std::jthread([&stop] { stop.request_stop(); });
                  return kLong;
                },
                stop.get_token()),
            Fault::kCancelled);
  EXPECT_TRUE(server->wait_for_open(0));
}

TEST_F(CpprestTransportStream, IsCancelledInAFlood) {
  std::stop_source stop;
  const auto server = serve([](Connection& connection) {
    if (!begin(connection)) return;
    const std::string block(10'000, 'x');
    while (!connection.wait_for_close(milliseconds(0))) connection.chunk(block);
  });
  connect(server->port());
  EXPECT_EQ(stream_fault(
                get(),
                [&](std::string_view) {
                  stop.request_stop();
                  return kLong;
                },
                stop.get_token()),
            Fault::kCancelled);
  EXPECT_TRUE(server->wait_for_open(0));
}

TEST_F(CpprestTransportStream, PassesOnAnExceptionOfTheCaller) {
  const auto server = serve([](Connection& connection) {
    if (!begin(connection)) return;
    connection.chunk("event\n");
    connection.wait_for_close();
  });
  auto& transport = connect(server->port());
  const auto fail = [](std::string_view) -> milliseconds { throw std::domain_error("mine"); };
  EXPECT_THROW(transport.stream(get(), fail, {}), std::domain_error);
  EXPECT_TRUE(server->wait_for_open(0));
}

// Counts what a server could write, for a consumer that holds back.
class Progress {
 public:
  void add(std::size_t bytes) {
    const std::scoped_lock lock(mutex_);
    written_ += bytes;
    changed_.notify_all();
  }
  void wait_for(std::size_t bytes) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return written_ >= bytes; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t written_ = 0;
};

void answer_others(Connection& connection) {
  while (connection.read_request()) connection.answer(200, "other");
}

TEST_F(CpprestTransportStream, BoundsWhatWaitsForASlowCallerAndServesOthersMeanwhile) {
  constexpr std::size_t kChunk = 65'536;
  constexpr std::size_t kTotal = 256 * kChunk;
  Progress progress;
  const auto server = serve([&progress](Connection& connection) {
    const auto request = connection.read_request();
    if (!request) return;
    if (request->target == "/other") {
      connection.answer(200, "other");
      return answer_others(connection);
    }
    connection.begin_chunked();
    for (std::size_t sent = 0; sent < kTotal; sent += kChunk) {
      connection.chunk(std::string(kChunk, 'x'));
      progress.add(kChunk);
    }
    connection.end_chunked();
    connection.wait_for_close();
  });
  auto& transport = connect(server->port());
  std::size_t taken = 0;
  std::size_t largest = 0;
  const auto slow = [&](std::string_view block) {
    taken += block.size();
    largest = std::max(largest, block.size());
    progress.wait_for(std::min(kTotal, taken + 2 * Exchange::kStreamBuffer));
    // Each round trip lets the I/O thread read on: the first hundred fill what may wait.
    const int others = taken == block.size() ? 100 : 1;
    for (int i = 0; i < others; ++i) EXPECT_EQ(transport.send(get("/other"), {}).body, "other");
    return kLong;
  };
  EXPECT_EQ(transport.stream(get(), slow, {}).status, 200);
  EXPECT_EQ(taken, kTotal);
  EXPECT_LE(largest, Exchange::kStreamBuffer + kChunk);
}

// Every moment from the connect to the end of the body is hit sooner or later.
TEST_F(CpprestTransportStream, IsCancelledAtAnyMoment) {
  const auto server = serve([](Connection& connection) {
    while (begin(connection)) {
      for (int i = 0; i < 20; ++i) connection.chunk("event\n");
      connection.end_chunked();
    }
  });
  auto& transport = connect(server->port());
  std::minstd_rand random(42);
  for (int cycle = 0; cycle < 100; ++cycle) {
    std::stop_source stop;
    // Up to about a millisecond, as one exchange takes; yielding would take as long as other
    // programs like.
    const std::jthread stopper([&stop, turns = random() % 500'000] {
      std::atomic<unsigned> turn{0};
      while (turn < turns) ++turn;
      stop.request_stop();
    });
    try {
      EXPECT_EQ(transport.stream(get(), ignore, stop.get_token()).status, 200);
    } catch (const TransportError& error) {
      EXPECT_EQ(error.fault(), Fault::kCancelled) << error.what();
    }
  }
}

}  // namespace
}  // namespace kube
