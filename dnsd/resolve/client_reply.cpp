#include "dnsd/resolve/client_reply.h"

#include "dnsd/resolve/wire.h"
#include "dnsd/serve/reply.h"

#include <algorithm>
#include <cstring>

namespace dnsd::resolve
{

void count_down(AnswerView const& answer, Age const& age, std::size_t copied, std::span<char> body)
{
    std::string_view const bytes(body.data(), copied);
    for (std::size_t i = 0; i < answer.ttl_places.size(); i += 2) {
        std::size_t const at = number_at(answer.ttl_places, i);
        if (at >= copied) return;
        auto const ttl = long_at(bytes, at);
        auto const left = ttl > age.elapsed ? ttl - age.elapsed : 0;
        put_long(body, at, left == 0 && age.stale_ttl ? *age.stale_ttl : left);
    }
}

std::uint16_t ede_of(AnswerView const& answer, Age const& age)
{
    if (!age.stale_ttl) return answer.ede.value_or(0); // 0 is "other error": not worth an option
    return answer.rcode == rcode::name_error ? ede::stale_name_error : ede::stale_answer;
}

QuestionKey::QuestionKey(std::string_view name, Query const& query) : size(name.size() + 3)
{
    auto* const end = std::copy_n(name.data(), name.size(), bytes.data());
    end[0] = static_cast<char>(query.type >> 8U);
    end[1] = static_cast<char>(query.type);
    end[2] = static_cast<char>((query.dnssec_ok ? 1 : 0) | (disables_checking(query) ? 2 : 0));
}

bool disables_checking(Query const& query) { return (byte_at(query.packet, 3) & flag_checking_disabled) != 0; }

std::size_t write_reply(Query const& query, OptReply opt, AnswerView const& answer, Age const& age,
                        std::span<char> room)
{
    opt.dnssec_ok = query.dnssec_ok;
    opt.error = ede_of(answer, age);
    auto const limit = std::min(query.reply_limit, room.size());
    auto const fixed =
        query.question_end + (query.has_edns ? opt.size() : 0); // 271 octets and the options: below 512
    auto copied = answer.body.size();
    ReplyHead head{static_cast<Rcode>(answer.rcode),
                   answer.authoritative,
                   false,
                   true,
                   answer.answers,
                   answer.authorities,
                   answer.additionals};
    if (copied > limit - fixed) {
        copied = answer.needed;
        head.additionals = 0;
    }
    if (copied > limit - fixed) {
        copied = 0;
        head.truncated = true;
        head.answers = head.authorities = 0;
    }
    auto const at = put_head(query, head, room);
    bool const wants_authentic = query.dnssec_ok || (byte_at(query.packet, 3) & flag_authentic) != 0; // RFC 6840 5.7
    if (answer.authentic && wants_authentic)
        room[3] = static_cast<char>(static_cast<unsigned char>(room[3]) | flag_authentic);
    std::memcpy(room.data() + at, answer.body.data(), copied);
    count_down(answer, age, copied, room.subspan(at));
    if (!query.has_edns) return at + copied;
    return put_opt(opt, room.first(limit), at + copied);
}

} // namespace dnsd::resolve
