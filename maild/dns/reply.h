#pragma once
// A question as bytes, and a server's reply to it: hostile bytes until they fit the question. Not for sockets
// (exchange.h). ldns reads the records; none of its objects leaves reply.cpp.

#include "maild/dns/answer.h"

#include <optional>
#include <string>
#include <string_view>

namespace maild::dns
{

enum class Edns { with, without };

/// A query for one name; empty when the name cannot be asked. RD and AD are set (RFC 6840 5.7: AD asks for AD).
std::string make_query(std::string const& name, Type type, std::uint16_t id, Edns edns);

/// Whether the message answers this query: id, QR, opcode, and the question to the letter (but for its case).
bool is_reply_to(std::string_view query, std::string_view message);

struct Reply {
    enum class Kind {
        answer,    ///< `answer` is what the server says
        truncated, ///< ask again by TCP
        refuses,   ///< this server cannot or will not say; `answer.reason` names its code
        no_edns,   ///< it does not know EDNS: ask without
    };
    Kind kind = Kind::refuses;
    Answer answer;
    std::string alias = {}; ///< the CNAMEs end at this name, about which the reply says nothing
};
/// Only records that lie on the way from the question through at most `limits::dns_aliases` CNAMEs are taken.
/// Nothing: the message is not a sound reply to the query.
std::optional<Reply> read_reply(std::string_view query, std::string_view message);

} // namespace maild::dns
