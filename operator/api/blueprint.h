#pragma once

// The ServiceBlueprint as its author wrote it, typed. Every optional is empty where the author left
// the field out: defaults are the business of blueprint/defaults, because they depend on the
// profile and must stay tellable apart from what was written. Where the API takes a core type whole
// (EnvVar, tolerations, a preStop handler), the checked JSON is kept as it is.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <nlohmann/json.hpp>

#include "api/decoder.h"
#include "api/defaults.h"
#include "api/object_key.h"
#include "api/quantity.h"

namespace api {

// A count, or a percentage such as "25%" (core/v1 IntOrString).
using IntOrPercent = std::variant<std::int64_t, std::string>;
// A port by its number or by the name of a declared port.
using PortReference = std::variant<std::int64_t, std::string>;
using StringMap = std::map<std::string, std::string>;

struct Port {
  std::string name;
  std::int64_t port = 0;
  std::optional<std::int64_t> service_port;  // default: port
  std::string protocol = "TCP";              // TCP, UDP, SCTP
  std::optional<std::string> app_protocol;
};

// Every key of the Secret as a variable, each named prefix + key.
struct EnvPrefix {
  std::string prefix;
};

struct MountedKey {
  std::string key;
  std::string path;
};

struct MountAt {
  std::string mount_path;
  std::vector<MountedKey> items;  // empty: every key
  std::optional<std::int64_t> default_mode;
};

enum class OnChange { kRestart, kIgnore };

// An existing Secret or ConfigMap of the namespace, and what becomes of its keys.
struct DataSource {
  std::string name;
  // Variable -> key, or all keys with a prefix, or files.
  std::variant<StringMap, EnvPrefix, MountAt> use;
  bool optional = false;
  // Whether changed values restart the pods. Default: Restart for variables, Ignore for files.
  std::optional<OnChange> on_change;
};

// Values that become a generated, immutable ConfigMap.
struct Config {
  StringMap env;
  StringMap files;                        // name below mount_path -> content
  std::optional<std::string> mount_path;  // default: /etc/config

