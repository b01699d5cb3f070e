#include "kube/kubeconfig.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <string_view>

#include <nlohmann/json.hpp>

#include "api/yaml.h"
#include "kube/text.h"

namespace kube {
namespace {

using nlohmann::json;

// One named entry, with the file that it came from: its relative paths are relative to that file.
struct Entry {
  json value;
  std::filesystem::path file;
};

struct Merged {
  std::map<std::string, Entry> clusters;
  std::map<std::string, Entry> users;
  std::map<std::string, Entry> contexts;
  std::string current_context;
};

// Reads members of one entry; `where` is "kubeconfig F, cluster dev".
class Reader {
 public:
  Reader(const Entry& entry, std::string where) : entry_(entry), where_(std::move(where)) {}

  [[noreturn]] void fail(const std::string& problem) const {
    throw ConfigError(where_ + ": " + problem);
  }

  const json* find(const char* name) const {
    const auto member = entry_.value.find(name);
    return member == entry_.value.end() || member->is_null() ? nullptr : &*member;
  }

  std::string text(const char* name) const {
    const json* member = find(name);
    if (member == nullptr) return {};
    if (!member->is_string()) fail(std::string(name) + " must be a string");
    return member->get<std::string>();
  }

  bool flag(const char* name) const {
    const json* member = find(name);
    if (member == nullptr) return false;
    if (!member->is_boolean()) fail(std::string(name) + " must be true or false");
    return member->get<bool>();
  }

  void refuse(const char* name, const std::string& instead) const {
    if (find(name) != nullptr) fail(std::string(name) + " is not supported; " + instead);
  }

  std::filesystem::path path(const std::string& file) const {
    return std::filesystem::absolute(entry_.file).parent_path() / file;
  }

  // `name` is a file, `name`-data the same inline in base64, which wins (clientcmd's rule).
  PemSource pem(const std::string& name) const {
    const std::string data = text((name + "-data").c_str());
    if (!data.empty()) {
      auto decoded = decode_base64(data);
      if (!decoded) fail(name + "-data is not base64");
      return *decoded;
    }
    const std::string file = text(name.c_str());
    if (file.empty()) return {};
    return path(file).lexically_normal();
  }

 private:
  const Entry& entry_;
  std::string where_;
};

void merge_list(const json& document, const std::string& list, const std::string& member,
                const std::filesystem::path& file, std::map<std::string, Entry>& into) {
  const auto entries = document.find(list);
  if (entries == document.end() || entries->is_null()) return;
  const std::string where = "kubeconfig " + file.string() + ": " + list;
  if (!entries->is_array()) throw ConfigError(where + " must be a list");
  const std::string bad_member = where + ": every " + member + " must be an object";
  for (const json& entry : *entries) {
    if (!entry.is_object() || !entry.contains("name") || !entry["name"].is_string()) {
      throw ConfigError(where + ": every entry needs a name");
    }
    const auto name = entry["name"].get<std::string>();
    const json value = entry.value(member, json::object());
    if (!value.is_object() && !value.is_null()) {
      throw ConfigError(bad_member);
    }
    into.try_emplace(name, Entry{value.is_null() ? json::object() : value, file});
  }
}

void merge_file(const std::filesystem::path& file, const Environment& environment, Merged& into) {
  const auto text = environment.read_file(file);
  if (!text) throw ConfigError("kubeconfig " + file.string() + ": cannot be read");
  json document;
  try {
    const auto documents = api::parse_yaml(*text);
    if (documents.empty()) return;
    document = documents.front();
  } catch (const api::YamlError& error) {
    throw ConfigError("kubeconfig " + file.string() + ": " + error.what());
  }
  if (!document.is_object()) {
    throw ConfigError("kubeconfig " + file.string() + ": not an object of kind Config");
  }
  merge_list(document, "clusters", "cluster", file, into.clusters);
  merge_list(document, "users", "user", file, into.users);
  merge_list(document, "contexts", "context", file, into.contexts);
  const auto current = document.find("current-context");
  if (into.current_context.empty() && current != document.end() && current->is_string()) {
    into.current_context = current->get<std::string>();
  }
}

std::string names(const std::map<std::string, Entry>& entries) {
  std::string text;
  for (const auto& [name, entry] : entries) text += (text.empty() ? "" : ", ") + name;
  return text.empty() ? "none" : text;
}

const Entry& pick(const std::map<std::string, Entry>& entries, const std::string& kind,
                  const std::string& name, const std::string& where) {
  const auto found = entries.find(name);
  if (found != entries.end()) return found->second;
  throw ConfigError(where + ": there is no " + kind + " " + name +
                    "; there are: " + names(entries));
}

bool is_loopback(const std::string& host) {
  return host == "localhost" || (is_ipv4(host) && host.starts_with("127."));
}

std::uint16_t parse_port(std::string_view text, const Reader& cluster) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size() || port == 0) {
    cluster.fail("the port of server must be a number from 1 to 65535");
  }
  return port;
}

