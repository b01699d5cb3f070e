#include "blueprint/network_policy.h"

#include <set>

#include "blueprint/defaults.h"
#include "blueprint/metadata.h"
#include "blueprint/url.h"

namespace blueprint {
namespace {

using nlohmann::json;

constexpr const char* kInstance = "app.kubernetes.io/instance";
// Set by Kubernetes itself on every namespace (KEP-2161).
constexpr const char* kNamespaceName = "kubernetes.io/metadata.name";
constexpr std::int64_t kDnsPort = 53;

json matching(const char* label, const std::string& value) {
  return {{"matchLabels", {{label, value}}}};
}

json port_entry(const json& port, const std::string& protocol) {
  return {{"port", port}, {"protocol", protocol}};
}

// By name, so that a container port can move in a rolling update: old and new pods each open their
// own.
json declared_ports(const Context& context) {
  json list = json::array();
  for (const api::Port& port : context.ports) list.push_back(port_entry(port.name, port.protocol));
  return list;
}

json ports_of(const api::Peer& peer) {
  json list = json::array();
  for (const api::PeerPort& given : peer.ports) {
    const json port = std::visit([](const auto& value) { return json(value); }, given.port);
    list.push_back(port_entry(port, given.protocol));
  }
  return list;
}

// networking.k8s.io/v1 NetworkPolicyPeer.
json peer_entry(const api::Peer& peer) {
  if (peer.cidr) return {{"ipBlock", {{"cidr", *peer.cidr}}}};
  json entry = json::object();
  if (peer.namespace_) entry["namespaceSelector"] = matching(kNamespaceName, *peer.namespace_);
  if (peer.blueprint) entry["podSelector"] = matching(kInstance, *peer.blueprint);
  return entry;
}

// The pods of the same namespace, and those of the platform that scrape and route.
json default_sources(const Context& context) {
  json list = json::array({{{"podSelector", json::object()}}});
  std::set<std::string> namespaces(context.facts.monitoring_namespaces.begin(),
                                   context.facts.monitoring_namespaces.end());
  namespaces.insert(context.facts.gateway_namespaces.begin(),
                    context.facts.gateway_namespaces.end());
  for (const std::string& name : namespaces)
    list.push_back({{"namespaceSelector", matching(kNamespaceName, name)}});
  return list;
}

// A rule without ports would open all of them, so a worker, which has none, gets no default rule.
json ingress_rules(const Context& context) {
  const auto& allow_from = context.spec().network.allow_from;
  json rules = json::array();
  if (!allow_from) {
    if (!context.ports.empty())
      rules.push_back({{"from", default_sources(context)}, {"ports", declared_ports(context)}});
    return rules;
  }
  for (const api::Peer& peer : *allow_from) {
    rules.push_back({{"from", json::array({peer_entry(peer)})},
                     {"ports", peer.ports.empty() ? declared_ports(context) : ports_of(peer)}});
  }
  return rules;
}

// DNS and the collector of traces, wherever they are.
json standing_ports(const api::BlueprintSpec& spec) {
  json list = json::array({port_entry(kDnsPort, "UDP"), port_entry(kDnsPort, "TCP")});
  if (!tracing_enabled(spec)) return list;
  const std::optional<Url> collector = parse_url(spec.tracing.endpoint.value_or(""));
  if (collector) list.push_back(port_entry(collector->port, "TCP"));
  return list;
}

json egress_rules(const api::BlueprintSpec& spec, const std::vector<api::Peer>& allowed) {
  json rules = json::array({{{"ports", standing_ports(spec)}}});
  for (const api::Peer& peer : allowed) {
    json rule{{"to", json::array({peer_entry(peer)})}};
    if (!peer.ports.empty()) rule["ports"] = ports_of(peer);
    rules.push_back(std::move(rule));
  }
  return rules;
}

}  // namespace

Object render_network_policy(const Context& context) {
  json spec{{"podSelector", matching(kInstance, context.name())},
            {"policyTypes", json::array({"Ingress"})}};
  if (json rules = ingress_rules(context); !rules.empty()) spec["ingress"] = std::move(rules);
  const auto& allowed = context.spec().network.allow_to;
  if (allowed) {
    spec["policyTypes"].push_back("Egress");
    spec["egress"] = egress_rules(context.spec(), *allowed);
  }
  return make_object(api::kNetworkPolicy, context, {{"spec", std::move(spec)}});
}

}  // namespace blueprint
