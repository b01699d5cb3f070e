#include "kube/credentials.h"

#include <filesystem>
#include <fstream>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "kube/http_transport.h"
#include "support/certificates.h"
#include "support/manual_clock.h"
#include "support/memory_environment.h"

namespace kube {
namespace {

using std::chrono::seconds;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class Credentials_ : public ::testing::Test {
 protected:
  Credentials_() {
    config_.certificate_authority = authority_.certificate();
    config_.origin = "test";
  }

  CredentialSource& source() {
    if (!source_) {
      source_ = std::make_unique<CredentialSource>(config_, files_.environment(), clock_);
    }
    return *source_;
  }

  std::string authorization() { return source().current({})->authorization; }

  std::string error() {
    try {
      source().current({});
    } catch (const TransportError& failure) {
      EXPECT_EQ(failure.fault(), Fault::kCredentials);
      return failure.what();
    }
    ADD_FAILURE() << "the credentials were accepted";
    return {};
  }

  void write_pair(const support::Certificate& pair) {
    files_.write("/tls.crt", pair.certificate);
    files_.write("/tls.key", pair.key);
  }

  void use_pair_files() {
    config_.client_certificate = std::filesystem::path("/tls.crt");
    config_.client_key = std::filesystem::path("/tls.key");
  }

  const support::CertificateAuthority authority_;
  support::MemoryEnvironment files_;
  support::ManualClock clock_;
  ClientConfig config_;
  std::unique_ptr<CredentialSource> source_;
};

TEST_F(Credentials_, ReadATokenFileAgainAfterAMinute) {
  config_.token_file = "/token";
  files_.write("/token", "one\n");
  EXPECT_EQ(authorization(), "Bearer one");
  files_.write("/token", "two\n");
  clock_.advance(seconds(59));
  EXPECT_EQ(authorization(), "Bearer one");
  clock_.advance(seconds(1));
  EXPECT_EQ(authorization(), "Bearer two");
}

TEST_F(Credentials_, ReadATokenFileAtOnceAfterARefusal) {
  config_.token_file = "/token";
  files_.write("/token", "one");
  const auto first = source().current({});
  files_.write("/token", "two");
  EXPECT_EQ(source().invalidate(first->generation), Renewal::kPossible);
  EXPECT_EQ(authorization(), "Bearer two");
}

TEST_F(Credentials_, IgnoreARefusalOfFormerOnes) {
  config_.token_file = "/token";
  files_.write("/token", "one");
  const auto first = source().current({});
  files_.write("/token", "two");
  source().invalidate(first->generation);
  const auto second = source().current({});
  const int reads = files_.reads();
  EXPECT_EQ(source().invalidate(first->generation), Renewal::kPossible);
  EXPECT_EQ(source().current({}), second);
  EXPECT_EQ(files_.reads(), reads);
}

TEST_F(Credentials_, OfFixedTextCannotBeRenewed) {
  config_.token = "fixed";
  const auto first = source().current({});
  EXPECT_EQ(source().invalidate(first->generation), Renewal::kPointless);
  EXPECT_EQ(source().current({}), first);
}

TEST_F(Credentials_, KeepTheFormerTokenWhileTheFileIsMissing) {
  config_.token_file = "/token";
  files_.write("/token", "one");
  const auto first = source().current({});
  files_.remove("/token");
  clock_.advance(seconds(60));
  EXPECT_EQ(authorization(), "Bearer one");
  source().invalidate(first->generation);
  EXPECT_THAT(error(), HasSubstr("/token"));
  files_.write("/token", "two");
  EXPECT_EQ(authorization(), "Bearer two");
}

TEST_F(Credentials_, RefuseATokenThatIsNoHeader) {
  config_.token_file = "/token";
  files_.write("/token", "hid\nden");
  EXPECT_THAT(error(), AllOf(HasSubstr("/token"), Not(HasSubstr("hid"))));
  files_.write("/token", " \n");
  EXPECT_THAT(error(), HasSubstr("empty"));
}

TEST_F(Credentials_, ParseTheCertificatesOnceUntilTheyChange) {
  use_pair_files();
  write_pair(authority_.issue({}));
  const auto first = source().current({})->tls;
  const int reads = files_.reads();
  clock_.advance(seconds(60));
  EXPECT_EQ(source().current({})->tls, first);
  EXPECT_EQ(files_.reads(), reads);
  write_pair(authority_.issue({}));
  clock_.advance(seconds(60));
  EXPECT_NE(source().current({})->tls, first);
}

TEST_F(Credentials_, KeepTheFormerPairUntilBothHalvesAreRenewed) {
  use_pair_files();
  write_pair(authority_.issue({}));
  const auto first = source().current({})->tls;
  const auto next = authority_.issue({});
  files_.write("/tls.crt", next.certificate);
  clock_.advance(seconds(60));
  EXPECT_EQ(source().current({})->tls, first);
  files_.write("/tls.key", next.key);
  clock_.advance(seconds(60));
  EXPECT_NE(source().current({})->tls, first);
}

TEST_F(Credentials_, RefuseUnusablePem) {
  config_.certificate_authority = std::string("no PEM");
  EXPECT_THAT(error(), HasSubstr("the CA bundle holds no certificate"));
  source_.reset();
  config_.certificate_authority = authority_.certificate();
  config_.client_certificate = authority_.issue({}).certificate;
  config_.client_key = authority_.issue({}).key;
  EXPECT_THAT(error(), HasSubstr("does not belong"));
  source_.reset();
  config_.client_key = std::string("hidden");
  EXPECT_THAT(error(), AllOf(HasSubstr("the client key"), Not(HasSubstr("hidden"))));
}

TEST_F(Credentials_, ServeManyCallersAtOnce) {
  config_.token_file = "/token";
  files_.write("/token", "one");
  source();
  std::vector<std::jthread> callers;
  callers.reserve(4);
  for (int i = 0; i < 4; ++i) {
    callers.emplace_back([this] {
      for (int turn = 0; turn < 100; ++turn) {
        const auto credentials = source_->current({});
        EXPECT_EQ(credentials->authorization, "Bearer one");
        source_->invalidate(credentials->generation);
      }
    });
  }
}

class ExecCredentials : public Credentials_ {
 protected:
  ExecCredentials() {
    folder_ = std::filesystem::temp_directory_path() / ("exec-" + std::to_string(getpid()));
    std::filesystem::create_directories(folder_);
    config_.exec = ExecPlugin{"client.authentication.k8s.io/v1", "sh", {script().string()}, {}, {}};
  }
  ~ExecCredentials() override { std::filesystem::remove_all(folder_); }
  ExecCredentials(const ExecCredentials&) = delete;
  ExecCredentials& operator=(const ExecCredentials&) = delete;