// Splits "https://host:port/path". The URL itself is not in the errors: it may hold a password.
void read_server(const Reader& cluster, ClientConfig& config) {
  const std::string url = cluster.text("server");
  std::string_view rest = url;
  if (rest.starts_with("https://")) {
    rest.remove_prefix(8);
  } else if (rest.starts_with("http://")) {
    rest.remove_prefix(7);
    config.scheme = Scheme::kHttp;
    config.port = 80;
  } else {
    cluster.fail("server must be https://HOST[:PORT][/PATH]");
  }
  const auto slash = std::min(rest.find('/'), rest.size());
  const std::string_view authority = rest.substr(0, slash);
  config.base_path = rest.substr(slash);
  while (config.base_path.ends_with('/')) config.base_path.pop_back();
  if (rest.find_first_of("?#@") != std::string_view::npos) {
    cluster.fail("server must be https://HOST[:PORT][/PATH], without user, query and fragment");
  }
  if (authority.starts_with('[')) {
    cluster.fail("server is an IPv6 literal, which is not supported; use a DNS name");
  }
  const auto colon = authority.find(':');
  config.host = authority.substr(0, colon);
  if (config.host.empty()) cluster.fail("server has no host");
  if (colon != std::string_view::npos)
    config.port = parse_port(authority.substr(colon + 1), cluster);
  if (config.scheme == Scheme::kHttp && !is_loopback(config.host)) {
    cluster.fail(
        "server is plain http, which is allowed for localhost and 127.0.0.0/8 only; use https");
  }
}

void read_cluster(const Reader& cluster, ClientConfig& config) {
  read_server(cluster, config);
  cluster.refuse("proxy-url", "connect directly");
  if (config.scheme == Scheme::kHttp) return;
  if (cluster.flag("insecure-skip-tls-verify")) {
    cluster.fail(
        "insecure-skip-tls-verify is refused; give certificate-authority or "
        "certificate-authority-data, and "
        "tls-server-name if the certificate has another name");
  }
  config.tls_server_name = cluster.text("tls-server-name");
  config.certificate_authority = cluster.pem("certificate-authority");
  if (!is_set(config.certificate_authority)) {
    cluster.fail(
        "certificate-authority or certificate-authority-data is required; the system's roots are "
        "not trusted");
  }
}

std::vector<std::pair<std::string, std::string>> read_variables(const json* list,
                                                                const Reader& user) {
  std::vector<std::pair<std::string, std::string>> variables;
  if (list == nullptr) return variables;
  if (!list->is_array()) user.fail("exec.env must be a list of {name, value}");
  for (const json& item : *list) {
    const bool complete = item.is_object() && item.contains("name") && item["name"].is_string() &&
                          item.contains("value") && item["value"].is_string();
    if (!complete) user.fail("exec.env must be a list of {name, value}");
    variables.emplace_back(item["name"].get<std::string>(), item["value"].get<std::string>());
  }
  return variables;
}

std::vector<std::string> read_arguments(const json* list, const Reader& user) {
  std::vector<std::string> arguments;
  if (list == nullptr) return arguments;
  if (!list->is_array()) user.fail("exec.args must be a list of strings");
  for (const json& item : *list) {
    if (!item.is_string()) user.fail("exec.args must be a list of strings");
    arguments.push_back(item.get<std::string>());
  }
  return arguments;
}

