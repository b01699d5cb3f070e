#include "kube/client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "support/manual_clock.h"
#include "support/scripted_transport.h"

namespace kube {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::Pair;

const api::ObjectKey kKey{"shop", "checkout"};

class ClientTest : public testing::Test {
 protected:
  const Request& sent(std::size_t index = 0) {
    requests_ = server_.requests();
    return requests_.at(index);
  }

  support::ScriptedTransport server_;
  support::ManualClock clock_;
  telemetry::Metrics metrics_{{"v", "c", "g"}, "serviceblueprint", {"user"}};
  Client client_{server_,
                 metrics_,
                 clock_,
                 {.host = "server:6443",
                  .field_manager = "manager",
                  .request_timeout = std::chrono::seconds(7)}};
  std::vector<Request> requests_;
  std::stop_token stop_;
};

TEST_F(ClientTest, CreatesByPostWithOurManagerAndStrictFields) {
  server_.on(Method::kPost, "/apis/apps/v1/namespaces/shop/deployments").answer(201, "{}");
  const Outcome outcome = client_.create(api::kDeployment, kKey, "{\"a\":1}", View::kFull, stop_);
  EXPECT_EQ(std::get<std::string>(outcome), "{}");
  EXPECT_THAT(sent().query,
              ElementsAre(Pair("fieldManager", "manager"), Pair("fieldValidation", "Strict")));
  EXPECT_EQ(sent().content_type, "application/json");
  EXPECT_EQ(sent().body, "{\"a\":1}");
  EXPECT_EQ(sent().timeout, std::chrono::seconds(7));
}

TEST_F(ClientTest, AppliesWithForceAndReadsBackOnlyMetadataWhereThatIsEnough) {
  server_.on(Method::kPatch, "/api/v1/namespaces/shop/services/checkout").answer(200, "{}");
  client_.apply(api::kService, kKey, "{}", View::kMetadata, "", stop_);
  EXPECT_THAT(sent().query, ElementsAre(Pair("fieldManager", "manager"), Pair("force", "true"),
                                        Pair("fieldValidation", "Strict")));
  EXPECT_EQ(sent().content_type, "application/apply-patch+yaml");
  EXPECT_THAT(sent().accept, HasSubstr("as=PartialObjectMetadata"));
}

TEST_F(ClientTest, AppliesStatusToTheSubresource) {
  server_
      .on(Method::kPatch,
          "/apis/serviceblueprint.dev/v1alpha1/namespaces/shop/serviceblueprints/checkout/status")
      .answer(200, "{}");
  client_.apply(api::kServiceBlueprint, kKey, "{}", View::kFull, "status", stop_);
  EXPECT_EQ(sent().accept, "application/json");
}

TEST_F(ClientTest, AppliesInAnotherManagersNameWhereAFieldIsHandedOver) {
  server_.on(Method::kPatch, "/api/v1/namespaces/shop/services/checkout")
      .with_query("fieldManager", "handover")
      .with_query("force", "true")
      .answer(200, "{}");
  const Outcome outcome =
      client_.apply_as("handover", api::kService, kKey, "{}", View::kFull, stop_);
  EXPECT_TRUE(std::holds_alternative<std::string>(outcome));
  EXPECT_EQ(sent().content_type, "application/apply-patch+yaml");
}

TEST_F(ClientTest, DeletesExactlyTheObjectThatWasLookedAt) {
  server_.on(Method::kDelete, "/api/v1/namespaces/shop/services/checkout").answer(200, "{}");
  client_.remove(api::kService, kKey, {"uid-1", "17"}, stop_);
  const json body = json::parse(sent().body);
  EXPECT_EQ(body["preconditions"], (json{{"uid", "uid-1"}, {"resourceVersion", "17"}}));
  EXPECT_EQ(body["propagationPolicy"], "Background");
}

TEST_F(ClientTest, ReplacesByPutOnTheVersionThatTheBodyNames) {
  server_.on(Method::kPut, "/apis/coordination.k8s.io/v1/namespaces/shop/leases/checkout")
      .answer(409, R"({"reason":"Conflict"})");
  const Outcome outcome = client_.replace(api::kLease, kKey, "{\"a\":1}", View::kFull, stop_);
  EXPECT_EQ(std::get<ApiError>(outcome).code, 409);
  EXPECT_THAT(sent().query,
              ElementsAre(Pair("fieldManager", "manager"), Pair("fieldValidation", "Strict")));
  EXPECT_EQ(sent().content_type, "application/json");
  EXPECT_EQ(sent().body, "{\"a\":1}");
}

TEST_F(ClientTest, PatchesAsJsonPatch) {
  server_.on(Method::kPatch, "/api/v1/namespaces/shop/services/checkout").answer(200, "{}");
  client_.json_patch(api::kService, kKey, "[]", View::kMetadata, stop_);
  EXPECT_EQ(sent().content_type, "application/json-patch+json");
}

TEST_F(ClientTest, ARefusalIsAValueAndKeepsTheServersWords) {
  server_.on(Method::kPost, "/api/v1/namespaces/shop/services")
      .answer(
          409,
          R"({"kind":"Status","code":409,"reason":"AlreadyExists","message":"services \"checkout\" already exists"})");
  const Outcome outcome = client_.create(api::kService, kKey, "{}", View::kMetadata, stop_);
  const auto& error = std::get<ApiError>(outcome);
  EXPECT_EQ(error.code, 409);
  EXPECT_EQ(error.reason, "AlreadyExists");
  EXPECT_EQ(error.message, "services \"checkout\" already exists");
}

