#include "options.h"

#include <array>
#include <cstdio>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "options_table.h"

namespace options {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

using Environment = std::map<std::string, std::string>;

Inputs inputs(std::vector<std::string> arguments, Environment environment = {},
              const std::string& file = "") {
  return {.arguments = std::move(arguments),
          .environment = std::move(environment),
          .read_file = [file](const std::string&) { return file; }};
}

Options options_of(std::vector<std::string> arguments, Environment environment = {},
                   const std::string& file = "") {
  return parse(inputs(std::move(arguments), std::move(environment), file)).options;
}

std::string error_of(std::vector<std::string> arguments, Environment environment = {},
                     const std::string& file = "") {
  try {
    parse(inputs(std::move(arguments), std::move(environment), file));
  } catch (const UsageError& error) {
    return error.what();
  }
  return "no error";
}

TEST(Options, HaveTheDefaultsOfTheInterface) {
  const Options options = options_of({});
  EXPECT_EQ(options.kubeconfig, "");
  EXPECT_TRUE(options.namespaces.empty());
  EXPECT_TRUE(options.reference_namespaces.empty());
  EXPECT_EQ(options.metrics_bind_address, ":8080");
  EXPECT_EQ(options.health_probe_bind_address, ":8081");
  EXPECT_TRUE(options.leader_election.enabled);
  EXPECT_EQ(options.leader_election.lease_duration, 15s);
  EXPECT_EQ(options.leader_election.renew_deadline, 10s);
  EXPECT_EQ(options.leader_election.retry_period, 2s);
  EXPECT_EQ(options.leader_election.resource_name, "serviceblueprint-operator");
  EXPECT_EQ(options.leader_election.resource_namespace, "");
  EXPECT_EQ(options.max_concurrent_reconciles, 8);
  EXPECT_EQ(options.request_timeout, 10s);
  EXPECT_EQ(options.graceful_shutdown_timeout, 25s);
  EXPECT_EQ(options.log_level, telemetry::Level::kInfo);
  EXPECT_EQ(options.log_format, telemetry::LogFormat::kJson);
  EXPECT_TRUE(options.platform == blueprint::Platform());
}

TEST(Options, LogTextOnATerminalUnlessTold) {
  Inputs on_terminal = inputs({});
  on_terminal.standard_error = StandardError::kTerminal;
  EXPECT_EQ(parse(on_terminal).options.log_format, telemetry::LogFormat::kText);
  on_terminal.arguments = {"--log-format=json"};
  EXPECT_EQ(parse(on_terminal).options.log_format, telemetry::LogFormat::kJson);
}

TEST(Options, TakeEveryFlag) {
  const Options options =
      options_of({"--kubeconfig=/a", "--context=b", "--namespaces=d,c", "--reference-namespaces=*",
                  "--metrics-bind-address=0", "--health-probe-bind-address=127.0.0.1:1",
                  "--leader-elect=false", "--leader-elect-lease-duration=30s",
                  "--leader-elect-renew-deadline=20s", "--leader-elect-retry-period=500ms",
                  "--leader-elect-resource-name=lease.x", "--leader-elect-resource-namespace=ns",
                  "--max-concurrent-reconciles=3", "--request-timeout=1m30s",
                  "--graceful-shutdown-timeout=5s", "--log-level=debug", "--log-format=text"});
  EXPECT_EQ(options.kubeconfig, "/a");
  EXPECT_EQ(options.context, "b");
  EXPECT_EQ(options.namespaces, (std::vector<std::string>{"c", "d"}));
  EXPECT_EQ(options.reference_namespaces, std::vector<std::string>{"*"});
  EXPECT_EQ(options.metrics_bind_address, "");
  EXPECT_EQ(options.health_probe_bind_address, "127.0.0.1:1");
  EXPECT_FALSE(options.leader_election.enabled);
  EXPECT_EQ(options.leader_election.lease_duration, 30s);
  EXPECT_EQ(options.leader_election.renew_deadline, 20s);
  EXPECT_EQ(options.leader_election.retry_period, 500ms);
  EXPECT_EQ(options.leader_election.resource_name, "lease.x");
  EXPECT_EQ(options.leader_election.resource_namespace, "ns");
  EXPECT_EQ(options.max_concurrent_reconciles, 3);
  EXPECT_EQ(options.request_timeout, 90s);
  EXPECT_EQ(options.graceful_shutdown_timeout, 5s);
  EXPECT_EQ(options.log_level, telemetry::Level::kDebug);
  EXPECT_EQ(options.log_format, telemetry::LogFormat::kText);
}

TEST(Options, TakeAValueBehindABlankToo) {
  EXPECT_EQ(options_of({"--kubeconfig", "/a", "--log-level", "warn"}).log_level,
            telemetry::Level::kWarn);
  EXPECT_EQ(options_of({"--kubeconfig", "a=b"}).kubeconfig, "a=b");
  EXPECT_EQ(error_of({"--kubeconfig"}), "--kubeconfig needs a value: --kubeconfig FILE");
}

TEST(Options, TakeSwitchesWithAndWithoutAValue) {
  EXPECT_TRUE(options_of({"--leader-elect"}, {{"SERVICEBLUEPRINT_LEADER_ELECT", "false"}})
                  .leader_election.enabled);
  EXPECT_FALSE(options_of({"--leader-elect=false"}).leader_election.enabled);
  EXPECT_EQ(error_of({"--leader-elect=no"}), "--leader-elect \"no\": must be true or false");
  EXPECT_EQ(
      error_of({"--leader-elect", "false"}),
      "unexpected argument \"false\": only flags are allowed, and a switch takes its value as in "
      "--leader-elect=false");
}

TEST(Options, LetTheLastOfSeveralFlagsWin) {
  EXPECT_EQ(options_of({"--max-concurrent-reconciles=2", "--max-concurrent-reconciles=3"})
                .max_concurrent_reconciles,
            3);
}

TEST(Options, PreferFlagsToTheEnvironmentToTheFileToDefaults) {
  const std::string file = "maxConcurrentReconciles: 2\n";
  const Environment environment{{"SERVICEBLUEPRINT_MAX_CONCURRENT_RECONCILES", "3"}};
  EXPECT_EQ(options_of({}, {}, file).max_concurrent_reconciles, 8);
  EXPECT_EQ(options_of({"--config=x"}, {}, file).max_concurrent_reconciles, 2);
  EXPECT_EQ(options_of({"--config=x"}, environment, file).max_concurrent_reconciles, 3);
  EXPECT_EQ(options_of({"--config=x", "--max-concurrent-reconciles=4"}, environment, file)
                .max_concurrent_reconciles,
            4);
}

TEST(Options, FindTheFileByTheEnvironmentUnlessAFlagNamesIt) {
  Inputs both = inputs({}, {{"SERVICEBLUEPRINT_CONFIG", "from-environment"}});
  both.read_file = [](const std::string& path) { return "context: " + path; };
  EXPECT_EQ(parse(both).options.context, "from-environment");
  both.arguments = {"--config", "from-flag"};
  EXPECT_EQ(parse(both).options.context, "from-flag");
}

TEST(Options, NameAnUnknownFlagAndACloseOne) {
  EXPECT_EQ(error_of({"--kubeconfg=/a"}),
            "unknown flag \"--kubeconfg\"; did you mean --kubeconfig?");
  EXPECT_EQ(error_of({"-kubeconfig=/a"}),
            "unknown flag \"-kubeconfig\"; did you mean --kubeconfig?");
  EXPECT_EQ(
      error_of({"--max-concurent-reconcile"}),
      "unknown flag \"--max-concurent-reconcile\"; did you mean --max-concurrent-reconciles?");
  EXPECT_THAT(error_of({"--frobnicate"}),
              HasSubstr("unknown flag \"--frobnicate\"; allowed are --kubeconfig, --context, "));
  EXPECT_THAT(error_of({"--frobnicate"}), HasSubstr(", --version and --help"));
}

TEST(Options, RefuseFlagsOfLaterVersionsAndArguments) {
  for (const char* flag : {"--metrics-secure", "--metrics-cert-dir=/a", "--trace-endpoint=a",
                           "--trace-sampling-ratio=1", "--", "-", "-h", "--=x"}) {
    EXPECT_THAT(error_of({flag}), HasSubstr("unknown flag ")) << flag;
  }
  EXPECT_THAT(error_of({"run"}), HasSubstr("unexpected argument \"run\""));
  EXPECT_THAT(error_of({""}), HasSubstr("unexpected argument \"\""));
}

TEST(Options, NameWhatIsAllowedForABadValue) {
  EXPECT_EQ(error_of({"--log-level=verbose"}),
            "--log-level \"verbose\": must be debug, info, warn or error");
  EXPECT_EQ(error_of({"--log-format", "xml"}), "--log-format \"xml\": must be json or text");
  EXPECT_EQ(error_of({"--max-concurrent-reconciles=0"}),
            "--max-concurrent-reconciles \"0\": must be a number from 1 to 256");
  EXPECT_EQ(
      error_of({"--request-timeout=10"}),
      "--request-timeout \"10\": must be a duration from 1s to 10m, such as 500ms, 10s or 1m30s");
  EXPECT_THAT(error_of({"--metrics-bind-address=8080"}),
              HasSubstr("must be HOST:PORT, :PORT or [IPV6]:PORT"));
  EXPECT_THAT(error_of({"--namespaces=A"}), HasSubstr("must be names of namespaces"));
  EXPECT_THAT(error_of({"--leader-elect-lease-duration=1500ms"}),
              HasSubstr("must be whole seconds"));
  EXPECT_THAT(error_of({"--leader-elect-resource-name="}),
              HasSubstr("--leader-elect-resource-name \"\": must be"));
}

TEST(Options, KeepErrorsOnOneLine) {
  EXPECT_EQ(error_of({"--log-level=a\nb"}),
            "--log-level \"a\\nb\": must be debug, info, warn or error");
  EXPECT_EQ(error_of({"a\nb"}).find('\n'), std::string::npos);
}

TEST(Options, NameTheVariableOfABadOrUnknownSetting) {
  EXPECT_EQ(error_of({}, {{"SERVICEBLUEPRINT_LOG_LEVEL", "loud"}}),
            "SERVICEBLUEPRINT_LOG_LEVEL \"loud\": must be debug, info, warn or error");
  EXPECT_EQ(error_of({}, {{"SERVICEBLUEPRINT_LOG_LEVLE", "info"}}),
            "unknown environment variable \"SERVICEBLUEPRINT_LOG_LEVLE\"; did you mean "
            "SERVICEBLUEPRINT_LOG_LEVEL?");
  EXPECT_THAT(error_of({}, {{"SERVICEBLUEPRINT_VERSION", "true"}}),
              HasSubstr("unknown environment variable"));
  EXPECT_THAT(error_of({}, {{"SERVICEBLUEPRINT_PORT_NAME", "x"}}),
              HasSubstr("unknown environment variable"));
}

TEST(Options, PassOverOtherVariables) {
  EXPECT_EQ(
      error_of({},
               {{"HOME", "/"}, {"serviceblueprint_log_level", "loud"}, {"SERVICEBLUEPRINTX", "x"}}),
      "no error");
}

TEST(Options, PassOverTheServiceLinksOfKubernetes) {
  EXPECT_EQ(error_of({}, {{"SERVICEBLUEPRINT_SERVICE_HOST", "10.0.0.1"},
                          {"SERVICEBLUEPRINT_SERVICE_PORT", "80"},
                          {"SERVICEBLUEPRINT_SERVICE_PORT_HTTP", "80"},
                          {"SERVICEBLUEPRINT_PORT", "tcp://10.0.0.1:80"},
                          {"SERVICEBLUEPRINT_PORT_80_TCP", "tcp://10.0.0.1:80"},
                          {"SERVICEBLUEPRINT_OPERATOR_METRICS_PORT_8443_TCP_ADDR", "10.0.0.1"}}),
            "no error");
}

TEST(Options, SayWhyTheFileCannotBeRead) {
  Inputs broken = inputs({"--config=/etc/operator.yaml"});
  broken.read_file = [](const std::string&) -> std::string {
    throw std::runtime_error("Permission denied");
  };
  EXPECT_THROW(
      try { parse(broken); } catch (const UsageError& error) {
        EXPECT_STREQ(error.what(), "--config \"/etc/operator.yaml\": Permission denied");
        throw;
      },
      UsageError);
}

TEST(Options, KeepTheLeaseTimesInOrder) {
  EXPECT_EQ(error_of({"--leader-elect-renew-deadline=15s"}),
            "--leader-elect-renew-deadline 15s: must be less than --leader-elect-lease-duration, "
            "which is 15s");
  EXPECT_EQ(error_of({"--leader-elect-retry-period=9s"}),
            "--leader-elect-retry-period 9s: 1.2 times it must be less than "
            "--leader-elect-renew-deadline, which is 10s");
  EXPECT_EQ(error_of({"--leader-elect-retry-period=8s"}), "no error");
}

TEST(Options, KeepTheTwoAddressesApart) {
  EXPECT_EQ(error_of({"--metrics-bind-address=:8081"}),
            "--health-probe-bind-address \":8081\": must differ from --metrics-bind-address");
  EXPECT_EQ(error_of({"--metrics-bind-address=:0", "--health-probe-bind-address=:0"}), "no error");
  EXPECT_EQ(error_of({"--metrics-bind-address=0", "--health-probe-bind-address=0"}), "no error");
}

TEST(Options, ShowVersionAndHelpWhateverElseIsWrong) {
  const Environment broken{{"SERVICEBLUEPRINT_LOG_LEVEL", "loud"}};
  EXPECT_EQ(parse(inputs({"--version"}, broken)).action, Action::kShowVersion);
  EXPECT_EQ(parse(inputs({"--config=x", "--help"}, broken, "nonsense: [")).action,
            Action::kShowHelp);
  EXPECT_EQ(parse(inputs({"--help=false"})).action, Action::kRun);
}

TEST(HelpText, ListsEveryFlagWithItsDefaultInOneColumn) {
  const std::string help = help_text();
  std::size_t column = 0;
  for (const Option& option : all_options()) {
    const std::size_t at = help.find("\n  --" + std::string(option.flag) + " ");
    ASSERT_NE(at, std::string::npos) << option.flag;
    const std::size_t help_column = help.find(option.help, at) - at;
    if (column == 0) column = help_column;
    EXPECT_EQ(help_column, column) << option.flag;
    if (!option.default_text.empty()) {
      EXPECT_THAT(help, HasSubstr(std::string(option.help) + " (default " +
                                  std::string(option.default_text) + ")\n"));
    }
  }
}

TEST(HelpText, FitsATerminal) {
  std::istringstream lines(help_text());
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 120) << line;
}

