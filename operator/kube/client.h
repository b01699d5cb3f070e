#pragma once

// The verbs of the Kubernetes API that this operator uses, and no others. Paths, media types, field
// manager and strict field validation are decided here; retrying is not: the work queue does that
// for the whole key.
//
// An answer that settles the matter is a value: the object, or the server's refusal. What may go
// better next time throws: TransportError (no answer) or RetryableError (429, 5xx).
//
// Thread safety: may be used from any thread.

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "api/object_key.h"
#include "api/resource.h"
#include "base/clock.h"
#include "kube/error.h"
#include "kube/http_transport.h"
#include "telemetry/metrics.h"

namespace kube {

// How much of an object an answer holds. Metadata = PartialObjectMetadata: a third of the bytes,
// and the fieldsV1 in it have the same text as in a metadata watch.
enum class View { kFull, kMetadata };

// The object's JSON, or why not.
using Outcome = std::variant<std::string, ApiError>;

// Nothing is deleted but exactly the object that was looked at.
struct Preconditions {
  std::string uid;
  std::string resource_version;
};

struct ClientOptions {
  std::string host;  // label of rest_client_*
  std::string field_manager;
  std::chrono::milliseconds request_timeout{10'000};
};

// What to list or watch.
struct Selection {
  api::Resource resource;
  View view = View::kFull;
  std::string namespace_;  // empty: all
  std::string label_selector;
  std::string field_selector;
};

class Client {
 public:
  Client(HttpTransport& transport, telemetry::Metrics& metrics, const base::Clock& clock,
         ClientOptions options);

  // POST. 409 AlreadyExists is an ApiError like any other.
  Outcome create(const api::Resource& resource, const api::ObjectKey& key, std::string body,
                 View view, const std::stop_token& stop);
  // Server-side apply with force. `subresource` is "" or "status".
  Outcome apply(const api::Resource& resource, const api::ObjectKey& key, std::string body,
                View view, std::string_view subresource, const std::stop_token& stop);
  // The same under another field manager's name, for fields that are handed over.
  Outcome apply_as(std::string_view field_manager, const api::Resource& resource,
                   const api::ObjectKey& key, std::string body, View view,
                   const std::stop_token& stop);
  // RFC 6902.
  Outcome json_patch(const api::Resource& resource, const api::ObjectKey& key, std::string patch,
                     View view, const std::stop_token& stop);
  // PUT. The object's metadata.resourceVersion is the condition: 409 Conflict when it has moved on.
  Outcome replace(const api::Resource& resource, const api::ObjectKey& key, std::string body,
                  View view, const std::stop_token& stop);
  Outcome get(const api::Resource& resource, const api::ObjectKey& key, View view,
              const std::stop_token& stop);
  // Background propagation.
  Outcome remove(const api::Resource& resource, const api::ObjectKey& key,
                 const Preconditions& preconditions, const std::stop_token& stop);

  // One page of at most `limit`. `continue_token` is empty for the first. Answers of any status are
  // returned.
  Response list(const Selection& selection, int limit, const std::string& continue_token,
                WhenDown when_down, const std::stop_token& stop);
  // The parameters that begin a watch: a resourceVersion to go on from, or initial events.
  struct WatchStart {
    std::string resource_version;  // empty with initial events: as fresh as etcd
    bool initial_events = false;   // KEP-3157, "WatchList"
    std::chrono::seconds timeout{300};
    std::chrono::milliseconds first_silence{10'000};
  };
  // While the API server is known to be down it waits.
  Response watch(const Selection& selection, const WatchStart& start, const OnBytes& on_bytes,
                 const std::stop_token& stop);

  const std::string& field_manager() const { return options_.field_manager; }

 private:
  Outcome send_apply(std::string path, std::string_view field_manager, std::string body, View view,
                     const std::stop_token& stop);
  Outcome send(Request request, const std::stop_token& stop);
  Response send_counted(const Request& request, const std::stop_token& stop);
  void count(const Request& request, base::SteadyTime start, std::string_view code);

  HttpTransport& transport_;
  telemetry::Metrics& metrics_;
  const base::Clock& clock_;
  const ClientOptions options_;
};

}  // namespace kube