  std::filesystem::path script() const { return folder_ / "plugin.sh"; }

  // The plugin prints this status, with %d replaced by the number of the run.
  void plugin_prints(const std::string& status) {
    std::ofstream(script()) << "echo run >> '" << (folder_ / "runs").string() << "'\n"
                            << "n=$(wc -l < '" << (folder_ / "runs").string() << "')\n"
                            << R"(printf '{"kind":"ExecCredential",)"
                            << R"("apiVersion":"client.authentication.k8s.io/v1","status":)"
                            << status << "}' $n\n";
  }

  std::filesystem::path folder_;
};

TEST_F(ExecCredentials, AreKeptUntilTenSecondsBeforeTheirEnd) {
  plugin_prints(R"({"token":"t%d","expirationTimestamp":"2026-01-01T00:01:40Z"})");
  EXPECT_EQ(authorization(), "Bearer t1");
  clock_.advance(seconds(89));
  EXPECT_EQ(authorization(), "Bearer t1");
  clock_.advance(seconds(1));
  EXPECT_EQ(authorization(), "Bearer t2");
}

TEST_F(ExecCredentials, AreAskedForAgainAfterARefusal) {
  plugin_prints(R"({"token":"t%d"})");
  const auto first = source().current({});
  clock_.advance(std::chrono::hours(1));
  EXPECT_EQ(authorization(), "Bearer t1");
  source().invalidate(first->generation);
  EXPECT_EQ(authorization(), "Bearer t2");
}

TEST_F(ExecCredentials, AreStoppedWithTheCaller) {
  std::ofstream(script()) << "sleep 1000\n";
  source();
  std::stop_source stop;
  const std::jthread stopper([&stop] { stop.request_stop(); });
  try {
    source().current(stop.get_token());
    ADD_FAILURE() << "not stopped";
  } catch (const TransportError& failure) {
    EXPECT_EQ(failure.fault(), Fault::kCancelled);
  }
}

TEST_F(ExecCredentials, SayThatThePluginFailed) {
  std::ofstream(script()) << "echo hidden; exit 1\n";
  EXPECT_THAT(error(), AllOf(HasSubstr("code 1"), Not(HasSubstr("hidden"))));
  plugin_prints(R"({"token":"works-%d"})");
  EXPECT_EQ(authorization(), "Bearer works-1");
}

}  // namespace
}  // namespace kube
