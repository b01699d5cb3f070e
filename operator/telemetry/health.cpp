#include <algorithm>
#include <sstream>
#include <utility>

#include "telemetry/http_endpoint.h"

namespace telemetry {
namespace {

struct CheckResult {
  std::string name;
  std::string failure;
};

bool has_parameter(const std::string& query, std::string_view name) {
  std::istringstream parameters(query);
  for (std::string parameter; std::getline(parameters, parameter, '&');) {
    if (parameter.substr(0, parameter.find('=')) == name) return true;
  }
  return false;
}

std::string as_line(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](unsigned char character) { return character < 0x20; }, ' ');
  return text;
}

HttpAnswer report(const std::string& name, const std::vector<CheckResult>& results, bool verbose) {
  const bool passed = std::all_of(results.begin(), results.end(),
                                  [](const CheckResult& result) { return result.failure.empty(); });
  if (passed && !verbose) return {.body = "ok"};
  std::string body;
  for (const CheckResult& result : results) {
    body += result.failure.empty()
                ? "[+]" + result.name + " ok\n"
                : "[-]" + result.name + " failed: " + as_line(result.failure) + "\n";
  }
  body += name + (passed ? " check passed\n" : " check failed\n");
  return {.status = passed ? 200 : 500, .body = std::move(body)};
}

}  // namespace

HttpHandler health_handler(std::string name, std::vector<HealthCheck> checks) {
  return [name = std::move(name), checks = std::move(checks)](const std::string& query) {
    std::vector<CheckResult> results;
    results.reserve(checks.size());
    for (const HealthCheck& check : checks) results.push_back({check.name, check.failure()});
    return report(name, results, has_parameter(query, "verbose"));
  };
}

}  // namespace telemetry
