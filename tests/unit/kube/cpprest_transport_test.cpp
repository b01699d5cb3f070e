#include "kube/cpprest_transport.h"

#include <barrier>
#include <future>
#include <stop_token>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <pplx/threadpool.h>
#include <sys/socket.h>

#include "transport_fixture.h"

namespace kube {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;
using ::testing::Not;

using CpprestTransport_ = TransportTest;

TEST_F(CpprestTransport_, SendsARequestAsItWasGiven) {
  const auto server = serve([](Connection& connection) {
    while (connection.read_request()) connection.answer(409, "busy", "Retry-After: 7\r\n");
  });
  auto& transport = connect(server->port(), [](ClientConfig& config) {
    config.token = "secret";
    config.base_path = "/base";
  });
  Request request = patch("{\"a\":1}");
  request.query = {{"labelSelector", "a=b,c in (d e)+%"}, {"force", "true"}};
  const Response response = transport.send(request, {});

  EXPECT_EQ(response.status, 409);
  EXPECT_EQ(response.body, "busy");
  EXPECT_EQ(response.retry_after, std::chrono::seconds(7));
  ASSERT_EQ(server->requests().size(), 1U);
  const auto received = server->requests().front();
  EXPECT_EQ(received.method, "PATCH");
  EXPECT_EQ(received.target,
            "/base/api?labelSelector=a%3Db%2Cc%20in%20%28d%20e%29%2B%25&force=true");
  EXPECT_EQ(received.body, "{\"a\":1}");
  EXPECT_EQ(received.headers.at("content-type"), "application/apply-patch+yaml");
  EXPECT_EQ(received.headers.at("accept"), "application/json");
  EXPECT_EQ(received.headers.at("authorization"), "Bearer secret");
  EXPECT_EQ(received.headers.at("user-agent"), "test/1");
}

TEST_F(CpprestTransport_, DeletesWithABody) {
  const auto server = serve(answer_all);
  Request request = patch("{\"preconditions\":{}}");
  request.method = Method::kDelete;
  EXPECT_EQ(connect(server->port()).send(request, {}).status, 200);
  EXPECT_EQ(server->requests().front().method, "DELETE");
  EXPECT_EQ(server->requests().front().body, "{\"preconditions\":{}}");
}

TEST_F(CpprestTransport_, UsesAConnectionAgain) {
  const auto server = serve(answer_all);
  auto& transport = connect(server->port());
  for (int i = 0; i < 20; ++i) EXPECT_EQ(transport.send(get(), {}).body, "ok");
  EXPECT_EQ(server->requests().size(), 20U);
  EXPECT_LE(server->connections(), 2);
}

TEST_F(CpprestTransport_, ReadsAChunkedAnswer) {
  const auto server = serve([](Connection& connection) {
    if (!connection.read_request()) return;
    connection.begin_chunked(201);
    connection.chunk("one,");
    connection.chunk("two");
    connection.end_chunked();
    connection.wait_for_close();
  });
  const Response response = connect(server->port()).send(get(), {});
  EXPECT_EQ(response.status, 201);
  EXPECT_EQ(response.body, "one,two");
}

TEST_F(CpprestTransport_, SpeaksPlainHttpWhenTold) {
  TlsServer server({}, answer_all);
  auto& transport =
      connect(server.port(), [](ClientConfig& config) { config.scheme = Scheme::kHttp; });
  EXPECT_EQ(transport.send(get(), {}).body, "ok");
}

// How many idle connections the server ends, and in which way.
struct Staleness {
  const char* name;
  void (Connection::*end)();
  int count;
};

std::ostream& operator<<(std::ostream& out, const Staleness& staleness) {
  return out << staleness.name << " x" << staleness.count;
}

// `count` connections become stale at the same time; then a PATCH must arrive exactly once.
void expect_patch_arrives(TlsServer& server, HttpTransport& transport, const Request& get,
                          const Request& patch, int count) {
  std::vector<std::jthread> callers;
  callers.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) {
    callers.emplace_back([&] { EXPECT_EQ(transport.send(get, {}).status, 200); });
  }
  callers.clear();
  ASSERT_TRUE(server.wait_for_open(0));
  EXPECT_EQ(transport.send(patch, {}).body, "ok");
  int patches = 0;
  for (const auto& request : server.requests()) patches += request.method == "PATCH" ? 1 : 0;
  EXPECT_EQ(patches, 1);
}

