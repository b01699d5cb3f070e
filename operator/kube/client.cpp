#include "kube/client.h"

#include <utility>

#include <nlohmann/json.hpp>

namespace kube {
namespace {

constexpr std::string_view kPartialObject =
    "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json";
constexpr std::string_view kPartialList =
    "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json";
constexpr std::string_view kApplyPatch = "application/apply-patch+yaml";  // JSON is YAML
constexpr std::string_view kJsonPatch = "application/json-patch+json";
constexpr std::string_view kJson = "application/json";

std::string collection_path(const api::Resource& resource, const std::string& namespace_) {
  std::string path =
      resource.group.empty() ? "/api/" : "/apis/" + std::string(resource.group) + "/";
  path += resource.version;
  if (!namespace_.empty()) path += "/namespaces/" + namespace_;
  path += '/';
  path += resource.plural;
  return path;
}

std::string object_path(const api::Resource& resource, const api::ObjectKey& key) {
  return collection_path(resource, key.namespace_) + "/" + key.name;
}

std::string accept_of(View view) {
  return std::string(view == View::kMetadata ? kPartialObject : kJson);
}

bool succeeded(const Response& response) { return response.status >= 200 && response.status < 300; }

void select(Request& request, const Selection& selection) {
  request.path = collection_path(selection.resource, selection.namespace_);
  if (!selection.label_selector.empty())
    request.query.emplace_back("labelSelector", selection.label_selector);
  if (!selection.field_selector.empty())
    request.query.emplace_back("fieldSelector", selection.field_selector);
}

}  // namespace

Client::Client(HttpTransport& transport, telemetry::Metrics& metrics, const base::Clock& clock,
               ClientOptions options)
    : transport_(transport), metrics_(metrics), clock_(clock), options_(std::move(options)) {}

Outcome Client::create(const api::Resource& resource, const api::ObjectKey& key, std::string body,
                       View view, const std::stop_token& stop) {
  return send({.method = Method::kPost,
               .path = collection_path(resource, key.namespace_),
               .query = {{"fieldManager", options_.field_manager}, {"fieldValidation", "Strict"}},
               .accept = accept_of(view),
               .content_type = std::string(kJson),
               .body = std::move(body)},
              stop);
}

Outcome Client::apply(const api::Resource& resource, const api::ObjectKey& key, std::string body,
                      View view, std::string_view subresource, const std::stop_token& stop) {
  std::string path = object_path(resource, key);
  if (!subresource.empty()) path.append("/").append(subresource);
  return send_apply(std::move(path), options_.field_manager, std::move(body), view, stop);
}

Outcome Client::apply_as(std::string_view field_manager, const api::Resource& resource,
                         const api::ObjectKey& key, std::string body, View view,
                         const std::stop_token& stop) {
  return send_apply(object_path(resource, key), field_manager, std::move(body), view, stop);
}

Outcome Client::send_apply(std::string path, std::string_view field_manager, std::string body,
                           View view, const std::stop_token& stop) {
  return send({.method = Method::kPatch,
               .path = std::move(path),
               .query = {{"fieldManager", std::string(field_manager)},
                         {"force", "true"},
                         {"fieldValidation", "Strict"}},
               .accept = accept_of(view),
               .content_type = std::string(kApplyPatch),
               .body = std::move(body)},
              stop);
}

Outcome Client::json_patch(const api::Resource& resource, const api::ObjectKey& key,
                           std::string patch, View view, const std::stop_token& stop) {
  return send({.method = Method::kPatch,
               .path = object_path(resource, key),
               .query = {{"fieldManager", options_.field_manager}, {"fieldValidation", "Strict"}},
               .accept = accept_of(view),
               .content_type = std::string(kJsonPatch),
               .body = std::move(patch)},
              stop);
}

Outcome Client::replace(const api::Resource& resource, const api::ObjectKey& key, std::string body,
                        View view, const std::stop_token& stop) {
  return send({.method = Method::kPut,
               .path = object_path(resource, key),
               .query = {{"fieldManager", options_.field_manager}, {"fieldValidation", "Strict"}},
               .accept = accept_of(view),
               .content_type = std::string(kJson),
               .body = std::move(body)},
              stop);
}

Outcome Client::get(const api::Resource& resource, const api::ObjectKey& key, View view,
                    const std::stop_token& stop) {
  return send(
      {.method = Method::kGet, .path = object_path(resource, key), .accept = accept_of(view)},
      stop);
}

Outcome Client::remove(const api::Resource& resource, const api::ObjectKey& key,
                       const Preconditions& preconditions, const std::stop_token& stop) {
  const nlohmann::json options{
      {"apiVersion", "v1"},
      {"kind", "DeleteOptions"},
      {"propagationPolicy", "Background"},
      {"preconditions",
       {{"uid", preconditions.uid}, {"resourceVersion", preconditions.resource_version}}}};
  return send({.method = Method::kDelete,
               .path = object_path(resource, key),
               .content_type = std::string(kJson),
               .body = options.dump()},
              stop);
}

Response Client::list(const Selection& selection, int limit, const std::string& continue_token,
                      WhenDown when_down, const std::stop_token& stop) {
  Request request;
  select(request, selection);
  request.accept = selection.view == View::kMetadata ? kPartialList : kJson;
  request.query.emplace_back("limit", std::to_string(limit));
  if (!continue_token.empty()) request.query.emplace_back("continue", continue_token);
  request.timeout = options_.request_timeout;
  request.when_down = when_down;
  return send_counted(request, stop);
}

Response Client::watch(const Selection& selection, const WatchStart& start, const OnBytes& on_bytes,
                       const std::stop_token& stop) {
  Request request;
  select(request, selection);
  request.accept = accept_of(selection.view);
  request.query.insert(request.query.end(), {{"watch", "true"}, {"allowWatchBookmarks", "true"}});
  request.query.emplace_back("timeoutSeconds", std::to_string(start.timeout.count()));
  if (start.initial_events) {
    request.query.insert(request.query.end(),
                         {{"sendInitialEvents", "true"}, {"resourceVersionMatch", "NotOlderThan"}});
  }
  if (!start.resource_version.empty())
    request.query.emplace_back("resourceVersion", start.resource_version);
  request.timeout = start.first_silence;
  request.when_down = WhenDown::kWait;
  const base::SteadyTime begin = clock_.now();
  // A watch is counted when it begins to speak, not when it ends minutes later.
  bool counted = false;
  const auto count_once = [&](std::string_view code) {
    if (!std::exchange(counted, true)) count(request, begin, code);
  };
  try {
    Response response = transport_.stream(
        request,
        [&](std::string_view block) {
          count_once("200");
          return on_bytes(block);
        },
        stop);
    count_once(std::to_string(response.status));
    return response;
  } catch (const TransportError&) {
    count_once("<error>");
    throw;
  }
}

Outcome Client::send(Request request, const std::stop_token& stop) {
  request.timeout = options_.request_timeout;
  Response response = send_counted(request, stop);
  if (succeeded(response)) return std::move(response.body);
  ApiError error = parse_error(response);
  if (is_retryable(error)) throw RetryableError(std::move(error));
  return error;
}

Response Client::send_counted(const Request& request, const std::stop_token& stop) {
  const base::SteadyTime start = clock_.now();
  try {
    Response response = transport_.send(request, stop);
    count(request, start, std::to_string(response.status));
    return response;
  } catch (const TransportError& error) {
    if (error.fault() != Fault::kCircuitOpen) count(request, start, "<error>");
    throw;
  }
}

void Client::count(const Request& request, base::SteadyTime start, std::string_view code) {
  metrics_.count_request(options_.host, to_string(request.method), code, clock_.now() - start);
}

}  // namespace kube
