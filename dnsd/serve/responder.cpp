#include "dnsd/serve/responder.h"

#include "dnsd/serve/octets.h"
#include "dnsd/serve/zone_answer.h"
#include "dnsd/zone/wire_record.h"

#include <ctime>

namespace dnsd
{

namespace
{
constexpr std::uint16_t class_in = 1;
constexpr std::uint16_t class_chaos = 3;
constexpr std::uint16_t class_any = 255;
constexpr std::size_t longest_server_id = 64;
constexpr std::size_t longest_version = 200;
/// RFC 8467 4.1: replies are padded to a multiple of it, when asked for and nobody can see inside.
constexpr std::size_t padding_block = 468;

/// Precise to a few milliseconds, and cheap.
std::uint32_t seconds_now()
{
    timespec time{};
    ::clock_gettime(CLOCK_REALTIME_COARSE, &time);
    return static_cast<std::uint32_t>(time.tv_sec);
}

bool is_handled_by_keeper(Query const& query, Transport transport)
{
    if (query.has_tsig || query.opcode != opcode::query) return true;
    return query.type == type::ixfr || (query.type == type::axfr && transport != Transport::udp);
}

/// Types that ask for something else than records.
Rcode check_type(std::uint16_t type)
{
    switch (type) {
    case type::opt:
    case type::tkey:
    case type::tsig: return Rcode::form_error;
    case type::axfr: // RFC 5936 4.2: not by UDP
    case type::maila:
    case type::mailb: return Rcode::not_implemented;
    default: return Rcode::no_error;
    }
}
} // namespace

/// What belongs together while one question is answered.
struct Responder::Work {
    Exchange& exchange;
    std::span<char> reply;
    OptReply opt;
    bool recursion = false; ///< the client may ask for names of others
    std::size_t opt_size = 0;

    void put(ReplyHead head, std::size_t sections)
    {
        auto const& query = exchange.query;
        auto& outcome = exchange.outcome;
        head.recursion_available = recursion;
        opt.extended_rcode = static_cast<unsigned>(head.rcode) >> 4U;
        auto const end = put_head(query, head, reply) + sections;
        exchange.action = Action::send;
        exchange.size = query.has_edns ? put_opt(opt, reply.first(query.reply_limit), end) : end;
        outcome.rcode = static_cast<std::uint16_t>(head.rcode);
        outcome.truncated = head.truncated;
        outcome.opt_size = exchange.size - end;
    }

