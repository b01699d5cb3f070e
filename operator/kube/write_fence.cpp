#include "kube/write_fence.h"

#include <algorithm>

namespace kube {

void WriteFence::open_until(base::BootTime end) { end_ = end.time_since_epoch().count(); }

void WriteFence::close() { closed_ = true; }

std::chrono::nanoseconds WriteFence::remaining() const {
  using std::chrono::nanoseconds;
  if (closed_) return nanoseconds(0);
  const base::BootTime end{nanoseconds(end_)};
  return std::max(nanoseconds(0), end - clock_.boot_now());
}

Response FencedTransport::send(const Request& request, const std::stop_token& stop) {
  if (request.method == Method::kGet) return inner_.send(request, stop);
  const auto remaining = std::chrono::duration_cast<std::chrono::milliseconds>(fence_.remaining());
  if (remaining <= std::chrono::milliseconds(0)) throw WriteFenced();
  Request fenced = request;
  fenced.timeout = std::min(request.timeout, remaining);
  fenced.may_send = [&fence = fence_] { return fence.is_open(); };
  try {
    return inner_.send(fenced, stop);
  } catch (const TransportError&) {
    if (!fence_.is_open()) throw WriteFenced();
    throw;
  }
}

Response FencedTransport::stream(const Request& request, const OnBytes& on_bytes,
                                 const std::stop_token& stop) {
  if (request.method != Method::kGet) throw WriteFenced();
  return inner_.stream(request, on_bytes, stop);
}

}  // namespace kube
