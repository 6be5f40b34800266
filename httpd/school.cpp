#include "httpd/school.h"

namespace httpd
{

SchoolFacts School::facts()
{
    constexpr auto fresh = std::chrono::milliseconds(900);
    std::lock_guard const lock(mutex_);
    auto const now = std::chrono::steady_clock::now();
    if (known_ && now - asked_ < fresh) return facts_;
    facts_.domain = directory_.domain();
    facts_.sts = directory_.setting("mail.sts").value_or("testing");
    facts_.name = directory_.setting("school.name").value_or("");
    if (facts_.name.empty()) facts_.name = facts_.domain.empty() ? "Kotakpos" : facts_.domain;
    asked_ = now;
    known_ = true;
    return facts_;
}

} // namespace httpd
