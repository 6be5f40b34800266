#include "maild/dns/reply.h"
#include "tests/support/fuzz.h"

#include <cstdlib>

// What a resolver sends mail as an answer: the first byte chooses the type, the id and question are made to fit.
FUZZ_TARGET(dns_answer)
{
    using maild::dns::Type;
    constexpr Type types[] = {Type::a, Type::mx, Type::txt, Type::tlsa, Type::ns, Type::aaaa};
    if (bytes.empty()) return;
    auto const type = types[static_cast<unsigned char>(bytes.front()) % std::size(types)];
    auto const query = maild::dns::make_query("far.example", type, 1, maild::dns::Edns::with);
    auto const reply = maild::dns::read_reply(query, query.substr(0, 2).append(bytes.substr(1)));
    if (!reply) return;
    for (auto const& one : maild::dns::mail_exchangers(reply->answer))
        if (one.host.find('\0') != std::string::npos) std::abort();
    maild::dns::addresses(reply->answer);
    maild::dns::texts(reply->answer);
    maild::dns::names(reply->answer);
    maild::dns::tlsa_records(reply->answer);
}