TEST(OptionsTable, HasDefaultsThatItsSettersAccept) {
  for (const Option& option : all_options()) {
    Invocation invocation;
    if (!option.default_text.empty()) {
      EXPECT_EQ(option.set(invocation, option.default_text), "") << option.flag;
    }
  }
}

TEST(OptionsTable, DerivesKeysAndVariablesFromFlags) {
  for (const Option& option : all_options()) {
    if (option.flag != "max-concurrent-reconciles") continue;
    EXPECT_EQ(file_key(option), "maxConcurrentReconciles");
    EXPECT_EQ(variable(option), "SERVICEBLUEPRINT_MAX_CONCURRENT_RECONCILES");
  }
}

class ProcessInputs : public testing::Test {
 protected:
  void SetUp() override { setenv("OPTIONS_TEST_VARIABLE", "a=b", 1); }
  void TearDown() override {
    unsetenv("OPTIONS_TEST_VARIABLE");
    std::remove(path_.c_str());
  }

  const std::string path_ = testing::TempDir() + "options_test." + std::to_string(getpid());
};

TEST_F(ProcessInputs, HoldArgumentsAndEnvironment) {
  const std::array arguments{"program", "--help", "x"};
  const Inputs found = process_inputs(3, arguments.data());
  EXPECT_EQ(found.arguments, (std::vector<std::string>{"--help", "x"}));
  EXPECT_EQ(found.environment.at("OPTIONS_TEST_VARIABLE"), "a=b");
}

TEST_F(ProcessInputs, ReadFilesOrSayWhyNot) {
  const std::array arguments{"program"};
  const Inputs found = process_inputs(1, arguments.data());
  std::ofstream(path_) << "logLevel: warn\n";
  EXPECT_EQ(found.read_file(path_), "logLevel: warn\n");
  try {
    found.read_file(path_ + ".missing");
    FAIL();
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(error.what(), "No such file or directory");
  }
  try {
    found.read_file(testing::TempDir());
    FAIL();
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(error.what(), "is a directory");
  }
}

}  // namespace
}  // namespace options
