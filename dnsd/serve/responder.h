#pragma once
// Decides what to say to one question, and says it; or says who else must be asked. No allocation, no lock, no
// general DNS library.

#include "dnsd/serve/cookies.h"
#include "dnsd/serve/outcome.h"
#include "dnsd/serve/query.h"
#include "dnsd/serve/reply.h"
#include "dnsd/serve/zone_set.h"

#include <memory>
#include <span>
#include <string>
#include <vector>

namespace dnsd
{

/// What to do with a question.
enum class Action {
    silence,
    send,         ///< the reply is made
    ask_resolver, ///< a name of others, asked for by somebody who may
    ask_keeper,   ///< transfers, NOTIFY, UPDATE, everything with TSIG
};

/// One question and what became of it. On the stack of the answering thread, its arrays uncleared.
struct Exchange {
    Client client;
    Query query;
    Rcode read = Rcode::no_error; ///< what is wrong with the packet
    Action action = Action::silence;
    std::size_t size = 0; ///< octets of the reply
    Outcome outcome;      ///< for limits, statistics, the log; views into `query`
};

struct ResponderOptions {
    std::string version;                ///< CHAOS TXT version.bind
    std::string server_id;              ///< CHAOS TXT id.server, NSID
    bool recursion = false;             ///< somebody answers for names of others (Action::ask_resolver)
    std::vector<net::Network> networks; ///< who may ask for them
    bool keeper = false;                ///< somebody takes Action::ask_keeper
    std::shared_ptr<Cookies> cookies;   ///< none: made by chance
};

/// One for all threads.
class Responder
{
public:
    explicit Responder(ResponderOptions options);
    Responder(std::string version, std::string server_id);

    /// Reads `packet` from exchange.client, then fills in the rest. `reply` must hold largest_udp_reply octets for
    /// UDP, largest_message for TCP; Action::send has filled it. `keepalive`: for TCP, how long the connection may be
    /// quiet, in 100 ms.
    void handle(ZoneSet const& zones, std::string_view packet, std::span<char> reply, Exchange& exchange,
                std::uint16_t keepalive = 0) const
    {
        if (read(packet, exchange)) decide(zones, reply, exchange, keepalive);
    }
    /// The two halves of handle(): False: to be met with silence.
    bool read(std::string_view packet, Exchange& exchange) const;
    void decide(ZoneSet const& zones, std::span<char> reply, Exchange& exchange, std::uint16_t keepalive) const;

    /// What goes into the OPT record of a reply beside errors: cookie, NSID, ... For those who reply elsewhere too.
    /// `good_cookie`: the client showed a cookie of ours.
    OptReply make_opt(Query const& query, Client const& client, std::uint16_t keepalive, bool& good_cookie) const;

    /// handle() where nobody else can be asked: the octets of the reply, 0 for none.
    std::size_t answer(ZoneSet const& zones, std::string_view packet, Transport transport,
                       std::span<char> reply) const;

private:
    struct Work;
    void begin_opt(Work& work, std::uint16_t keepalive) const;
    void answer_read(Work& work, ZoneSet const& zones) const;
    void answer_names(Work& work, ZoneSet const& zones) const;
    void answer_chaos(Work& work) const;
    bool may_recurse(Exchange const& exchange) const;

    ResponderOptions options_;
    std::shared_ptr<Cookies> cookies_;
};

} // namespace dnsd
