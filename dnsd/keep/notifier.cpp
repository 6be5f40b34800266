#include "dnsd/keep/notifier.h"

#include "appliance/base/log.h"
#include "appliance/db/database.h"
#include "dnsd/keep/dns_client.h"
#include "dnsd/keep/journal.h"
#include "dnsd/keep/message.h"
#include "dnsd/zone/name.h"
#include "dnsd/zone/soa.h"
#include "dnsd/zone/wire_record.h"
#include "dnsd/zone/zone_reader.h"

#include <algorithm>
#include <optional>

namespace dnsd
{

namespace
{
using std::chrono::milliseconds;
constexpr milliseconds first_pause{500};
constexpr milliseconds longest_pause{300'000};
constexpr milliseconds nothing_to_do{3'600'000};
constexpr milliseconds own_limit{200}, look_again{10}, longest_wait{3000};
constexpr std::uint16_t notify_flags = opcode::notify << 11U | MessageHeader::authoritative;

/// From the loopback nobody else is reached: only when we answer nowhere else.
net::IpAddress own_address(std::vector<net::Endpoint> const& own, bool v4)
{
    std::optional<net::IpAddress> found;
    for (auto const& endpoint : own)
        if (endpoint.address.is_v4() == v4 && (!found || found->is_loopback())) found = endpoint.address;
    return found.value_or(v4 ? net::IpAddress::from_v4(0) : net::IpAddress());
}

struct ZoneNow {
    std::string name; ///< wire form
    std::string soa;
    std::uint32_t ttl = 0;
    std::vector<Secondary> secondaries;
};

std::vector<ZoneNow> zones_now(db::Database& dns)
{
    return dns.read([](db::Reader& reader) {
        std::vector<ZoneNow> all;
        for (auto const& zone : read_zones(reader)) {
            ZoneNow now{zone.wire_name, {}, 0, secondaries_of(reader, zone)};
            if (now.secondaries.empty() || state_of(reader, zone.id) != ZoneState::good) continue;
            read_rows_at(reader, zone.id, "", type::soa, [&](RowView const& row) {
                now.soa = row.rdata;
                now.ttl = row.ttl;
            });
            if (!now.soa.empty()) all.push_back(std::move(now));
        }
        return all;
    });
}
} // namespace

/// Sent from the address that we answer at, because that is the one that secondaries believe.
Notifier::Notifier(db::Database& dns, TsigKeys const& keys, std::vector<net::Endpoint> const& own,
                   base::Clock const& clock)
    : dns_(dns),
      keys_(keys),
      clock_(clock),
      own_(own),
      v4_(open_udp(own_address(own, true), true)),
      v6_(open_udp(own_address(own, false), false))
{
}

void Notifier::look()
{
    std::map<std::string, std::uint32_t> serials;
    std::map<Place, std::string> known;
    for (auto const& zone : zones_now(dns_)) {
        auto const serial = soa_serial(zone.soa);
        serials[zone.name] = serial;
        auto const before = serials_.find(zone.name);
        bool const changed = before == serials_.end() || before->second != serial;
        for (auto const& secondary : zone.secondaries) {
            Place const place{zone.name, secondary.address};
            known[place] = secondary.key;
            auto const told = known_.find(place);
            if (!changed && told != known_.end() && told->second == secondary.key) continue;
            open_[place] = News{zone.soa, zone.ttl, secondary.key, 0, {}, {}, {}};
        }
    }
    for (auto place = open_.begin(); place != open_.end();)
        place = known.contains(place->first) ? std::next(place) : open_.erase(place);
    serials_ = std::move(serials);
    known_ = std::move(known);
}

void Notifier::work(Moment now)
{
    take_replies();
    for (auto& [place, news] : open_)
        if (news.next <= now && is_served(place.first, news, now)) send(place, news, now);
}

bool Notifier::is_served(std::string const& zone, News& news, Moment now)
{
    if (news.attempts > 0 || own_.empty()) return true;
    if (news.since == Moment{}) news.since = now;
    if (now - news.since > longest_wait) return true;
    MessageHeader header;
    header.id = random_id();
    MessageWriter writer(header, Question{zone, type::soa, klass::in}, 512);
    if (auto const reply = ask_udp(reachable(own_.front()), writer.take(), own_limit, 1)) {
        MessageReader reader(*reply);
        auto const answer = reader.header() && reader.question() ? reader.record() : std::nullopt;
        if (answer && answer->type == type::soa && soa_serial(answer->rdata) == soa_serial(news.soa)) return true;
    }
    news.next = now + look_again;
    return false;
}

milliseconds Notifier::pause(Moment now) const
{
    auto shortest = nothing_to_do;
    for (auto const& [place, news] : open_)
        shortest = std::min(shortest, std::max(milliseconds{0}, std::chrono::ceil<milliseconds>(news.next - now)));
    return shortest;
}

std::vector<int> Notifier::sockets() const { return {v4_.get(), v6_.get()}; }

std::string Notifier::message(std::string const& zone, News const& news) const
{
    MessageHeader header;
    header.id = random_id();
    header.flags = notify_flags;
    MessageWriter writer(header, Question{zone, type::soa, klass::in}, 512);
    writer.add(MessageWriter::Section::answer, zone, type::soa, klass::in, news.ttl, news.soa);
    auto plain = writer.take();
    if (news.key.empty()) return plain;
    auto const key = keys_.find(must_wire_name(news.key));
    return key ? TsigContext(*key).sign(std::move(plain), clock_.now()) : plain;
}

void Notifier::send(Place const& place, News& news, Moment now)
{
    auto const& [zone, secondary] = place;
    news.sent = message(zone, news);
    auto const& socket = secondary.address.is_v4() ? v4_ : v6_;
    if (socket) send_to(socket.get(), secondary, news.sent);
    news.next = now + std::min(longest_pause, first_pause * (1U << std::min(news.attempts, 10U)));
    if (++news.attempts == 8) // two minutes
        base::log(base::Level::warning, "", "notify-unanswered",
                  {{"zone", show_name(zone)}, {"secondary", secondary.show()}, {"to-do", "see whether it runs"}});
}

void Notifier::take_replies()
{
    for (int const socket : sockets()) {
        if (socket < 0) continue;
        while (auto const received = receive_from(socket)) settle(received->message, received->from);
    }
}

/// The id is the proof that it is an answer; a signature would tell nothing more that matters.
void Notifier::settle(std::string const& reply, net::Endpoint const& from)
{
    MessageReader reader(reply);
    auto const header = reader.header();
    if (!header || !header->is_reply() || header->opcode() != opcode::notify) return;
    for (auto place = open_.begin(); place != open_.end(); ++place) {
        auto const& [zone, secondary] = place->first;
        if (secondary != from || place->second.sent.substr(0, 2) != reply.substr(0, 2)) continue;
        bool const good = header->rcode() == rcode::no_error;
        base::log(good ? base::Level::info : base::Level::warning, "", good ? "notified" : "notify-refused",
                  {{"zone", show_name(zone)},
                   {"secondary", secondary.show()},
                   {"serial", std::to_string(soa_serial(place->second.soa))},
                   {"rcode", std::to_string(header->rcode())}});
        open_.erase(place);
        return;
    }
}

} // namespace dnsd
