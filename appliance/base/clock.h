#pragma once
// Time: UTC microseconds in the databases, and the few spellings of a date that the outside needs.

#include <chrono>
#include <cstdint>
#include <string>

namespace base
{

using Microseconds = std::chrono::microseconds;
/// A moment as stored: microseconds since 1970 UTC.
using Timestamp = std::int64_t;

/// Where the time comes from; tests hand in their own.
class Clock
{
public:
    virtual ~Clock() = default;
    virtual Timestamp now() const = 0;
};

/// The machine's own clock. Stateless; safe from all threads.
class SystemClock final : public Clock
{
public:
    Timestamp now() const override;
};
SystemClock const& system_clock();

/// "Sat, 21 Nov 2026 22:25:00 +0000" (RFC 5322 section 3.3), always UTC.
std::string rfc5322_date(Timestamp when);
/// "2026-11-21T22:25:00.123Z".
std::string iso_date(Timestamp when);

} // namespace base