  bool empty() const { return env.empty() && files.empty(); }
};

struct EmptyDir {
  std::optional<std::string> medium;  // Memory
  std::optional<Quantity> size_limit;
};
struct PersistentVolumeClaim {
  std::string claim_name;
};

struct Volume {
  std::string name;
  std::string mount_path;
  std::variant<EmptyDir, PersistentVolumeClaim> source;
  bool read_only = false;
};

enum class Runtime { kNone, kGo, kJava, kNode };

struct ResourceList {
  std::optional<Quantity> cpu;
  std::optional<Quantity> memory;
  std::optional<Quantity> ephemeral_storage;
};

struct Resources {
  ResourceList requests;
  ResourceList limits;
};

struct HttpProbe {
  std::optional<std::string> path;
  std::optional<std::string> scheme;  // HTTP, HTTPS
  std::vector<std::pair<std::string, std::string>> headers;
};
struct TcpProbe {};
struct GrpcProbe {
  std::optional<std::string> service;
};

struct Probe {
  // Empty: the default handler for the port.
  std::optional<std::variant<HttpProbe, TcpProbe, GrpcProbe>> handler;
  std::optional<PortReference> port;
  bool disabled = false;
  std::optional<std::int64_t> period_seconds;
  std::optional<std::int64_t> timeout_seconds;
  std::optional<std::int64_t> failure_threshold;
  std::optional<std::int64_t> initial_delay_seconds;
  std::optional<std::int64_t> success_threshold;  // readiness only
};

struct StartupProbe {
  std::optional<std::int64_t> budget_seconds;
  std::optional<std::int64_t> period_seconds;
};

struct Probes {
  std::optional<Probe> liveness;
  std::optional<Probe> readiness;
  std::optional<StartupProbe> startup;
};

struct Shutdown {
  std::optional<std::int64_t> delay_seconds;
  std::optional<std::int64_t> drain_seconds;
  std::optional<std::int64_t> termination_grace_period_seconds;
  std::optional<nlohmann::json> pre_stop;  // a core/v1 LifecycleHandler with httpGet or exec
};

struct MonitoringEndpoint {
  std::optional<PortReference> port;  // default: the main port
  std::optional<std::string> path;
  std::optional<std::string> interval;
  std::optional<std::string> scrape_timeout;
};

struct Monitoring {
  std::optional<bool> enabled;
  std::optional<std::vector<MonitoringEndpoint>> endpoints;
  StringMap labels;
  bool alerts = false;  // alerts.enabled
};

struct Tracing {
  std::optional<bool> enabled;
  std::optional<std::string> endpoint;   // a URL
  std::optional<std::string> protocol;   // http/protobuf, grpc
  std::optional<double> sampling_ratio;  // 0 to 1
  StringMap resource_attributes;
};

struct Logging {
  std::optional<std::string> level;   // trace, debug, info, warn, error
  std::optional<std::string> format;  // json, text
};

struct Autoscaling {
  std::optional<std::int64_t> min_replicas;
  std::int64_t max_replicas = 0;
  std::optional<std::int64_t> cpu_utilization;     // percent of the request
  std::optional<std::int64_t> memory_utilization;  // percent of the request
  std::vector<nlohmann::json> metrics;             // autoscaling/v2 MetricSpec
  std::optional<nlohmann::json> behavior;          // autoscaling/v2 HorizontalPodAutoscalerBehavior
  std::optional<std::int64_t> scale_down_stabilization_seconds;
};

struct Rollout {
  std::optional<std::string> strategy;  // RollingUpdate, Recreate
  std::optional<IntOrPercent> max_surge;
  std::optional<IntOrPercent> max_unavailable;
  std::optional<std::int64_t> min_ready_seconds;
  std::optional<std::int64_t> progress_deadline_seconds;
  std::optional<std::int64_t> revision_history_limit;
  std::optional<std::string> restart_token;
};

struct Disruption {
  std::optional<bool> enabled;
  std::optional<IntOrPercent> max_unavailable;
};

struct Scheduling {
  std::optional<std::string> spread;  // ZoneAndHost, Host, None
  StringMap node_selector;
  std::vector<nlohmann::json> tolerations;  // core/v1 Toleration
  std::optional<std::string> priority_class_name;
  std::optional<nlohmann::json> affinity;  // core/v1 Affinity
};

struct Security {
  std::optional<std::string> identity;  // Fixed, FromImage
  std::optional<std::int64_t> run_as_user;
  std::optional<std::int64_t> run_as_group;
  std::optional<std::int64_t> fs_group;
  std::optional<bool> read_only_root_filesystem;
  std::optional<std::vector<std::string>> writable_paths;
};

struct ServiceAccount {
  std::optional<std::string> name;  // an existing one; then none is made
  StringMap annotations;
  std::optional<bool> automount_token;
};

struct PeerPort {
  PortReference port;            // of a blueprint's own ports in allowFrom by name, too
  std::string protocol = "TCP";  // TCP, UDP, SCTP
};

// Whoever may connect, or be connected to. At least one of the first three is given; blueprint and
// namespace may go together, cidr goes alone.
struct Peer {
  std::optional<std::string> blueprint;
  std::optional<std::string> namespace_;
  std::optional<std::string> cidr;
  std::vector<PeerPort> ports;  // empty: the declared ports in allowFrom, all in allowTo
};

struct Network {
  std::optional<bool> policy;
  std::optional<std::vector<Peer>> allow_from;
  std::optional<std::vector<Peer>> allow_to;
};

struct Gateway {
  std::string name;
  std::optional<std::string> namespace_;  // default: the blueprint's own
};

struct Expose {
  std::vector<std::string> hosts;
  std::optional<std::string> path;    // default: /
  std::optional<PortReference> port;  // default: the main port
  std::optional<Gateway> gateway;     // with it an HTTPRoute, else an Ingress
  std::optional<std::string> ingress_class_name;
  std::optional<std::string> tls_secret_name;
};

// A container beside the main one: an initContainer, or a sidecar, which alone has ports and
// probes.
struct Container {
  std::string name;
  std::string image;
  std::optional<std::vector<std::string>> command;
  std::optional<std::vector<std::string>> args;
  std::vector<nlohmann::json> env;
  std::vector<DataSource> secrets;
  Resources resources;
  std::vector<Port> ports;
  Probes probes;
};

struct BlueprintSpec {
  std::string image;
  std::optional<std::string> image_pull_policy;
  std::vector<std::string> image_pull_secrets;
  std::optional<std::string> version;
  std::optional<std::string> owner;
  std::optional<Profile> profile;
  std::optional<std::vector<std::string>> command;
  std::optional<std::vector<std::string>> args;
  std::optional<std::string> working_dir;
  std::optional<std::vector<Port>> ports;  // an empty list says: a worker, no Service
  std::optional<std::int64_t> replicas;
  std::vector<nlohmann::json> env;  // core/v1 EnvVar, each with a name
  std::vector<DataSource> secrets;
  std::vector<DataSource> config_maps;
  Config config;
  std::vector<Volume> volumes;
  Resources resources;
  std::optional<Runtime> runtime;
  Probes probes;
  Shutdown shutdown;
  Monitoring monitoring;
  Tracing tracing;
  Logging logging;
  std::optional<Autoscaling> autoscaling;
  Rollout rollout;
  Disruption disruption;
  Scheduling scheduling;
  Security security;
  ServiceAccount service_account;
  Network network;
  std::optional<Expose> expose;
  std::vector<Container> init_containers;
  std::vector<Container> sidecars;
  StringMap labels;
  StringMap annotations;
  StringMap pod_labels;
  StringMap pod_annotations;

  // Not written by the author: what holds where a field was left out. The decoder fills in the
  // built-in table of the profile; the caller may put the platform's, or those that an earlier
  // rendering used, in its place.
  Defaults defaults = built_in_defaults(Profile::kProduction);
};

struct Blueprint {
  ObjectKey key;
  std::string uid;
  std::int64_t generation = 0;
  BlueprintSpec spec;
};

// Reads a whole object (apiVersion, kind, metadata, spec). uid and generation may be missing
// (offline). Unknown fields are refused by the API server and by `validate`, and passed over here:
// a newer CRD must not stop an older operator. Throws DecodeError.
Blueprint decode_blueprint(const nlohmann::json& object);

// Reads just the spec. `path` begins the path in an error. Throws DecodeError.
BlueprintSpec decode_spec(const nlohmann::json& spec, const std::string& path = "spec");

}  // namespace api
