// Golden cases: what a whole blueprint becomes, down to the last field, so that a review sees each
// change of it.
//
//   tests/golden/<case>/blueprint.yaml     one ServiceBlueprint
//                       facts.yaml         optional: {renderVersion: 1, and what the operator's
//                                          configuration holds: defaults, enforced, network,
//                                          monitoring}
//                       expected.yaml      its children, or
//                       error.txt          why it is refused, one problem a line
//
// Each file of crds/samples is a case too, twice: its expected.yaml is in
// tests/golden/sample-<file>, and in hardened-<file> with the hardened configuration of a platform.
// With SERVICEBLUEPRINT_GOLDEN_UPDATE=1 the tests write the expected files and pass.

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "api/yaml.h"
#include "blueprint/blueprint.h"
#include "blueprint/defaults.h"
#include "blueprint/platform.h"
#include "blueprint/validation.h"

namespace {

namespace fs = std::filesystem;

const fs::path kSource = fs::path(SOURCE_DIRECTORY);
const fs::path kGolden = kSource / "tests/golden";
const fs::path kSamples = kSource / "crds/samples";
constexpr std::string_view kSample = "sample-";
constexpr std::string_view kHardened = "hardened-";
const fs::path kHardenedConfiguration = kSource / "manifests/hardened-config.yaml";

struct Case {
  fs::path blueprint;
  fs::path folder;  // of the expected files
  fs::path facts;
};

std::vector<std::string> all_names() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(kGolden)) {
    if (fs::exists(entry.path() / "blueprint.yaml")) names.push_back(entry.path().filename());
  }
  for (const auto& entry : fs::directory_iterator(kSamples)) {
    if (entry.path().extension() != ".yaml") continue;
    for (const std::string_view prefix : {kSample, kHardened})
      names.push_back(std::string(prefix) + entry.path().stem().string());
  }
  std::ranges::sort(names);
  return names;
}

Case case_named(const std::string& name) {
  const fs::path folder = kGolden / name;
  const auto sample = [&](std::string_view prefix) {
    return kSamples / (name.substr(prefix.size()) + ".yaml");
  };
  if (name.starts_with(kHardened)) return {sample(kHardened), folder, kHardenedConfiguration};
  if (name.starts_with(kSample)) return {sample(kSample), folder, folder / "facts.yaml"};
  return {folder / "blueprint.yaml", folder, folder / "facts.yaml"};
}

std::string read(const fs::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void write(const fs::path& path, const std::string& text) {
  fs::create_directories(path.parent_path());
  std::ofstream(path) << text;
}

// What a case is rendered with besides the blueprint.
struct Surroundings {
  blueprint::Platform platform;
  blueprint::Facts facts;
};

Surroundings surroundings_of(const Case& golden) {
  Surroundings around;
  std::int64_t version = blueprint::kRenderVersion;
  for (const nlohmann::json& document : api::parse_yaml(read(golden.facts))) {
    blueprint::read_platform(document, around.platform);
    around.platform.monitor_labels =
        document.value("/monitoring/labels"_json_pointer, api::StringMap());
    version = document.value("renderVersion", version);
  }
  around.facts = blueprint::facts_of(around.platform);
  around.facts.render_version = version;
  return around;
}

// The blueprint as its author's cluster sees it.
api::Blueprint effective(const nlohmann::json& document, const blueprint::Platform& platform) {
  api::Blueprint typed = api::decode_blueprint(document);
  typed.spec.defaults = platform.defaults_of(blueprint::profile_of(typed.spec));
  typed.spec = blueprint::enforced_on(std::move(typed.spec), platform.enforced);
  return typed;
}

struct Outcome {
  std::string expected;  // contents of expected.yaml
  std::string error;     // contents of error.txt
};

void add_blueprint(const nlohmann::json& document, const Surroundings& around, Outcome& outcome) {
  try {
    const api::Blueprint typed = effective(document, around.platform);
    const std::vector<blueprint::Problem> problems = blueprint::validate(typed);
    for (const auto& [path, message] : problems)
      outcome.error.append(path).append(": ").append(message).append("\n");
    if (!problems.empty()) return;
    for (const blueprint::Object& object : blueprint::render(typed, around.facts)) {
      outcome.expected += (outcome.expected.empty() ? "" : "---\n") + api::to_yaml(object.body);
      if (!outcome.expected.ends_with('\n')) outcome.expected += '\n';
    }
  } catch (const api::DecodeError& error) {
    outcome.error.append(error.what()).append("\n");
  }
}

// Samples may show a Secret beside the blueprint that uses it.
Outcome outcome_of(const Case& golden) {
  const Surroundings around = surroundings_of(golden);
  Outcome outcome;
  for (const nlohmann::json& document : api::parse_yaml(read(golden.blueprint))) {
    if (document.value("kind", "") == "ServiceBlueprint") add_blueprint(document, around, outcome);
  }
  return outcome;
}

void update(const fs::path& path, const std::string& text) {
  if (text.empty()) {
    fs::remove(path);
  } else if (read(path) != text) {
    write(path, text);
  }
}

// By name, which a test list can show.
class Golden : public testing::TestWithParam<std::string> {};

TEST_P(Golden, IsRenderedAsExpected) {
  const Case golden = case_named(GetParam());
  const Outcome outcome = outcome_of(golden);
  const fs::path expected = golden.folder / "expected.yaml";
  const fs::path error = golden.folder / "error.txt";
  if (std::getenv("SERVICEBLUEPRINT_GOLDEN_UPDATE") != nullptr) {
    update(expected, outcome.expected);
    update(error, outcome.error);
    return;
  }
  EXPECT_NE(outcome.expected.empty(), outcome.error.empty()) << "must be rendered or refused";
  EXPECT_EQ(read(expected), outcome.expected) << "see hack/golden --update";
  EXPECT_EQ(read(error), outcome.error) << "see hack/golden --update";
}

INSTANTIATE_TEST_SUITE_P(Case, Golden, testing::ValuesIn(all_names()));

TEST(GoldenFolders, HoldNothingWithoutABlueprint) {
  const std::vector<std::string> names = all_names();
  const std::set<std::string> known(names.begin(), names.end());
  for (const auto& entry : fs::directory_iterator(kGolden)) {
    EXPECT_TRUE(!entry.is_directory() || known.contains(entry.path().filename())) << entry.path();
  }
}

// An empty listing would pass every case.
TEST(GoldenFolders, HoldCases) { EXPECT_GE(all_names().size(), 25U); }

}  // namespace
