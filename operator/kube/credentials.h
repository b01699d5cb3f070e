#pragma once

// Who we are and whom we trust, as of now. Files are looked at again at most each 60 s and at once
// after invalidate(): kubelet renews a pod's token long before it ends, certificates are rotated in
// place. A plugin's credentials are kept until 10 s before their end.
//
// What cannot be read again (a file in the middle of a rotation) leaves the former credentials in
// use, unless the server has refused those.

#include <array>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

#include "base/clock.h"
#include "kube/config.h"
#include "kube/tls.h"

namespace kube {

struct Credentials {
  // Another number means another content.
  std::uint64_t generation = 0;
  // The value of the header Authorization; empty for none.
  std::string authorization;
  // Null for plain http.
  std::shared_ptr<const TlsMaterial> tls;
};

enum class Renewal { kPossible, kPointless };

// Thread safety: all methods may be called from any thread; one caller at a time reads anew, the
// others wait for it.
class CredentialSource {
 public:
  CredentialSource(ClientConfig config, Environment environment, const base::Clock& clock);

  // Reads files and may run the plugin (up to 30 s), so never on the I/O thread. Throws
  // TransportError with kCredentials or, when `stop` is used, kCancelled.
  std::shared_ptr<const Credentials> current(const std::stop_token& stop);

  // The server has refused the credentials of this generation: the next current() reads anew.
  // `kPointless`: there is nothing that could have changed.
  Renewal invalidate(std::uint64_t generation);

 private:
  // A PEM source with what was last read from it.
  struct Pem {
    PemSource source;
    std::optional<std::filesystem::file_time_type> modified;
    std::string text;
  };
  enum class Keep { kFormer, kNothing };

  bool is_fresh() const;
  std::shared_ptr<const Credentials> load(Keep keep, const std::stop_token& stop);
  void read_pem(Pem& pem, Keep keep) const;
  std::shared_ptr<const TlsMaterial> load_tls(Keep keep);
  std::string read_token(Keep keep) const;
  void load_exec(const ExecPlugin& plugin, Keep keep, const std::stop_token& stop);
  base::SteadyTime next_check() const;

  // Constant after construction.
  const ClientConfig config_;
  const Environment environment_;
  const base::Clock& clock_;
  const Renewal renewal_;

  // Only the caller that has set refreshing_ touches these.
  Pem authority_;
  Pem certificate_;
  Pem key_;
  // What current_->tls was made of.
  std::array<std::string, 3> tls_texts_;
  std::string plugin_token_;
  std::optional<base::SteadyTime> plugin_expires_;
  bool plugin_ran_ = false;

  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::shared_ptr<const Credentials> current_;
  base::SteadyTime next_check_{};
  bool rejected_ = false;
  bool refreshing_ = false;
};

}  // namespace kube
