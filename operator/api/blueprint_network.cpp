#include <array>

#include "api/blueprint_parts.h"

namespace api {
namespace {

constexpr std::array<std::string_view, 3> kProtocols{"TCP", "UDP", "SCTP"};

// Only our own ports have names that we know.
PortReference read_port_number(const Cursor& at) { return kPortNumber(at); }

struct PeerReader {
  PortReference (*read_port)(const Cursor&);

  Peer operator()(const Cursor& at) const {
    Peer peer{.blueprint = at.optional("blueprint", read_filled_text),
              .namespace_ = at.optional("namespace", read_filled_text),
              .cidr = at.optional("cidr", read_filled_text),
              .ports = at.value_or_empty(
                  "ports", ListOf{[this](const Cursor& port) { return read_peer_port(port); }})};
    const bool pods = peer.blueprint || peer.namespace_;
    at.check(pods || peer.cidr, "at least one of blueprint, namespace and cidr is required");
    at.check(!pods || !peer.cidr, "cidr is not allowed together with blueprint or namespace");
    return peer;
  }

 private:
  PeerPort read_peer_port(const Cursor& at) const {
    PeerPort port{.port = at.required("port", read_port)};
    port.protocol = at.optional("protocol", OneOf{kProtocols}).value_or(port.protocol);
    return port;
  }
};

Gateway read_gateway(const Cursor& at) {
  return {.name = at.required("name", read_filled_text),
          .namespace_ = at.optional("namespace", read_filled_text)};
}

}  // namespace

Network read_network(const Cursor& at) {
  return {.policy = at.optional("policy", read_flag),
          .allow_from = at.optional("allowFrom", ListOf{PeerReader{read_port_reference}}),
          .allow_to = at.optional("allowTo", ListOf{PeerReader{read_port_number}})};
}

Expose read_expose(const Cursor& at) {
  return {.hosts = at.required("hosts", read_texts),
          .path = at.optional("path", read_filled_text),
          .port = at.optional("port", read_port_reference),
          .gateway = at.optional("gateway", read_gateway),
          .ingress_class_name = at.optional("ingressClassName", read_filled_text),
          .tls_secret_name = at.optional("tlsSecretName", read_filled_text)};
}

}  // namespace api
