#pragma once

// The forms that names and values have in Kubernetes (k8s.io/apimachinery/pkg/util/validation),
// each named as there.

#include <string_view>

namespace blueprint {

bool is_alphanumeric(char letter);  // ASCII

bool is_dns1035_label(std::string_view text);  // at most 63, begins with a letter
bool is_dns1123_label(std::string_view text);
bool is_dns1123_subdomain(std::string_view text);  // at most 253, each part of any length
bool is_port_name(std::string_view text);          // at most 15, with a letter (RFC 6335)
bool is_qualified_name(std::string_view text);     // a label's or an annotation's key
bool is_label_value(std::string_view text);
bool is_env_name(std::string_view text);
bool is_config_key(std::string_view text);  // a key of a Secret or ConfigMap
bool is_header_name(std::string_view text);
// A host name whose last part has a letter, which tells it from an IP address, or "*." and such a
// name.
bool is_host_pattern(std::string_view text);
// The path of a URL (RFC 3986) that a Prefix of an Ingress and a PathPrefix of an HTTPRoute may be:
// no empty part but the last, none that is "." or "..", no encoded slash.
bool is_url_path(std::string_view text);

// Begins with '/', is not '/' alone, has no "..", and no ':', which a mount path may not have.
bool is_mount_path(std::string_view text);
// A place below a mount: not empty, no part is "..", and begins with neither "/" nor "..".
bool is_path_below(std::string_view text);

}  // namespace blueprint
