#include "controller/refusal.h"

#include <gtest/gtest.h>

namespace controller {
namespace {

using kube::ApiError;

// Messages as kube-apiserver 1.37 writes them.
TEST(Classify, FollowsTheTable) {
  const struct {
    const char* what;
    ApiError error;
    Refusal expected;
  } kTable[] = {
      {"missing right",
       {.code = 403,
        .message =
            R"(services is forbidden: User "system:serviceaccount:a:b" cannot create resource "services")"},
       Refusal::kForbidden},
      {"missing right to block the owner's deletion",
       {.code = 403,
        .message = "cannot set blockOwnerDeletion if an ownerReference refers to a resource you "
                   "can't set finalizers on"},
       Refusal::kForbidden},
      {"quota",
       {.code = 403,
        .message = R"(services "x" is forbidden: exceeded quota: q, requested: services=1)"},
       Refusal::kQuotaExceeded},
      {"webhook",
       {.code = 403, .message = R"(admission webhook "a.b.c" denied the request: no)"},
       Refusal::kAdmissionDenied},
      {"policy",
       {.code = 422, .message = "ValidatingAdmissionPolicy 'p' denied request: no"},
       Refusal::kAdmissionDenied},
      {"namespace ending",
       {.code = 403,
        .message = "forbidden: unable to create new content",
        .causes = {{"NamespaceTerminating", "", ""}}},
       Refusal::kNamespaceEnding},
      {"namespace gone",
       {.code = 404, .reason = "NotFound", .message = R"(namespaces "shop" not found)"},
       Refusal::kNamespaceEnding},
      {"kind not served",
       {.code = 404,
        .reason = "NotFound",
        .message = "the server could not find the requested resource"},
       Refusal::kNotInstalled},
      {"plain 404 page", {.code = 404, .message = "404 page not found"}, Refusal::kNotInstalled},
      {"object gone",
       {.code = 404, .reason = "NotFound", .message = R"(services "x" not found)"},
       Refusal::kIdentityChanged},
      {"apply to another uid",
       {.code = 409,
        .reason = "Conflict",
        .message = "uid mismatch: the provided object specified uid"},
       Refusal::kIdentityChanged},
      {"uid is immutable",
       {.code = 422, .causes = {{"FieldValueInvalid", "metadata.uid", ""}}},
       Refusal::kIdentityChanged},
      {"stale guard",
       {.code = 409, .reason = "Conflict", .message = "the object has been modified"},
       Refusal::kStale},
      {"duplicate Service port",
       {.code = 422, .causes = {{"FieldValueDuplicate", "spec.ports[1].name", ""}}},
       Refusal::kDuplicateListKey},
      {"duplicate container port",
       {.code = 422,
        .causes = {{"FieldValueDuplicate", "spec.template.spec.containers[0].ports[1].name", ""}}},
       Refusal::kDuplicateListKey},
      {"another duplicate",
       {.code = 422, .causes = {{"FieldValueDuplicate", "spec.template.spec.volumes[1].name", ""}}},
       Refusal::kAdmissionDenied},
      {"schema without our field",
       {.code = 500, .message = ".spec.x: field not declared in schema"},
       Refusal::kAdmissionDenied},
      {"strict decoding",
       {.code = 400, .message = R"(strict decoding error: unknown field "spec.x")"},
       Refusal::kAdmissionDenied},
  };
  for (const auto& row : kTable) EXPECT_EQ(classify(row.error), row.expected) << row.what;
}

}  // namespace
}  // namespace controller
