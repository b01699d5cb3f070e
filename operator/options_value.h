#pragma once

// Texts of flags, variables and keys as typed values. Each function stores the value, or returns
// what is allowed instead
// ("must be ...") and stores nothing.

#include <array>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace options {

// What a value must be; empty when it was accepted.
using Complaint = std::string;

// What a user wrote, for an error: in quotes and on one line.
std::string shown(std::string_view text);

Complaint read_text(std::string_view text, std::string& value);
Complaint read_boolean(std::string_view text, bool& value);
Complaint read_integer(std::string_view text, int lowest, int highest, int& value);

// Go's time.ParseDuration without the sign: "300ms", "1.5s", "1m30s", "1h".
std::optional<std::chrono::nanoseconds> parse_duration(std::string_view text);
// From `lowest` to 10 minutes.
Complaint read_duration(std::string_view text, std::chrono::milliseconds lowest,
                        std::chrono::milliseconds& value);
// The same in whole seconds, as the Lease API keeps them.
Complaint read_seconds(std::string_view text, std::chrono::seconds lowest,
                       std::chrono::seconds& value);
// As Go prints it: "1m30s", "500ms".
std::string duration_text(std::chrono::milliseconds duration);

// "host:port", ":port", "[v6]:port", or "0" for off, which is stored as an empty string.
Complaint read_address(std::string_view text, std::string& value);

// Names separated by commas. Kubernetes: a namespace is an RFC 1123 label.
Complaint read_namespaces(std::string_view text, std::vector<std::string>& value);
// The same, or "*" for all; empty is none.
Complaint read_reference_namespaces(std::string_view text, std::vector<std::string>& value);
// RFC 1123: a label, and a subdomain as most objects' names are.
Complaint read_dns_label(std::string_view text, std::string& value);
Complaint read_dns_subdomain(std::string_view text, std::string& value);

// Kubernetes labels: key with an optional DNS prefix, value of at most 63 characters.
Complaint check_label_key(std::string_view key);
Complaint check_label_value(std::string_view value);

}  // namespace options