class StaleConnection : public TransportTest, public ::testing::WithParamInterface<Staleness> {};

TEST_P(StaleConnection, DoesNotLoseAPatch) {
  const auto& [name, ending, count] = GetParam();
  for (const std::size_t size : {std::size_t{300}, std::size_t{200'000}}) {
    std::barrier all_asked(count);
    const auto server = serve([&, stale = count, end = ending](Connection& connection) {
      if (connection.number() >= stale) return answer_all(connection);
      if (!connection.read_request()) return;
      all_asked.arrive_and_wait();
      connection.answer(200, "ok");
      (connection.*end)();
    });
    expect_patch_arrives(*server, connect(server->port()), get(),
                         patch(std::string(size, ' ') + "{}"), count);
  }
}

INSTANTIATE_TEST_SUITE_P(EndedBy, StaleConnection,
                         ::testing::Values(Staleness{"FIN", &Connection::close, 1},
                                           Staleness{"RST", &Connection::reset, 1},
                                           Staleness{"FIN", &Connection::close, 3},
                                           Staleness{"RST", &Connection::reset, 3}));

TEST_F(CpprestTransport_, GivesUpWhenEveryConnectionIsCut) {
  const auto server = serve([](Connection& connection) { connection.read_request(); });
  connect(server->port());
  EXPECT_EQ(send_fault(get()), Fault::kReset);
}

TEST_F(CpprestTransport_, DoesNotFollowARedirect) {
  const auto other = serve(answer_all);
  const auto server = serve([&other](Connection& connection) {
    const std::string location = "https://127.0.0.1:" + std::to_string(other->port()) + "/";
    while (connection.read_request()) connection.answer(302, "", "Location: " + location + "\r\n");
  });
  auto& transport = connect(server->port(), [](ClientConfig& config) { config.token = "secret"; });
  EXPECT_EQ(transport.send(get(), {}).status, 302);
  EXPECT_EQ(other->connections(), 0);
}

TEST_F(CpprestTransport_, RefusesAnAnswerThatIsTooLarge) {
  const auto server = serve([](Connection& connection) {
    while (connection.read_request()) connection.answer(200, std::string(200'001, 'x'));
  });
  TransportLimits limits;
  limits.max_response_bytes = 200'000;
  connect(server->port(), [](ClientConfig&) {}, limits);
  EXPECT_EQ(send_fault(get()), Fault::kTooLarge);
  limits.max_response_bytes = 200'001;
  EXPECT_EQ(
      connect(server->port(), [](ClientConfig&) {}, limits).send(get(), {}).body.size(), 200'001U);
}

TEST_F(CpprestTransport_, RefusesAnInterimAnswerAndDoesNotMixUpTheNext) {
  const auto server = serve([](Connection& connection) {
    while (const auto request = connection.read_request()) {
      if (request->target == "/early") connection.write("HTTP/1.1 103 Early Hints\r\n\r\n");
      connection.answer(200, request->target);
    }
  });
  auto& transport = connect(server->port());
  EXPECT_EQ(send_fault(get("/early")), Fault::kProtocol);
  EXPECT_EQ(transport.send(get("/next"), {}).body, "/next");
}

TEST_F(CpprestTransport_, NamesARefusedConnection) {
  std::uint16_t port = 0;
  {
    TlsServer gone({}, answer_all);
    port = gone.port();
  }
  connect(port);
  std::string text;
  EXPECT_EQ(send_fault(get(), &text), Fault::kConnect);
  EXPECT_THAT(text, HasSubstr("127.0.0.1:" + std::to_string(port)));
  EXPECT_THAT(text, HasSubstr("refused"));
}

TEST_F(CpprestTransport_, AsksAtTheLastStepWhetherARequestMayGoOut) {
  const auto server = serve(answer_all);
  auto& transport = connect(server->port());
  Request request = patch("{}");
  request.may_send = [] { return true; };
  EXPECT_EQ(transport.send(request, {}).status, 200);
  request.may_send = [] { return false; };
  EXPECT_EQ(send_fault(request), Fault::kCancelled);
  EXPECT_EQ(server->requests().size(), 1U);
}

TEST_F(CpprestTransport_, HoldsTheTotalDeadlineOnADrippingBody) {
  const auto server = serve([](Connection& connection) {
    while (connection.read_request()) {
      connection.write("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n");
      while (!connection.wait_for_close(milliseconds(5))) connection.write("x");
    }
  });
  connect(server->port());
  Request request = get();
  request.timeout = milliseconds(300);
  EXPECT_EQ(send_fault(request), Fault::kTimeout);
  // Not left open behind the caller's back.
  EXPECT_TRUE(server->wait_for_open(0));
}

TEST_F(CpprestTransport_, StaysUsableAfterAnExchangeThatNobodyWaitsFor) {
  const auto server = serve([](Connection& connection) {
    if (connection.number() == 0) {
      connection.read_request();
      return connection.wait_for_close();
    }
    answer_all(connection);
  });
  auto& transport = connect(server->port());
  Request request = get();
  request.timeout = milliseconds(100);
  EXPECT_EQ(send_fault(request), Fault::kTimeout);
  EXPECT_EQ(transport.send(get(), {}).body, "ok");
}

// A listening socket whose queue is full: the kernel drops further attempts to connect.
class FullBacklog {
 public:
  FullBacklog() : acceptor_(io_, {boost::asio::ip::address_v4::loopback(), 0}) {
    ::listen(acceptor_.native_handle(), 0);
    for (int i = 0; i < 8; ++i) {
      auto& socket = sockets_.emplace_back(io_);
      socket.open(boost::asio::ip::tcp::v4());
      socket.non_blocking(true);
      const auto endpoint = acceptor_.local_endpoint();
      // Asio's own connect would wait.
      [[maybe_unused]] const int in_progress = ::connect(socket.native_handle(), endpoint.data(),
                                                         static_cast<socklen_t>(endpoint.size()));
    }
  }
  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

 private:
  boost::asio::io_context io_;
  boost::asio::ip::tcp::acceptor acceptor_;
  std::vector<boost::asio::ip::tcp::socket> sockets_;
};

TEST_F(CpprestTransport_, HoldsTheDeadlineWhileConnecting) {
  const FullBacklog nobody;
  connect(nobody.port());
  Request request = get();
  request.timeout = milliseconds(200);
  EXPECT_EQ(send_fault(request), Fault::kTimeout);
}

TEST_F(CpprestTransport_, IsCancelledWhileConnecting) {
  const FullBacklog nobody;
  auto& transport = connect(nobody.port());
  std::stop_source stop;
  const std::jthread stopper([&stop] { stop.request_stop(); });
  EXPECT_EQ(fault_of([&] { transport.send(get(), stop.get_token()); }), Fault::kCancelled);
}

TEST_F(CpprestTransport_, IsCancelledWhileWaitingForHeaders) {
  std::stop_source stop;
  const auto server = serve([&stop](Connection& connection) {
    if (connection.read_request()) stop.request_stop();
    connection.wait_for_close();
  });
  auto& transport = connect(server->port());
  EXPECT_EQ(fault_of([&] { transport.send(get(), stop.get_token()); }), Fault::kCancelled);
  EXPECT_TRUE(server->wait_for_open(0));
}

TEST_F(CpprestTransport_, IsCancelledInTheBody) {
  std::stop_source stop;
  const auto server = serve([&stop](Connection& connection) {
    if (!connection.read_request()) return;
    connection.begin_chunked();
    connection.chunk("begin");
    stop.request_stop();
    connection.wait_for_close();
  });
  auto& transport = connect(server->port());
  EXPECT_EQ(fault_of([&] { transport.send(get(), stop.get_token()); }), Fault::kCancelled);
  EXPECT_TRUE(server->wait_for_open(0));
}

TEST_F(CpprestTransport_, SendsNothingAfterAStop) {
  const auto server = serve(answer_all);
  auto& transport = connect(server->port());
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(fault_of([&] { transport.send(get(), stop.get_token()); }), Fault::kCancelled);
  EXPECT_EQ(server->connections(), 0);
}

TEST_F(CpprestTransport_, CapsTheRequestsUnderWay) {
  std::promise<void> answer_first;
  const auto gate = answer_first.get_future().share();
  const auto server = serve([gate](Connection& connection) {
    while (connection.read_request()) {
      gate.wait();
      connection.answer(200, "ok");
    }
  });
  TransportLimits limits;
  limits.max_in_flight = 1;
  auto& transport = connect(server->port(), [](ClientConfig&) {}, limits);
  const std::jthread first([&] { EXPECT_EQ(transport.send(get(), {}).status, 200); });
  ASSERT_TRUE(server->wait_for_requests(1));
  Request second = get("/second");
  second.timeout = milliseconds(100);
  EXPECT_EQ(send_fault(second), Fault::kTimeout);
  EXPECT_EQ(server->requests().size(), 1U);
  answer_first.set_value();
}

TEST_F(CpprestTransport_, RenewsTheTokenOnceAfterA401) {
  environment_.write("/token", "old\n");
  const auto server = serve([this](Connection& connection) {
    while (const auto request = connection.read_request()) {
      environment_.write("/token", "new\n");
      const bool known = request->headers.at("authorization") == "Bearer new";
      connection.answer(known ? 200 : 401, "");
    }
  });
  auto& transport =
      connect(server->port(), [](ClientConfig& config) { config.token_file = "/token"; });
  EXPECT_EQ(transport.send(get(), {}).status, 200);
  EXPECT_EQ(server->requests().size(), 2U);
}

TEST_F(CpprestTransport_, ReturnsTheSecond401) {
  environment_.write("/token", "bad");
  const auto server = serve([](Connection& connection) {
    while (connection.read_request()) connection.answer(401, "");
  });
  auto& transport =
      connect(server->port(), [](ClientConfig& config) { config.token_file = "/token"; });
  EXPECT_EQ(transport.send(get(), {}).status, 401);
  EXPECT_EQ(server->requests().size(), 2U);
}

TEST_F(CpprestTransport_, DoesNotRepeatA401ThatNothingCanChange) {
  const auto server = serve([](Connection& connection) {
    while (connection.read_request()) connection.answer(401, "");
  });
  auto& transport = connect(server->port(), [](ClientConfig& config) { config.token = "fixed"; });
  EXPECT_EQ(transport.send(get(), {}).status, 401);
  EXPECT_EQ(server->requests().size(), 1U);
}

TEST_F(CpprestTransport_, SendsNoTokenWithALineEnd) {
  const auto server = serve(answer_all);
  environment_.write("/token", "good\nX-Injected: yes");
  connect(server->port(), [](ClientConfig& config) { config.token_file = "/token"; });
  std::string text;
  EXPECT_EQ(send_fault(get(), &text), Fault::kCredentials);
  EXPECT_THAT(text, HasSubstr("/token"));
  EXPECT_THAT(text, Not(HasSubstr("good")));
  EXPECT_EQ(server->connections(), 0);
}

TEST_F(CpprestTransport_, ServesManyCallersAtOnce) {
  const auto server = serve([](Connection& connection) {
    while (const auto request = connection.read_request()) connection.answer(200, request->target);
  });
  auto& transport = connect(server->port());
  std::vector<std::jthread> callers;
  callers.reserve(8);
  for (int caller = 0; caller < 8; ++caller) {
    callers.emplace_back([&transport, caller] {
      for (int i = 0; i < 25; ++i) {
        const std::string path = "/" + std::to_string(caller) + "/" + std::to_string(i);
        EXPECT_EQ(transport.send(get(path), {}).body, path);
      }
    });
  }
  callers.clear();
  EXPECT_EQ(server->requests().size(), 200U);
}

TEST_F(CpprestTransport_, NoticesAnIoThreadThatHangs) {
  auto& transport = connect(1);
  std::promise<void> entered;
  std::promise<void> release;
  crossplat::threadpool::shared_instance().service().post([&] {
    entered.set_value();
    release.get_future().wait();
  });
  entered.get_future().wait();
  EXPECT_TRUE(transport.io_thread_alive(std::chrono::seconds(0)));
  EXPECT_FALSE(transport.io_thread_alive(std::chrono::seconds(0)));
  EXPECT_TRUE(transport.io_thread_alive(std::chrono::seconds(3600)));
  release.set_value();
  std::promise<void> passed;
  crossplat::threadpool::shared_instance().service().post([&] { passed.set_value(); });
  passed.get_future().wait();
  EXPECT_TRUE(transport.io_thread_alive(std::chrono::seconds(0)));
}

}  // namespace
}  // namespace kube
