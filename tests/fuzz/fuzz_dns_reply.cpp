#include "dnsd/resolve/answer.h"
#include "dnsd/resolve/client_reply.h"
#include "dnsd/resolve/lead.h"
#include "dnsd/resolve/records.h"
#include "tests/dnsd/foreign_messages.h"
#include "tests/support/fuzz.h"

#include <cstdlib>

/// What an upstream sends either is no reply, or what clients get of it is one too, TTLs changed or not.
FUZZ_TARGET(dns_reply)
{
    using namespace dnsd;
    auto const reply = resolve::read_reply(bytes);
    if (!reply || reply->question_end == header_size) return;
    auto const answer = resolve::make_answer(bytes, *reply, {});
    auto const message = support::header(7, 0x0110, {1, 0, 0, 0}) +
                         std::string(bytes.substr(header_size, reply->question_end - header_size));
    Query query;
    if (read_query(message, Transport::tcp, query) != Rcode::no_error) return; // compressed, class, ...
    if (query.klass != 1) return;                                              // not what was asked
    for (auto const& age : {resolve::Age{}, resolve::Age{100, {}}, resolve::Age{90000, 30}}) {
        std::string room(largest_message, '\0');
        auto const size = resolve::write_reply(query, {}, answer.view(), age, room);
        auto const again = resolve::read_reply({room.data(), size});
        if (!again || again->answers != reply->answers || again->ttls != reply->ttls) std::abort();
    }
    // Put behind an alias of ours, and read as a referral.
    resolve::Lead lead;
    lead.target = query.name.whole();
    lead.message = support::header(7, 0, {1, 1, 0, 0}) + support::question_section("www.sch.id.", query.type) +
                   support::record(support::same_name, 5, 600, lead.target);
    auto const asked = support::question("www.sch.id.", query.type, 0);
    Query first;
    if (read_query(asked, Transport::tcp, first) == Rcode::no_error) {
        auto const joined = resolve::join_answers(lead, first, answer.view(), {100, {}});
        std::string whole(largest_message, '\0');
        auto const size = resolve::write_reply(first, {}, joined.view(), {}, whole);
        auto const again = resolve::read_reply({whole.data(), size});
        bool const is_joined = joined.shape.rcode == reply->rcode;
        if (!again || (is_joined && !again->truncated && again->answers != reply->answers + 1)) std::abort();
    }
    for (auto const& record : resolve::plain_records(bytes, *reply))
        if (record.owner.size() > longest_name || record.owner.back() != '\0') std::abort();
    [[maybe_unused]] auto const referral = resolve::read_referral(bytes, *reply, lead.target);

    std::string room(largest_udp_reply, '\0');
    query.reply_limit = smallest_udp_limit;
    auto const size = resolve::write_reply(query, {}, answer.view(), {}, room);
    if (size > smallest_udp_limit || !resolve::read_reply({room.data(), size})) std::abort();
}
