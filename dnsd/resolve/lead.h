#pragma once
// Where our own zones lead a question that they do not end: an alias to a name of others, or a delegated part, whose
// servers are asked directly. And the answer that is put together of our alias and what others say.

#include "appliance/net/address.h"
#include "dnsd/resolve/client_reply.h"
#include "dnsd/serve/zone_answer.h"

#include <functional>
#include <string>
#include <vector>

namespace dnsd::resolve
{

/// answer_from_zones() with the zones of the moment.
using AskZones = std::function<Sections(Query const&, std::span<char>)>;

struct Lead {
    enum class Kind {
        foreign, ///< no zone of ours
        own,     ///< our own answer is all there is
        alias,
        referral,
    };
    Kind kind = Kind::foreign;
    Sections own;
    std::string message;                 ///< header, question, our own sections
    std::string target;                  ///< of the alias: wire form, lower case
    std::string zone;                    ///< the delegated part that the name (or the target) lies in; empty: none
    std::vector<net::IpAddress> servers; ///< its servers, as far as we have their addresses
};

Lead find_lead(AskZones const& zones, Query const& query);

/// The delegated part that `name` (wire form, lower case) lies in and its servers, as far as their addresses are
/// there.
struct Referral {
    std::string zone;
    std::vector<net::IpAddress> servers;
};
Referral read_referral(std::string_view message, Reply const& reply, std::string_view name);

/// Our own answer alone.
Answer own_answer(Lead const& lead, Query const& query);
/// Our alias and what `foreign` says about its target, at `age`.
Answer join_answers(Lead const& lead, Query const& query, AnswerView const& foreign, Age const& age);

} // namespace dnsd::resolve
