#include "configuration_reload.h"

#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "support/manual_clock.h"

namespace options {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

// A configuration in a directory as the kubelet keeps it: config.yaml -> ..data/config.yaml, and
// ..data -> a directory that each change replaces.
class Reload : public testing::Test {
 protected:
  Reload() {
    std::string name = (fs::temp_directory_path() / "reload-XXXXXX").string();
    folder_ = mkdtemp(name.data());
    publish("logLevel: info\ndefaults: {production: {replicas: 3}}\n");
    fs::create_symlink("..data/config.yaml", folder_ / "config.yaml");
    begin({"--config", (folder_ / "config.yaml").string(), "--max-concurrent-reconciles=2"});
  }
  ~Reload() override { fs::remove_all(folder_); }

  void begin(std::vector<std::string> arguments) {
    Inputs inputs = process_inputs(0, nullptr);
    inputs.arguments = std::move(arguments);
    inputs.environment.clear();
    const Options options = parse(inputs).options;
    reload_.emplace(
        inputs, options,
        ConfigurationReload::Hooks{
            .asked = [this] { return std::exchange(asked_, false); },
            .accept = [this](const Options& now, const Options&) { accepted_.push_back(now); }},
        clock_, metrics_.configuration, log_);
  }

  void publish(const std::string& text) {
    const std::string version = "..version-" + std::to_string(++versions_);
    fs::create_directory(folder_ / version);
    std::ofstream(folder_ / version / "config.yaml") << text;
    fs::create_symlink(version, folder_ / "..data_tmp");
    fs::rename(folder_ / "..data_tmp", folder_ / "..data");
  }

  void look_often() {
    for (int i = 0; i < 5; ++i) reload_->look();
  }

  std::int64_t replicas() const {
    return accepted_.back().platform.defaults_of(api::Profile::kProduction).replicas;
  }

  std::size_t lines_with(const std::string& text) const {
    std::istringstream lines(text_.str());
    std::size_t count = 0;
    for (std::string line; std::getline(lines, line);)
      count += line.find(text) == std::string::npos ? 0 : 1;
    return count;
  }

  fs::path folder_;
  int versions_ = 0;
  bool asked_ = false;
  std::vector<Options> accepted_;
  support::ManualClock clock_;
  telemetry::Metrics metrics_{{"v", "c", "g"}, "serviceblueprint", {"user"}};
  std::ostringstream text_;
  telemetry::Log log_{telemetry::LogFormat::kJson, telemetry::Level::kInfo, text_};
  std::optional<ConfigurationReload> reload_;
};

TEST_F(Reload, OfAnUnchangedFileIsNone) {
  look_often();
  EXPECT_THAT(accepted_, IsEmpty());
  EXPECT_EQ(text_.str(), "");
  EXPECT_EQ(metrics_.configuration.last_reload_successful.value(), 1);
}

TEST_F(Reload, TakesAFileThatTheKubeletSwapped) {
  look_often();
  publish("logLevel: debug\ndefaults: {production: {replicas: 4}}\n");
  look_often();
  ASSERT_THAT(accepted_, SizeIs(1));
  EXPECT_EQ(replicas(), 4);
  EXPECT_EQ(accepted_[0].log_level, telemetry::Level::kDebug);
  EXPECT_EQ(lines_with("configuration reloaded"), 1U);
}

TEST_F(Reload, WaitsUntilTheFileIsWritten) {
  look_often();
  publish("defaults: {}\n");
  reload_->look();
  publish("defaults: {production: {replicas: 5}}\n");
  reload_->look();
  EXPECT_THAT(accepted_, IsEmpty());
  reload_->look();
  EXPECT_EQ(replicas(), 5);
}

TEST_F(Reload, TakesTheFileAtOnceWhenAsked) {
  publish("defaults: {production: {replicas: 6}}\n");
  asked_ = true;
  reload_->look();
  EXPECT_EQ(replicas(), 6);
}

TEST_F(Reload, KeepsWhatWasWhenTheFileIsWrongAndSaysItOnce) {
  clock_.advance(std::chrono::hours(1));
  const double before = metrics_.configuration.last_reload_success_time.value();
  publish("defaults: {production: {replica: 6}}\n");
  look_often();
  EXPECT_THAT(accepted_, IsEmpty());
  EXPECT_EQ(lines_with("configuration not reloaded"), 1U);
  EXPECT_THAT(text_.str(), HasSubstr("unknown key \\\"replica\\\"; allowed are replicas"));
  EXPECT_EQ(metrics_.configuration.last_reload_successful.value(), 0);
  EXPECT_EQ(metrics_.configuration.last_reload_success_time.value(), before);

  publish("defaults: {production: {replicas: 7}}\n");
  look_often();
  EXPECT_EQ(replicas(), 7);
  EXPECT_EQ(metrics_.configuration.last_reload_successful.value(), 1);
  EXPECT_GT(metrics_.configuration.last_reload_success_time.value(), before);
}

TEST_F(Reload, KeepsWhatWasWhenTheFileIsGone) {
  fs::remove(folder_ / "..data");
  look_often();
  EXPECT_THAT(accepted_, IsEmpty());
  EXPECT_EQ(lines_with("No such file"), 1U);
  EXPECT_EQ(metrics_.configuration.last_reload_successful.value(), 0);
}

TEST_F(Reload, TriesAWrongFileAgainWhenAsked) {
  publish("defaults: 1\n");
  look_often();
  asked_ = true;
  look_often();
  EXPECT_EQ(lines_with("configuration not reloaded"), 2U);
}

TEST_F(Reload, LeavesFlagsTheirPrecedence) {
  begin({"--config", (folder_ / "config.yaml").string(), "--log-level=error"});
  publish("logLevel: debug\nmaxConcurrentReconciles: 3\ndefaults: {production: {replicas: 4}}\n");
  look_often();
  ASSERT_THAT(accepted_, SizeIs(1));
  EXPECT_EQ(accepted_[0].log_level, telemetry::Level::kError);
  EXPECT_EQ(accepted_[0].max_concurrent_reconciles, 8) << "needs a restart";
  EXPECT_EQ(lines_with("take effect after a restart"), 1U);
}

TEST_F(Reload, IsNoneWithoutAFile) {
  begin({});
  look_often();
  EXPECT_EQ(text_.str(), "");
  asked_ = true;
  look_often();
  EXPECT_EQ(lines_with("nothing to reload"), 1U);
}

TEST_F(Reload, ReadsNothingAgainThatIsNoFile) {
  begin({"--config", "/dev/null"});
  look_often();
  EXPECT_THAT(accepted_, IsEmpty());
  asked_ = true;
  look_often();
  EXPECT_EQ(lines_with("nothing to reload"), 1U);
}

}  // namespace
}  // namespace options
