#include "controller/refusal.h"

#include <algorithm>

namespace controller {
namespace {

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

// The authorizer's words (k8s.io/apiserver, endpoints/handlers/responsewriters, Forbidden): `... is
// forbidden: User "x" cannot create resource ...`; an admission plugin's 403 has its own text in
// that place.
bool lacks_right(const kube::ApiError& error) {
  return contains(error.message, "forbidden: User ") ||
         contains(error.message, "cannot set blockOwnerDeletion");
}

bool concerns_uid(const kube::ApiError& error) {
  return std::any_of(error.causes.begin(), error.causes.end(),
                     [](const kube::Cause& cause) { return cause.field == "metadata.uid"; });
}

bool duplicate_in_list(const kube::ApiError& error) {
  return std::any_of(error.causes.begin(), error.causes.end(), [](const kube::Cause& cause) {
    return cause.reason == "FieldValueDuplicate" && contains(cause.field, "ports");
  });
}

Refusal classify_forbidden(const kube::ApiError& error) {
  if (error.has_cause("NamespaceTerminating")) return Refusal::kNamespaceEnding;
  if (contains(error.message, "exceeded quota")) return Refusal::kQuotaExceeded;
  return lacks_right(error) ? Refusal::kForbidden : Refusal::kAdmissionDenied;
}

// A namespace that is gone is named in a 404 by itself; any other 404 of a create is a kind that is
// not served.
Refusal classify_missing(const kube::ApiError& error) {
  if (contains(error.message, "namespaces \"")) return Refusal::kNamespaceEnding;
  return contains(error.message, "could not find the requested resource") || error.reason.empty()
             ? Refusal::kNotInstalled
             : Refusal::kIdentityChanged;
}

}  // namespace

Refusal classify(const kube::ApiError& error) {
  switch (error.code) {
    case 403:
      return classify_forbidden(error);
    case 404:
      return classify_missing(error);
    case 409:
      return contains(error.message, "uid mismatch") ? Refusal::kIdentityChanged : Refusal::kStale;
    case 422:
      if (concerns_uid(error)) return Refusal::kIdentityChanged;
      return duplicate_in_list(error) ? Refusal::kDuplicateListKey : Refusal::kAdmissionDenied;
    default:
      return Refusal::kAdmissionDenied;
  }
}

}  // namespace controller
