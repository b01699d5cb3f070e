#include <array>
#include <charconv>
#include <set>

#include <arpa/inet.h>

#include "blueprint/defaults.h"
#include "blueprint/ports.h"
#include "blueprint/syntax.h"
#include "blueprint/validation_rules.h"

namespace blueprint {
namespace {

constexpr std::size_t kLongestBlueprintName = 52;
constexpr std::string_view kNamespace =
    "must be at most 63 lower-case letters, digits and '-', beginning and ending with a letter or "
    "digit";

// The bits of `address` behind the first `prefix` are zero.
bool ends_in_zeros(std::span<const unsigned char> address, int prefix) {
  for (auto bit = static_cast<std::size_t>(prefix); bit < address.size() * 8; ++bit) {
    if ((static_cast<unsigned>(address[bit / 8]) >> (7 - bit % 8) & 1U) != 0) return false;
  }
  return true;
}

// A block of addresses in the one way that every version of the API server accepts: no bits beyond
// the prefix, no IPv4 in IPv6 (KEP-4858).
bool is_cidr(std::string_view text) {
  const std::size_t slash = std::min(text.find('/'), text.size());
  const std::string address(text.substr(0, slash));
  const std::string_view digits = text.substr(std::min(slash + 1, text.size()));
  int prefix = -1;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), prefix);
  const bool number = error == std::errc() && end == digits.data() + digits.size();
  if (!number || prefix < 0 || (digits.size() > 1 && digits.front() == '0')) return false;
  std::array<unsigned char, sizeof(in6_addr)> bytes{};
  if (inet_pton(AF_INET, address.c_str(), bytes.data()) == 1)
    return prefix <= 32 && ends_in_zeros(std::span(bytes).first<sizeof(in_addr)>(), prefix);
  return address.find('.') == std::string::npos &&
         inet_pton(AF_INET6, address.c_str(), bytes.data()) == 1 && prefix <= 128 &&
         ends_in_zeros(bytes, prefix);
}

void check_peer(const api::Peer& peer, const std::string& path, Problems& problems) {
  problems.require(!peer.blueprint || (is_dns1035_label(*peer.blueprint) &&
                                       peer.blueprint->size() <= kLongestBlueprintName),
                   path + ".blueprint",
                   "must be the name of a blueprint: at most 52 lower-case letters, digits and "
                   "'-', beginning with a letter and ending with a letter or digit");
  problems.require(!peer.namespace_ || is_dns1123_label(*peer.namespace_), path + ".namespace",
                   kNamespace);
  problems.require(
      !peer.cidr || is_cidr(*peer.cidr), path + ".cidr",
      "must be a block of IP addresses such as 10.0.0.0/8 or 2001:db8::/32, with zeros "
      "in the bits after the prefix");
}

// A port that has a name must be one of ours, in its protocol.
void check_source_ports(const api::Peer& peer, const Ports& ports, const std::string& path,
                        Problems& problems) {
  problems.require(!peer.ports.empty() || !ports.empty(), path + ".ports",
                   "is required, because a worker (ports: []) has no declared ports");
  for (std::size_t i = 0; i < peer.ports.size(); ++i) {
    const auto* name = std::get_if<std::string>(&peer.ports[i].port);
    const api::Port* port = name == nullptr ? nullptr : find_port(ports, *name);
    problems.require(
        name == nullptr || (port != nullptr && port->protocol == peer.ports[i].protocol),
        entry_path(path + ".ports", i, ".port"),
        "must be a number or the name of a declared port with the same protocol");
  }
}

void check_policy(const api::Network& network, Problems& problems) {
  const bool lists = network.allow_from || network.allow_to;
  problems.require(network.policy.value_or(true) || !lists, "spec.network.policy",
                   "must not be false together with allowFrom or allowTo, which need a policy");
}

void check_peers(const api::BlueprintSpec& spec, const Ports& ports, Problems& problems) {
  const std::vector<api::Peer> none;
  const std::vector<api::Peer>& sources = spec.network.allow_from.value_or(none);
  for (std::size_t i = 0; i < sources.size(); ++i) {
    const std::string path = entry_path("spec.network.allowFrom", i);
    check_peer(sources[i], path, problems);
    check_source_ports(sources[i], ports, path, problems);
  }
  const std::vector<api::Peer>& targets = spec.network.allow_to.value_or(none);
  for (std::size_t i = 0; i < targets.size(); ++i)
    check_peer(targets[i], entry_path("spec.network.allowTo", i), problems);
}

void check_hosts(const std::vector<std::string>& hosts, Problems& problems) {
  constexpr std::string_view kPath = "spec.expose.hosts";
  problems.require(!hosts.empty(), kPath, "must have an entry");
  std::set<std::string_view> seen;
  for (std::size_t i = 0; i < hosts.size(); ++i) {
    problems.require(is_host_pattern(hosts[i]), entry_path(kPath, i),
                     "must be a host name in lower-case letters, such as shop.example.com, or *. "
                     "and a host name; not an IP address");
    problems.require(seen.insert(hosts[i]).second, entry_path(kPath, i),
                     "must differ from the other hosts");
  }
}

void check_destination(const api::Expose& expose, Problems& problems) {
  constexpr std::string_view kName =
      "must be the name of an object: lower-case letters, digits, '-' and '.', beginning and "
      "ending "
      "with a letter or digit";
  if (expose.gateway) {
    problems.require(is_dns1123_subdomain(expose.gateway->name), "spec.expose.gateway.name", kName);
    const auto& place = expose.gateway->namespace_;
    problems.require(!place || is_dns1123_label(*place), "spec.expose.gateway.namespace",
                     kNamespace);
  }
  problems.require(!expose.gateway || !expose.ingress_class_name, "spec.expose.ingressClassName",
                   "must not be together with gateway, which makes an HTTPRoute");
  problems.require(!expose.gateway || !expose.tls_secret_name, "spec.expose.tlsSecretName",
                   "must not be together with gateway, whose listeners hold the certificates");
  problems.require(!expose.ingress_class_name || is_dns1123_subdomain(*expose.ingress_class_name),
                   "spec.expose.ingressClassName", kName);
  problems.require(!expose.tls_secret_name || is_dns1123_subdomain(*expose.tls_secret_name),
                   "spec.expose.tlsSecretName", kName);
}

void check_expose(const api::Expose& expose, const Ports& ports, Problems& problems) {
  constexpr const char* kPort = "spec.expose.port";
  check_hosts(expose.hosts, problems);
  problems.require(!expose.path || is_url_path(*expose.path), "spec.expose.path",
                   "must be the path of a URL that begins with '/', such as /shop, without '//', "
                   "'.' and '..'");
  if (ports.empty()) {
    problems.require(false, "spec.expose", "is not allowed for a worker (ports: [])");
  } else {
    check_reference(ports, expose.port, Numbers::kDeclared, kPort, problems);
    if (!expose.port) check_main_port(ports, kPort, "", problems);
  }
  check_destination(expose, problems);
}

}  // namespace

void check_network(const api::BlueprintSpec& spec, Problems& problems) {
  const Ports ports = ports_of(spec);
  check_policy(spec.network, problems);
  check_peers(spec, ports, problems);
  if (spec.expose) check_expose(*spec.expose, ports, problems);
}

}  // namespace blueprint
