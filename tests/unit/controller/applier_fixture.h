#pragma once

// An Applier before a scripted API server, for the tests of what it writes and when.

#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "api/digest.h"
#include "controller/applier.h"
#include "kube/watch_decoder.h"
#include "support/manual_clock.h"
#include "support/objects.h"
#include "support/scripted_transport.h"

namespace controller {

inline constexpr const char* kServices = "/api/v1/namespaces/shop/services";
inline constexpr const char* kService = "/api/v1/namespaces/shop/services/checkout";
inline const std::string kOtherUid = "bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb";

inline std::string status(int code, const std::string& reason, const std::string& message,
                          const nlohmann::json& causes = nlohmann::json::array()) {
  return nlohmann::json{{"kind", "Status"},
                        {"code", code},
                        {"reason", reason},
                        {"message", message},
                        {"details", {{"causes", causes}}}}
      .dump();
}

inline std::string already_exists() {
  return status(409, "AlreadyExists", "services \"checkout\" already exists");
}

class ApplierTest : public testing::Test {
 protected:
  blueprint::Object service() const {
    return {api::kService,
            key_,
            {{"apiVersion", "v1"},
             {"kind", "Service"},
             {"metadata", {{"name", "checkout"}, {"namespace", "shop"}}},
             {"spec", {{"ports", {{{"name", "http"}, {"port", 80}, {"protocol", "TCP"}}}}}}}};
  }

  Applied apply(std::vector<blueprint::Object> desired,
                const std::vector<api::InventoryEntry>& inventory = {}) {
    return applier_.apply(owner_, std::move(desired), inventory, log_, {});
  }

  // The store learns of the object as a watch would tell it.
  void known(const nlohmann::json& object, const api::Resource& resource = api::kService) {
    children_.of(resource).store->upsert(
        kube::decode_child(support::padded(object), support::identity()));
  }

  // What the inventory says after `object` was written by us as service() is rendered.
  api::InventoryEntry entry_for(const nlohmann::json& object) {
    nlohmann::json body = service().body;
    body["metadata"]["ownerReferences"] = object["metadata"]["ownerReferences"];
    const auto record = kube::decode_child(support::padded(object), support::identity()).record;
    return {"",
            "Service",
            "checkout",
            record.uid.text(),
            api::to_hex(api::digest_of(body.dump())),
            api::to_hex(record.owned)};
  }

  nlohmann::json owned_by(nlohmann::json object, const std::string& uid,
                          const std::string& name = "checkout") {
    object["metadata"]["ownerReferences"][0]["uid"] = uid;
    object["metadata"]["ownerReferences"][0]["name"] = name;
    return object;
  }

  std::vector<std::string> sent() const {
    std::vector<std::string> lines;
    for (const kube::Request& request : server_.requests()) {
      lines.push_back(std::string(kube::to_string(request.method)) + " " + request.content_type);
    }
    return lines;
  }

  const api::ObjectKey key_{"shop", "checkout"};
  const Owner owner_{key_, *api::Uid::parse(support::kOwnerUid)};
  support::ScriptedTransport server_;
  support::ManualClock clock_;
  telemetry::Metrics metrics_{{"v", "c", "g"}, "serviceblueprint", {"user"}};
  std::ostringstream text_;
  telemetry::Log log_{telemetry::LogFormat::kJson, telemetry::Level::kDebug, text_};
  kube::Client client_{server_,
                       metrics_,
                       clock_,
                       {.host = "server", .field_manager = std::string(support::kManager)}};
  Children children_{kube::Scoping::kCluster, [](const auto&, const auto&, const auto&) {}};
  Applier applier_{client_, children_, metrics_, clock_, support::identity()};
};

}  // namespace controller