    void put_error(Rcode rcode, ExtendedError error = {})
    {
        opt.error = static_cast<std::uint16_t>(error);
        exchange.outcome.kind = AnswerKind::error;
        ReplyHead head;
        head.rcode = rcode;
        put(head, 0);
    }
};

Responder::Responder(ResponderOptions options) : options_(std::move(options)), cookies_(options_.cookies)
{
    if (!cookies_) cookies_ = std::make_shared<Cookies>(seconds_now());
    options_.server_id.resize(std::min(options_.server_id.size(), longest_server_id));
    options_.version.resize(std::min(options_.version.size(), longest_version));
}

Responder::Responder(std::string version, std::string server_id)
    : Responder(ResponderOptions{std::move(version), std::move(server_id), false, {}, false, nullptr})
{
}

bool Responder::read(std::string_view packet, Exchange& exchange) const
{
    exchange.action = Action::silence;
    exchange.size = 0;
    if (!is_question(packet)) return false;
    auto& query = exchange.query;
    exchange.read = read_query(packet, exchange.client.transport, query);
    auto& outcome = exchange.outcome;
    outcome.received = packet.size();
    outcome.question_end = query.question_end;
    outcome.opcode = query.opcode;
    outcome.has_edns = query.has_edns;
    outcome.dnssec_ok = query.dnssec_ok;
    if (!query.has_question()) return true;
    outcome.name = query.name.whole();
    outcome.name_hash = query.name.hash[0];
    outcome.type = query.type;
    outcome.klass = query.klass;
    return true;
}

void Responder::decide(ZoneSet const& zones, std::span<char> reply, Exchange& exchange, std::uint16_t keepalive) const
{
    auto& query = exchange.query;
    query.reply_limit = std::min(query.reply_limit, reply.size());
    Work work{exchange, reply, {}, may_recurse(exchange), 0};
    if (query.has_edns) begin_opt(work, keepalive);
    if (exchange.read != Rcode::no_error) return work.put_error(exchange.read);
    answer_read(work, zones);
}

void Responder::begin_opt(Work& work, std::uint16_t keepalive) const
{
    auto& exchange = work.exchange;
    work.opt = make_opt(exchange.query, exchange.client, keepalive, exchange.outcome.has_cookie);
    work.opt_size = work.opt.size();
}

OptReply Responder::make_opt(Query const& query, Client const& client, std::uint16_t keepalive,
                             bool& good_cookie) const
{
    auto const& asked = query.options;
    OptReply opt;
    opt.dnssec_ok = query.dnssec_ok;
    if (asked.asks_nsid) opt.nsid = options_.server_id;
    if (asked.asks_keepalive && client.transport != Transport::udp) opt.keepalive = keepalive;
    if (asked.asks_padding && client.transport == Transport::tls) opt.block = padding_block;
    if (!asked.client_cookie.empty() && !asked.bad_cookie) {
        auto const checked = cookies_->check(asked.client_cookie, asked.server_cookie, client.address, seconds_now());
        opt.client_cookie = asked.client_cookie;
        opt.server_cookie = checked.reply;
        good_cookie = checked.good;
    }
    return opt;
}

/// From here on the message is one whole, well-formed question (or only a cookie).
void Responder::answer_read(Work& work, ZoneSet const& zones) const
{
    auto const& query = work.exchange.query;
    auto const transport = work.exchange.client.transport;
    auto const& asked = query.options;
    if (asked.bad_cookie || (asked.bad_keepalive && transport != Transport::udp))
        return work.put_error(Rcode::form_error);
    if (!query.has_question()) return work.put_error(Rcode::no_error); // RFC 7873 5.4
    if (is_handled_by_keeper(query, transport)) {
        work.exchange.outcome.kind = AnswerKind::elsewhere;
        work.exchange.outcome.about = query.name.hash[0];
        work.exchange.action = Action::ask_keeper;
        if (!options_.keeper) work.put_error(Rcode::refused);
        return;
    }
    if (query.edns_version > 0) return work.put_error(Rcode::bad_version);
    if (auto const rcode = check_type(query.type); rcode != Rcode::no_error) return work.put_error(rcode);
    if (query.klass == class_chaos) return answer_chaos(work);
    if (query.klass != class_in && query.klass != class_any) return work.put_error(Rcode::refused);
    answer_names(work, zones);
}

void Responder::answer_names(Work& work, ZoneSet const& zones) const
{
    auto& exchange = work.exchange;
    auto const& query = exchange.query;
    auto const room = query.reply_limit - query.question_end - work.opt_size;
    auto const sections = answer_from_zones(zones, query, work.reply.subspan(query.question_end, room));
    exchange.outcome.kind = sections.kind;
    exchange.outcome.about = sections.about;
    if (sections.rcode == Rcode::refused) {
        if (!work.recursion || !query.wants_recursion())
            return work.put_error(Rcode::refused, query.wants_recursion() && options_.recursion
                                                      ? ExtendedError::prohibited
                                                      : ExtendedError::not_authoritative);
        exchange.outcome.kind = AnswerKind::elsewhere;
        exchange.outcome.about = query.name.hash[0];
        exchange.action = Action::ask_resolver;
        return;
    }
    if (sections.rcode == Rcode::server_failure)
        return work.put_error(Rcode::server_failure, ExtendedError::not_ready);
    if (sections.leads_away && work.recursion && query.wants_recursion() && query.klass == class_in) {
        exchange.action = Action::ask_resolver;
        return;
    }
    // RFC 1035 6.2: nobody has authority for all classes.
    work.put({sections.rcode, sections.authoritative && query.klass == class_in, sections.truncated, false,
              sections.answers, sections.authorities, sections.additionals},
             sections.size);
}

/// TXT for version.bind and id.server, so that a class can see which server answers.
void Responder::answer_chaos(Work& work) const
{
    using namespace std::string_view_literals;
    auto const& query = work.exchange.query;
    auto const name = query.name.whole();
    bool const version = name == "\7version\4bind\0"sv || name == "\7version\6server\0"sv;
    bool const identity = name == "\2id\6server\0"sv || name == "\10hostname\4bind\0"sv;
    bool const asked_for_text = query.type == type::txt || query.type == type::any;
    if (!(version || identity) || !asked_for_text) return work.put_error(Rcode::refused);
    auto const& text = version ? options_.version : options_.server_id;
    auto const end = put_text_record({class_chaos, text}, work.reply, query.question_end);
    work.exchange.outcome.kind = AnswerKind::positive;
    work.exchange.outcome.about = query.name.hash[0];
    ReplyHead head;
    head.authoritative = true;
    head.answers = 1;
    work.put(head, end - query.question_end);
}

bool Responder::may_recurse(Exchange const& exchange) const
{
    return options_.recursion && net::contains(options_.networks, exchange.client.address);
}

std::size_t Responder::answer(ZoneSet const& zones, std::string_view packet, Transport transport,
                              std::span<char> reply) const
{
    Exchange exchange;
    exchange.client.transport = transport;
    handle(zones, packet, reply, exchange);
    return exchange.action == Action::send ? exchange.size : 0;
}

} // namespace dnsd