ExecPlugin read_exec(const Reader& exec) {
  ExecPlugin plugin;
  plugin.api_version = exec.text("apiVersion");
  if (plugin.api_version != "client.authentication.k8s.io/v1" &&
      plugin.api_version != "client.authentication.k8s.io/v1beta1") {
    exec.fail(
        "apiVersion must be client.authentication.k8s.io/v1 or "
        "client.authentication.k8s.io/v1beta1");
  }
  if (exec.text("interactiveMode") == "Always") {
    exec.fail("interactiveMode Always is not supported; use Never or IfAvailable");
  }
  plugin.command = exec.text("command");
  if (plugin.command.empty()) exec.fail("command is required");
  if (plugin.command.find('/') != std::string::npos) {
    plugin.command = exec.path(plugin.command).lexically_normal().string();
  }
  plugin.arguments = read_arguments(exec.find("args"), exec);
  plugin.variables = read_variables(exec.find("env"), exec);
  if (exec.flag("provideClusterInfo")) plugin.cluster_info = ClusterInfo::kProvide;
  return plugin;
}

void read_user(const Reader& user, const Entry& entry, const std::string& where,
               ClientConfig& config) {
  for (const char* name : {"username", "password", "auth-provider"}) {
    user.refuse(name, "use a client certificate, token, tokenFile or exec");
  }
  for (const char* name : {"as", "as-uid", "as-groups", "as-user-extra"}) {
    user.refuse(name, "impersonation is left to kubectl");
  }
  config.client_certificate = user.pem("client-certificate");
  config.client_key = user.pem("client-key");
  if (is_set(config.client_certificate) != is_set(config.client_key)) {
    user.fail("client-certificate and client-key must be given together");
  }
  const std::string token_file = user.text("tokenFile");
  if (!token_file.empty()) config.token_file = user.path(token_file).lexically_normal();
  // clientcmd's rule: a token file wins over a token.
  if (token_file.empty()) config.token = trim(user.text("token"));
  if (!config.token.empty() && !is_header_value(config.token)) {
    user.fail("token holds control characters or blanks");
  }
  const json* exec = user.find("exec");
  if (exec == nullptr) return;
  if (!exec->is_object()) user.fail("exec must be an object");
  if (!config.token.empty() || !token_file.empty() || is_set(config.client_certificate)) {
    user.fail("exec cannot be combined with token, tokenFile or client-certificate");
  }
  const Entry exec_entry{*exec, entry.file};
  config.exec = read_exec(Reader(exec_entry, where + ", exec"));
}

}  // namespace

ClientConfig load_kubeconfig(const std::vector<std::filesystem::path>& files,
                             const std::string& context, const Environment& environment) {
  Merged merged;
  for (const auto& file : files) merge_file(file, environment, merged);
  const std::string wanted = context.empty() ? merged.current_context : context;
  const std::string origin = "kubeconfig " + files.front().string();
  if (wanted.empty()) {
    throw ConfigError(origin +
                      ": no current-context; give --context, one of: " + names(merged.contexts));
  }
  const Reader chosen(pick(merged.contexts, "context", wanted, origin),
                      origin + ", context " + wanted);

  ClientConfig config;
  config.origin = origin + ", context " + wanted;
  const std::string cluster = chosen.text("cluster");
  const std::string user = chosen.text("user");
  const Entry& cluster_entry = pick(merged.clusters, "cluster", cluster, config.origin);
  read_cluster(Reader(cluster_entry, config.origin + ", cluster " + cluster), config);
  if (!user.empty()) {
    const Entry& user_entry = pick(merged.users, "user", user, config.origin);
    const std::string where = config.origin + ", user " + user;
    read_user(Reader(user_entry, where), user_entry, where, config);
  }
  const std::string name = chosen.text("namespace");
  if (!name.empty()) config.namespace_name = name;
  return config;
}

}  // namespace kube
