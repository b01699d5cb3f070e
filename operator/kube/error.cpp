#include "kube/error.h"

#include <algorithm>
#include <array>

#include <nlohmann/json.hpp>

#include "kube/text.h"

namespace kube {
namespace {

using nlohmann::json;

enum class Speaker { kServer, kGateway };
struct RetryableCode {
  int code;
  Speaker speaker;  // without Retry-After
};
constexpr std::array kRetryableCodes{
    RetryableCode{401, Speaker::kServer},  RetryableCode{408, Speaker::kServer},
    RetryableCode{429, Speaker::kServer},  RetryableCode{500, Speaker::kServer},
    RetryableCode{502, Speaker::kGateway}, RetryableCode{503, Speaker::kGateway},
    RetryableCode{504, Speaker::kGateway},
};
constexpr std::size_t kMessageLimit = 1024;

std::string text_of(const json& value, const char* key) {
  const auto found = value.find(key);
  return found != value.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::vector<Cause> causes_of(const json& status) {
  std::vector<Cause> causes;
  const auto details = status.find("details");
  if (details == status.end() || !details->is_object()) return causes;
  const auto list = details->find("causes");
  if (list == details->end() || !list->is_array()) return causes;
  for (const json& cause : *list) {
    if (cause.is_object())
      causes.push_back(
          {text_of(cause, "reason"), text_of(cause, "field"), text_of(cause, "message")});
  }
  return causes;
}

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

bool ApiError::has_cause(std::string_view cause) const {
  return std::any_of(causes.begin(), causes.end(),
                     [cause](const Cause& one) { return one.reason == cause; });
}

ApiError parse_error(const Response& response) {
  ApiError error;
  error.code = response.status;
  error.retry_after = response.retry_after;
  const json body = json::parse(response.body, nullptr, /*allow_exceptions=*/false);
  if (body.is_object()) {
    error.reason = text_of(body, "reason");
    error.message = text_of(body, "message");
    error.causes = causes_of(body);
  }
  if (error.message.empty())
    error.message = "the server answered with status " + std::to_string(response.status);
  cut(error.message, kMessageLimit);
  return error;
}

bool is_retryable(const ApiError& error) {
  if (contains(error.message, "field not declared in schema")) return false;
  return std::ranges::find(kRetryableCodes, error.code, &RetryableCode::code) !=
         kRetryableCodes.end();
}

bool tells_of_outage(int status, std::optional<std::chrono::seconds> retry_after) {
  const auto* const found = std::ranges::find(kRetryableCodes, status, &RetryableCode::code);
  return found != kRetryableCodes.end() && found->speaker == Speaker::kGateway && !retry_after;
}

RetryableError::RetryableError(ApiError error)
    : std::runtime_error(std::to_string(error.code) + " " + error.reason + ": " + error.message),
      error_(std::move(error)) {}

}  // namespace kube
