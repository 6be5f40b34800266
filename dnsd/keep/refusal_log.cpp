#include "dnsd/keep/refusal_log.h"

#include <chrono>
#include <mutex>
#include <utility>

namespace dnsd
{

namespace
{
using std::chrono::steady_clock;
constexpr std::chrono::seconds window{10};
constexpr unsigned most_in_window = 50;

/// One for the process, as its log is.
class Allowance
{
public:
    /// Whether one more line may be written; `left_out`: lines to tell of first.
    bool take(unsigned long& left_out)
    {
        std::lock_guard const lock(mutex_);
        if (auto const now = steady_clock::now(); now >= end_) {
            end_ = now + window;
            used_ = 0;
            left_out = std::exchange(left_out_, 0);
        }
        if (used_ < most_in_window) return ++used_, true;
        ++left_out_;
        return false;
    }

private:
    std::mutex mutex_;
    steady_clock::time_point end_{};
    unsigned used_ = 0;
    unsigned long left_out_ = 0;
};
} // namespace

void log_refusal(base::Level level, std::string_view event, std::initializer_list<base::LogField> fields)
{
    static Allowance allowance;
    unsigned long left_out = 0;
    if (!allowance.take(left_out)) return;
    if (left_out > 0)
        base::log(base::Level::warning, "", "refusals-not-logged", {{"count", std::to_string(left_out)}});
    base::log(level, "", event, fields);
}

} // namespace dnsd