TEST_F(ClientTest, WhatMayGoBetterNextTimeThrowsWithItsRetryAfter) {
  server_.on(Method::kGet, "/api/v1/namespaces/shop/services/checkout")
      .answer(429, R"({"reason":"TooManyRequests","message":"slow down"})",
              std::chrono::seconds(9));
  try {
    client_.get(api::kService, kKey, View::kFull, stop_);
    FAIL() << "429 was taken for an answer";
  } catch (const RetryableError& error) {
    EXPECT_EQ(error.error().retry_after, std::chrono::seconds(9));
    EXPECT_THAT(error.what(), HasSubstr("slow down"));
  }
}

TEST_F(ClientTest, WatchesWaitForAServerThatIsDownAndListsAsTheyAreTold) {
  const Selection selection{.resource = api::kService};
  server_.on(Method::kGet, "/api/v1/services").stream({}).answer(200, "{}").answer(200, "{}");
  client_.watch(selection, {}, [](std::string_view) { return std::chrono::seconds(1); }, stop_);
  client_.list(selection, 1, "", WhenDown::kFail, stop_);
  client_.list(selection, 1, "", WhenDown::kWait, stop_);
  EXPECT_EQ(server_.requests().at(0).when_down, WhenDown::kWait);
  EXPECT_EQ(server_.requests().at(1).when_down, WhenDown::kFail);
  EXPECT_EQ(server_.requests().at(2).when_down, WhenDown::kWait);
}

TEST_F(ClientTest, DoesNotCountWhatWasNotSent) {
  server_.on(Method::kGet, "/api/v1/namespaces/shop/services/checkout").fault(Fault::kCircuitOpen);
  EXPECT_THROW(client_.get(api::kService, kKey, View::kFull, stop_), TransportError);
  EXPECT_THAT(metrics_.text(), Not(HasSubstr("rest_client_requests_total{")));
}

TEST_F(ClientTest, CountsRequestsByCodeAndFailuresToo) {
  server_.on(Method::kGet, "/api/v1/namespaces/shop/services/checkout")
      .answer(200, "{}")
      .fault(Fault::kTimeout);
  client_.get(api::kService, kKey, View::kFull, stop_);
  EXPECT_THROW(client_.get(api::kService, kKey, View::kFull, stop_), TransportError);
  EXPECT_THAT(
      metrics_.text(),
      HasSubstr(R"(rest_client_requests_total{code="200",host="server:6443",method="GET"} 1)"));
  EXPECT_THAT(
      metrics_.text(),
      HasSubstr(R"(rest_client_requests_total{code="<error>",host="server:6443",method="GET"} 1)"));
}

TEST(ParseError, ReadsCauses) {
  const ApiError error = parse_error(
      {422,
       R"({"reason":"Invalid","message":"m","details":{"causes":[{"reason":"FieldValueDuplicate","field":"spec.ports[1].name","message":"dup"}]}})",
       {}});
  EXPECT_TRUE(error.has_cause("FieldValueDuplicate"));
  EXPECT_FALSE(error.has_cause("FieldValueInvalid"));
  EXPECT_EQ(error.causes.at(0).field, "spec.ports[1].name");
}

TEST(ParseError, TakesAnAnswerThatIsNoStatusByItsCode) {
  const ApiError error = parse_error({502, "<html>Bad Gateway</html>", {}});
  EXPECT_EQ(error.code, 502);
  EXPECT_EQ(error.message, "the server answered with status 502");
}

TEST(ParseError, CutsLongMessagesOutsideOfCharacters) {
  std::string message(1023, 'a');
  message += "\xC3\xA4";
  const ApiError error = parse_error({422, json{{"message", message}}.dump(), {}});
  EXPECT_EQ(error.message, std::string(1023, 'a'));
}

TEST(IsRetryable, FollowsTheTable) {
  for (const int code : {401, 408, 429, 500, 502, 503, 504})
    EXPECT_TRUE(is_retryable({.code = code})) << code;
  for (const int code : {400, 403, 404, 405, 409, 410, 422})
    EXPECT_FALSE(is_retryable({.code = code})) << code;
}

TEST(IsRetryable, ASchemaThatLacksOurFieldLacksItNextTimeToo) {
  EXPECT_FALSE(
      is_retryable({.code = 500, .message = "failed: .status.x: field not declared in schema"}));
}

}  // namespace
}  // namespace kube
