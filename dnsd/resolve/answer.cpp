#include "dnsd/resolve/answer.h"

#include <algorithm>
#include <ctime>

namespace dnsd::resolve
{

Seconds coarse_now()
{
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    return static_cast<Seconds>(now.tv_sec);
}

Answer make_answer(std::string_view message, Reply const& reply, Lifetimes const& lifetimes)
{
    Answer answer;
    answer.shape.rcode = reply.rcode;
    answer.shape.authentic = reply.authentic;
    answer.shape.answers = reply.answers;
    answer.shape.authorities = reply.authorities;
    answer.shape.additionals = reply.additionals;
    answer.shape.needed = reply.needed_end - reply.question_end;
    answer.shape.ede = reply.ede;
    answer.body = message.substr(reply.question_end, reply.end - reply.question_end);
    bool const negative = reply.rcode == rcode::name_error || reply.answers == 0;
    auto const most = negative ? std::min(lifetimes.most, lifetimes.most_negative) : lifetimes.most;
    for (std::size_t const place : reply.ttls) {
        auto const at = place - reply.question_end;
        auto const ttl = long_at(answer.body, at);
        auto const usable = (ttl & 0x80000000U) != 0 ? 0 : ttl; // RFC 2181 8
        put_long(answer.body, at, std::clamp(usable, lifetimes.least, most));
        answer.ttl_places += {static_cast<char>(at >> 8U), static_cast<char>(at)};
    }
    if (reply.lifetime > 0 || lifetimes.least > 0)
        answer.lifetime = std::clamp(reply.lifetime, lifetimes.least, most);
    return answer;
}

Answer make_failure(unsigned rcode, std::optional<std::uint16_t> ede)
{
    Answer answer;
    answer.shape.rcode = rcode;
    answer.shape.ede = ede;
    return answer;
}

} // namespace dnsd::resolve
