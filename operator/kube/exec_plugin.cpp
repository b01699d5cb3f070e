#include "kube/exec_plugin.h"

#include <vector>

#include <nlohmann/json.hpp>
#include <openssl/evp.h>

#include "kube/text.h"

namespace kube {
namespace {

using nlohmann::json;

std::string encode_base64(const std::string& bytes) {
  std::vector<unsigned char> text((bytes.size() + 2) / 3 * 4 + 1);
  const int length =
      EVP_EncodeBlock(text.data(), reinterpret_cast<const unsigned char*>(bytes.data()),
                      static_cast<int>(bytes.size()));
  return {text.begin(), text.begin() + length};
}

std::string server_url(const ClientConfig& config) {
  return "https://" + config.host + ":" + std::to_string(config.port) + config.base_path;
}

std::string exec_info(const ClientConfig& config, const ExecPlugin& plugin,
                      const std::string& certificate_authority) {
  json spec = {{"interactive", false}};
  if (plugin.cluster_info == ClusterInfo::kProvide) {
    json cluster = {{"server", server_url(config)},
                    {"certificate-authority-data", encode_base64(certificate_authority)}};
    if (!config.tls_server_name.empty()) cluster["tls-server-name"] = config.tls_server_name;
    spec["cluster"] = std::move(cluster);
  }
  return json{
      {"apiVersion", plugin.api_version}, {"kind", "ExecCredential"}, {"spec", std::move(spec)}}
      .dump();
}

std::string text(const json& object, const char* name) {
  const auto member = object.find(name);
  return member != object.end() && member->is_string() ? member->get<std::string>() : std::string();
}

}  // namespace

ProcessRequest exec_request(const ClientConfig& config, const ExecPlugin& plugin,
                            const std::string& certificate_authority) {
  ProcessRequest request;
  request.arguments.push_back(plugin.command);
  for (const auto& argument : plugin.arguments) request.arguments.push_back(argument);
  for (const auto& [name, value] : plugin.variables) {
    request.variables.push_back(name);
    request.variables.back().append("=").append(value);
  }
  request.variables.push_back("KUBERNETES_EXEC_INFO=" +
                              exec_info(config, plugin, certificate_authority));
  return request;
}

ExecCredential parse_exec_credential(const ExecPlugin& plugin, const std::string& output) {
  const auto fail = [&plugin](const std::string& problem) -> ConfigError {
    return ConfigError("credential plugin " + plugin.command + ": " + problem);
  };
  const json answer = json::parse(output, nullptr, false);
  if (!answer.is_object()) throw fail("its output is not a JSON object");
  if (text(answer, "kind") != "ExecCredential" ||
      text(answer, "apiVersion") != plugin.api_version) {
    throw fail("its output must be an ExecCredential of " + plugin.api_version);
  }
  const json status = answer.value("status", json::object());
  if (!status.is_object()) throw fail("status must be an object");
  ExecCredential credential;
  credential.token = trim(text(status, "token"));
  credential.client_certificate = text(status, "clientCertificateData");
  credential.client_key = text(status, "clientKeyData");
  if (credential.client_certificate.empty() != credential.client_key.empty()) {
    throw fail("clientCertificateData and clientKeyData must be given together");
  }
  if (credential.token.empty() && credential.client_certificate.empty()) {
    throw fail("it gave neither a token nor a client certificate");
  }
  const std::string expires = text(status, "expirationTimestamp");
  if (!expires.empty()) {
    credential.expires = parse_timestamp(expires);
    if (!credential.expires) throw fail("expirationTimestamp must be an RFC 3339 time");
  }
  return credential;
}

}  // namespace kube
