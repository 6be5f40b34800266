#pragma once
// The words of RFC 8601 2.7 for what a mechanism found.

#include <string_view>

namespace maild::auth
{

enum class Verdict { none, pass, fail, softfail, neutral, policy, temperror, permerror };

constexpr std::string_view show(Verdict verdict)
{
    switch (verdict) {
    case Verdict::none: return "none";
    case Verdict::pass: return "pass";
    case Verdict::fail: return "fail";
    case Verdict::softfail: return "softfail";
    case Verdict::neutral: return "neutral";
    case Verdict::policy: return "policy";
    case Verdict::temperror: return "temperror";
    case Verdict::permerror: return "permerror";
    }
    return "none";
}

} // namespace maild::auth
