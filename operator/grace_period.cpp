#include "grace_period.h"

using namespace std::chrono_literals;

GracePeriod::GracePeriod(const std::stop_token& stop, std::chrono::milliseconds length,
                         const base::Clock& clock)
    : thread_([this, stop, length, &clock](const std::stop_token& ended) {
        std::stop_source woken;
        const std::stop_callback on_stop(stop, [&woken] { woken.request_stop(); });
        const std::stop_callback on_end(ended, [&woken] { woken.request_stop(); });
        while (clock.sleep_for(24h, woken.get_token())) {
        }
        if (clock.sleep_for(length, ended)) over_.request_stop();
      }) {}
