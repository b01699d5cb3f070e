#include "kube/credentials.h"

#include <algorithm>
#include <utility>

#include "kube/exec_plugin.h"
#include "kube/http_transport.h"
#include "kube/text.h"

namespace kube {
namespace {

constexpr std::chrono::seconds kCheckInterval{60};
// A request that is sent with them must still arrive in time.
constexpr std::chrono::seconds kExpiryMargin{10};

bool is_file(const PemSource& source) {
  return std::holds_alternative<std::filesystem::path>(source);
}

Renewal renewal_of(const ClientConfig& config) {
  const bool possible = config.exec || !config.token_file.empty() ||
                        is_file(config.certificate_authority) ||
                        is_file(config.client_certificate) || is_file(config.client_key);
  return possible ? Renewal::kPossible : Renewal::kPointless;
}

TransportError refused(const std::string& what) { return {Fault::kCredentials, what}; }

}  // namespace

CredentialSource::CredentialSource(ClientConfig config, Environment environment,
                                   const base::Clock& clock)
    : config_(std::move(config)),
      environment_(std::move(environment)),
      clock_(clock),
      renewal_(renewal_of(config_)) {
  authority_.source = config_.certificate_authority;
  certificate_.source = config_.client_certificate;
  key_.source = config_.client_key;
}

bool CredentialSource::is_fresh() const {
  return current_ && !rejected_ && (renewal_ == Renewal::kPointless || clock_.now() < next_check_);
}

std::shared_ptr<const Credentials> CredentialSource::current(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, stop, [this] { return !refreshing_ || is_fresh(); });
  if (is_fresh()) return current_;
  if (refreshing_) throw TransportError(Fault::kCancelled, "stopped while credentials were read");

  refreshing_ = true;
  const Keep keep = rejected_ || !current_ ? Keep::kNothing : Keep::kFormer;
  lock.unlock();
  try {
    auto loaded = load(keep, stop);
    lock.lock();
    current_ = std::move(loaded);
    rejected_ = false;
    next_check_ = next_check();
  } catch (const std::exception&) {
    // The next caller may try.
    lock.lock();
    refreshing_ = false;
    changed_.notify_all();
    throw;
  }
  refreshing_ = false;
  changed_.notify_all();
  return current_;
}

Renewal CredentialSource::invalidate(std::uint64_t generation) {
  const std::scoped_lock lock(mutex_);
  // Another caller's newer credentials may be better already.
  if (current_ && current_->generation == generation && renewal_ == Renewal::kPossible) {
    rejected_ = true;
  }
  return renewal_;
}

std::shared_ptr<const Credentials> CredentialSource::load(Keep keep, const std::stop_token& stop) {
  if (config_.exec) load_exec(*config_.exec, keep, stop);
  auto next = std::make_shared<Credentials>();
  if (config_.scheme == Scheme::kHttps) next->tls = load_tls(keep);
  const std::string token = read_token(keep);
  if (!token.empty()) next->authorization = "Bearer " + token;

  auto former = current_;
  if (former && former->tls == next->tls && former->authorization == next->authorization) {
    return former;
  }
  next->generation = former ? former->generation + 1 : 1;
  return next;
}

void CredentialSource::read_pem(Pem& pem, Keep keep) const {
  const auto* path = std::get_if<std::filesystem::path>(&pem.source);
  if (path == nullptr) {
    const auto* text = std::get_if<std::string>(&pem.source);
    pem.text = text == nullptr ? std::string() : *text;
    return;
  }
  const auto modified = environment_.modified(*path);
  if (keep == Keep::kFormer && modified == pem.modified) return;
  auto text = environment_.read_file(*path);
  if (!text && keep == Keep::kFormer) return;
  if (!text) throw refused(config_.origin + ": cannot read " + path->string());
  pem.modified = modified;
  pem.text = std::move(*text);
}

std::shared_ptr<const TlsMaterial> CredentialSource::load_tls(Keep keep) {
  for (Pem* pem : {&authority_, &certificate_, &key_}) read_pem(*pem, keep);
  auto former = current_ ? current_->tls : nullptr;
  std::array<std::string, 3> texts{authority_.text, certificate_.text, key_.text};
  if (former && texts == tls_texts_) return former;
  try {
    auto material = std::make_shared<TlsMaterial>(texts[0], texts[1], texts[2]);
    tls_texts_ = std::move(texts);
    return material;
  } catch (const TlsError& error) {
    // Between the renewal of a certificate and that of its key the two do not match.
    if (keep == Keep::kFormer && former) return former;
    throw refused(config_.origin + ": " + error.what());
  }
}

std::string CredentialSource::read_token(Keep keep) const {
  std::string token = config_.exec ? plugin_token_ : config_.token;
  const auto& file = config_.token_file;
  if (!file.empty()) {
    const auto text = environment_.read_file(file);
    if (!text && keep == Keep::kFormer) return current_->authorization.substr(7);
    if (!text) throw refused(config_.origin + ": cannot read the token file " + file.string());
    token = trim(*text);
    if (token.empty())
      throw refused(config_.origin + ": the token file " + file.string() + " is empty");
  }
  if (token.empty() || is_header_value(token)) return token;
  throw refused(config_.origin + ": the token" + (file.empty() ? "" : " in " + file.string()) +
                " holds control characters or blanks");
}

void CredentialSource::load_exec(const ExecPlugin& plugin, Keep keep, const std::stop_token& stop) {
  const bool expired = plugin_expires_ && clock_.now() >= *plugin_expires_ - kExpiryMargin;
  if (plugin_ran_ && !expired && keep == Keep::kFormer) return;
  try {
    if (plugin.cluster_info == ClusterInfo::kProvide) read_pem(authority_, Keep::kNothing);
    const std::string output =
        run_process(exec_request(config_, plugin, authority_.text), clock_, stop);
    const ExecCredential credential = parse_exec_credential(plugin, output);
    plugin_token_ = credential.token;
    certificate_.source = PemSource();
    key_.source = PemSource();
    if (!credential.client_certificate.empty()) {
      certificate_.source = credential.client_certificate;
      key_.source = credential.client_key;
    }
    plugin_expires_.reset();
    if (credential.expires) {
      // The end is a time on the wall: taken once, then counted on the monotonic clock.
      plugin_expires_ = clock_.now() + (*credential.expires - clock_.wall_now());
    }
    plugin_ran_ = true;
  } catch (const ProcessError& error) {
    if (stop.stop_requested()) throw TransportError(Fault::kCancelled, error.what());
    throw refused(config_.origin + ": credential plugin: " + error.what());
  } catch (const ConfigError& error) {
    throw refused(config_.origin + ": " + error.what());
  }
}

base::SteadyTime CredentialSource::next_check() const {
  const auto regular = clock_.now() + kCheckInterval;
  return plugin_expires_ ? std::min(regular, *plugin_expires_ - kExpiryMargin) : regular;
}

}  // namespace kube
