#pragma once

// What cpprestsdk's errors mean. Its exceptions carry a fixed English text, which tells the step
// that failed, and a bare number of unknown category (errno, an asio code or a packed OpenSSL
// code): only the two together can be read.

#include <string_view>

#include "kube/exchange.h"

namespace kube {

Failure classify_failure(std::string_view text, int code);

}  // namespace kube
