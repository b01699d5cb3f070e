#include "base/backoff.h"

#include <algorithm>
#include <cmath>
#include <random>

namespace base {

double system_random() {
  thread_local std::mt19937_64 engine{std::random_device{}()};
  return std::uniform_real_distribution<double>(0.0, 1.0)(engine);
}

std::chrono::nanoseconds Backoff::delay(int attempt, double random) const {
  const double ceiling = std::min(static_cast<double>(max.count()),
                                  static_cast<double>(initial.count()) * std::pow(factor, attempt));
  const double chosen = ceiling * (1.0 - jitter * random);
  return std::chrono::nanoseconds(std::max<std::int64_t>(1, static_cast<std::int64_t>(chosen)));
}

}  // namespace base
