#include "dnsd/resolve/lead.h"

#include "dnsd/resolve/records.h"
#include "dnsd/resolve/wire.h"
#include "dnsd/serve/reply.h"

#include <algorithm>
#include <cstring>
#include <netinet/in.h>

namespace dnsd::resolve
{

namespace
{
/// Our own answers are larger very seldom.
constexpr std::size_t usual_sections = 4096;

std::string lower(std::string name)
{
    for (char& c : name) c = lower_byte(c);
    return name;
}

std::optional<net::IpAddress> address_of(PlainRecord const& record)
{
    if (record.type == type::a) return net::IpAddress::from_v4(long_at(record.data, 0));
    if (record.type != type::aaaa) return std::nullopt;
    sockaddr_in6 socket{};
    socket.sin6_family = AF_INET6;
    std::memcpy(&socket.sin6_addr, record.data.data(), sizeof socket.sin6_addr);
    void const* const place = &socket;
    return net::IpAddress::from_socket(static_cast<sockaddr const*>(place));
}

/// Header and question of `name` and what `answer` says about it, as if somebody had sent it.
std::string as_message(std::string_view name, std::uint16_t type, AnswerView const& answer)
{
    std::string message(header_size, '\0');
    put_number(message, 4, 1);
    put_number(message, 6, answer.answers);
    put_number(message, 8, answer.authorities);
    put_number(message, 10, answer.additionals);
    message += name;
    std::array<char, question_tail> tail{};
    put_number(tail, 0, type);
    put_number(tail, 2, class_in);
    message.append(tail.data(), tail.size());
    message += answer.body;
    return message;
}

/// The name that the last alias of the answer section leads to.
std::string last_target(std::vector<PlainRecord> const& records)
{
    std::string target;
    for (auto const& record : records)
        if (record.part == Part::answer && record.type == type::cname) target = record.data;
    return lower(std::move(target));
}
} // namespace

Lead find_lead(AskZones const& zones, Query const& query)
{
    Lead lead;
    lead.own.rcode = Rcode::refused;
    if (!zones) return lead;
    std::string room(usual_sections, '\0');
    lead.own = zones(query, room);
    if (lead.own.truncated) {
        room.resize(largest_message - query.question_end);
        lead.own = zones(query, room);
    }
    if (lead.own.rcode == Rcode::refused) return lead;
    lead.kind = Lead::Kind::own;
    ReplyHead head;
    head.answers = lead.own.answers;
    head.authorities = lead.own.authorities;
    head.additionals = lead.own.additionals;
    lead.message.resize(query.question_end);
    put_head(query, head, lead.message);
    put_number(lead.message, 10, head.additionals); // put_head() counts an OPT record
    lead.message.append(room, 0, lead.own.size);
    auto const reply = lead.own.leads_away ? read_reply(lead.message) : std::nullopt;
    if (!reply) return lead;
    lead.target = last_target(plain_records(lead.message, *reply));
    bool const is_alias = !lead.target.empty();
    auto referral = read_referral(lead.message, *reply, is_alias ? lead.target : query.name.whole());
    lead.zone = std::move(referral.zone);
    lead.servers = std::move(referral.servers);
    // Servers of which we have no address: the resolvers outside will find them.
    lead.kind = is_alias ? Lead::Kind::alias : lead.servers.empty() ? Lead::Kind::foreign : Lead::Kind::referral;
    return lead;
}

Referral read_referral(std::string_view message, Reply const& reply, std::string_view name)
{
    Referral referral;
    std::vector<std::string> names;
    auto const records = plain_records(message, reply);
    for (auto const& record : records) {
        auto const owner = lower(record.owner);
        if (record.part != Part::authority || record.type != type::ns || !is_below_or_same(name, owner)) continue;
        referral.zone = owner;
        names.push_back(lower(record.data));
    }
    for (auto const& record : records) {
        if (record.part != Part::additional) continue;
        if (std::find(names.begin(), names.end(), lower(record.owner)) == names.end()) continue;
        if (auto const address = address_of(record)) referral.servers.push_back(*address);
    }
    return referral;
}

Answer own_answer(Lead const& lead, Query const& query)
{
    Answer answer;
    answer.shape.rcode = static_cast<unsigned>(lead.own.rcode);
    answer.shape.authoritative = lead.own.authoritative;
    answer.shape.answers = lead.own.answers;
    answer.shape.authorities = lead.own.authorities;
    answer.shape.additionals = lead.own.additionals;
    answer.body = lead.message.substr(query.question_end);
    answer.shape.needed = answer.body.size();
    return answer;
}

Answer join_answers(Lead const& lead, Query const& query, AnswerView const& foreign, Age const& age)
{
    // Positions as they will be in the client's message: our part first, without its other sections.
    auto const own = read_reply(lead.message);
    auto message = lead.message;
    auto theirs = as_message(lead.target, query.type, foreign);
    auto const begin = header_size + lead.target.size() + question_tail;
    count_down(foreign, age, foreign.body.size(), std::span(theirs).subspan(begin));
    auto const reply = read_reply(theirs);
    auto answer = make_failure(rcode::server_failure, std::nullopt);
    if (!own || !reply) return answer;

    auto const own_records = plain_records(lead.message, *own);
    message.resize(own->question_end);
    std::string last;
    std::size_t last_at = 0;
    auto const add = [&](PlainRecord const& record) {
        auto const at = message.size();
        append_record(message, record, last, last_at);
        if (record.owner == last) return;
        last = record.owner;
        last_at = at;
    };
    last = message.substr(header_size, own->question_end - header_size - question_tail);
    last_at = header_size;
    for (auto const& record : own_records)
        if (record.part == Part::answer) add(record);
    for (auto const& record : plain_records(theirs, *reply)) {
        if (record.part == Part::additional) break;
        add(record);
    }
    if (message.size() > largest_message) return answer;
    answer.shape.rcode = foreign.rcode;
    answer.shape.authoritative = lead.own.authoritative;
    answer.shape.answers = static_cast<std::uint16_t>(own->answers + reply->answers);
    answer.shape.authorities = reply->authorities;
    if (auto const ede = ede_of(foreign, age); ede != 0) answer.shape.ede = ede;
    answer.body = message.substr(own->question_end);
    answer.shape.needed = answer.body.size();
    return answer;
}

} // namespace dnsd::resolve
