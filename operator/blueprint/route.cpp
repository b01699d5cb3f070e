#include "blueprint/route.h"

#include "blueprint/metadata.h"
#include "blueprint/ports.h"

namespace blueprint {
namespace {

using nlohmann::json;

std::int64_t backend_port(const Context& context, const api::Expose& expose) {
  const api::Port& port = *find_port(context.ports, expose.port);
  return port.service_port.value_or(port.port);
}

std::string path_of(const api::Expose& expose) { return expose.path.value_or("/"); }

json parent(const api::Gateway& gateway) {
  json reference{{"name", gateway.name}};
  if (gateway.namespace_) reference["namespace"] = *gateway.namespace_;
  return reference;
}

json http_route(const Context& context, const api::Expose& expose, const api::Gateway& gateway) {
  const json backend{{"name", context.name()}, {"port", backend_port(context, expose)}};
  const json match{{"path", {{"type", "PathPrefix"}, {"value", path_of(expose)}}}};
  const json rule{{"matches", json::array({match})}, {"backendRefs", json::array({backend})}};
  return {{"parentRefs", json::array({parent(gateway)})},
          {"hostnames", expose.hosts},
          {"rules", json::array({rule})}};
}

json ingress(const Context& context, const api::Expose& expose) {
  const json path{
      {"path", path_of(expose)},
      {"pathType", "Prefix"},
      {"backend",
       {{"service",
         {{"name", context.name()}, {"port", {{"number", backend_port(context, expose)}}}}}}}};
  json rules = json::array();
  for (const std::string& host : expose.hosts)
    rules.push_back({{"host", host}, {"http", {{"paths", json::array({path})}}}});
  json spec{{"rules", std::move(rules)}};
  if (expose.ingress_class_name) spec["ingressClassName"] = *expose.ingress_class_name;
  if (expose.tls_secret_name) {
    const json tls{{"hosts", expose.hosts}, {"secretName", *expose.tls_secret_name}};
    spec["tls"] = json::array({tls});
  }
  return spec;
}

}  // namespace

Object render_route(const Context& context, const api::Expose& expose) {
  if (expose.gateway) {
    return make_object(api::kHttpRoute, context,
                       {{"spec", http_route(context, expose, *expose.gateway)}});
  }
  return make_object(api::kIngress, context, {{"spec", ingress(context, expose)}});
}

}  // namespace blueprint
