#include "dnsd/keep/refresher.h"

#include "appliance/base/log.h"
#include "appliance/db/database.h"
#include "dnsd/keep/dns_client.h"
#include "dnsd/keep/journal.h"
#include "dnsd/keep/transfer_in.h"
#include "dnsd/zone/name.h"
#include "dnsd/zone/soa.h"
#include "dnsd/zone/wire_record.h"
#include "dnsd/zone/zone_reader.h"
#include "dnsd/zone/zone_store.h"

#include <algorithm>
#include <malloc.h>

namespace dnsd
{

namespace
{
using std::chrono::milliseconds;
using std::chrono::seconds;
constexpr milliseconds ask_limit{1500};
constexpr unsigned ask_times = 3;
constexpr seconds connect_limit{5};
constexpr seconds message_limit{15};
constexpr seconds transfer_limit{600};
/// A zone that has never come has no timers of its own.
constexpr seconds first_retry{2}, longest_first_retry{300};
constexpr seconds longest_refresh{86400};

seconds timer(std::string_view rdata, std::size_t from_end)
{
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < 4; ++i)
        value = value << 8U | static_cast<std::uint32_t>(byte_at(rdata, rdata.size() - from_end + i));
    return std::clamp(seconds(value), seconds(1), seconds(0x7FFFFFFF));
}

/// The change does not fit the zone as it is: nothing of it stays.
struct DoesNotFit : std::runtime_error {
    DoesNotFit() : std::runtime_error("the steps do not fit our copy") {}
};
} // namespace

std::optional<Refresher::State> Refresher::state(std::string const& name) const
{
    return dns_.read([&](db::Reader& reader) -> std::optional<State> {
        auto zone = read_zone(reader, name);
        auto primary = zone ? primary_of(reader, zone->id) : std::nullopt;
        if (!primary) return std::nullopt;
        State state{std::move(*zone), std::move(*primary), {}};
        read_rows_at(reader, state.zone.id, "", type::soa, [&](RowView const& row) {
            if (row.rdata.size() > 20) state.soa = Row{"", row.type, std::string(row.rdata), row.ttl, row.origin};
        });
        return state;
    });
}

void Refresher::look()
{
    Copies copies;
    for (auto const& primary : Partners(dns_).primaries()) {
        auto const known = copies_.find(primary.zone);
        copies[primary.zone] = known == copies_.end() ? Copy{} : known->second;
    }
    copies_ = std::move(copies);
}

void Refresher::hurry(std::string const& zone)
{
    std::lock_guard const lock(mutex_);
    hurried_.insert(zone);
}

/// One zone at a time, and those first whose primary has something new: a silent primary costs seconds.
void Refresher::work()
{
    if (auto const zone = next_zone()) refresh(zone->first, zone->second);
}

Refresher::Copies::value_type* Refresher::next_zone()
{
    std::lock_guard const lock(mutex_);
    while (!hurried_.empty()) {
        auto const zone = copies_.find(hurried_.extract(hurried_.begin()).value());
        if (zone != copies_.end()) return &*zone;
    }
    auto const first = std::min_element(copies_.begin(), copies_.end(),
                                        [](auto const& a, auto const& b) { return a.second.next < b.second.next; });
    bool const is_due = first != copies_.end() && first->second.next <= std::chrono::steady_clock::now();
    return is_due ? &*first : nullptr;
}

milliseconds Refresher::pause()
{
    milliseconds shortest = longest_refresh;
    auto const now = std::chrono::steady_clock::now();
    for (auto const& [name, copy] : copies_)
        shortest = std::min(shortest, std::max(milliseconds{0}, std::chrono::ceil<milliseconds>(copy.next - now)));
    std::lock_guard const lock(mutex_);
    return hurried_.empty() ? shortest : milliseconds{0};
}

void Refresher::refresh(std::string const& name, Copy& copy)
{
    // First, because what follows may throw (a full disk): then the other zones come before this one again.
    copy.next = std::chrono::steady_clock::now() + first_retry;
    auto before = state(name);
    if (!before) return;
    auto const trouble = update(*before);
    if (trouble.empty())
        note_good(*before);
    else
        note_trouble(*before, trouble);
    auto const after = state(name);
    auto const now = std::chrono::steady_clock::now();
    if (!after || !after->soa) {
        copy.next = now + std::min(longest_first_retry, first_retry * (1U << std::min(copy.failures++, 8U)));
        return;
    }
    copy.failures = 0;
    auto const& rdata = after->soa->rdata;
    copy.next = now + std::min(longest_refresh, timer(rdata, trouble.empty() ? 16 : 12));
}

void Refresher::note_good(State const& before)
{
    auto const now = clock_.now();
    dns_.run([&](db::Transaction& transaction) {
        note_refresh(transaction, before.zone.id, now, "");
        set_state(transaction, before.zone.id, ZoneState::good);
    });
}

void Refresher::note_trouble(State const& before, std::string const& trouble)
{
    bool const expired = before.soa && before.primary.state == ZoneState::good &&
                         clock_.now() - before.primary.refreshed >
                             std::chrono::duration_cast<base::Microseconds>(timer(before.soa->rdata, 8)).count();
    if (trouble != before.primary.trouble || expired)
        base::log(expired ? base::Level::error : base::Level::warning, "",
                  expired ? "zone-expired" : "refresh-failed",
                  {{"zone", before.zone.name}, {"primary", before.primary.address.show()}, {"why", trouble}});
    dns_.run([&](db::Transaction& transaction) {
        note_refresh(transaction, before.zone.id, 0, trouble);
        if (expired) set_state(transaction, before.zone.id, ZoneState::expired);
    });
}

std::string Refresher::update(State const& before)
{
    std::string trouble;
    auto const theirs = ask_soa(before, trouble);
    if (!theirs) return trouble;
    if (!before.soa) return transfer(before, false);
    auto const serial = soa_serial(*theirs);
    if (!is_newer_serial(serial, soa_serial(before.soa->rdata))) return {};
    auto const why = transfer(before, true);
    if (why.empty()) return {};
    base::log(base::Level::info, "", "no-difference", {{"zone", before.zone.name}, {"why", why}});
    return transfer(before, false);
}

std::string Refresher::question(State const& before, std::uint16_t wanted) const
{
    MessageHeader header;
    header.id = random_id();
    MessageWriter writer(header, Question{before.zone.wire_name, wanted, klass::in}, 65535);
    if (wanted == type::ixfr && before.soa)
        writer.add(MessageWriter::Section::authority, before.zone.wire_name, type::soa, klass::in, before.soa->ttl,
                   before.soa->rdata);
    return writer.take();
}

/// The data of the primary's SOA record.
std::optional<std::string> Refresher::ask_soa(State const& before, std::string& trouble) const
{
    std::optional<TsigContext> tsig;
    auto message = question(before, type::soa);
    if (!before.primary.key.empty()) {
        auto const key = keys_.find(must_wire_name(before.primary.key));
        if (!key) return trouble = "the key " + before.primary.key + " is gone", std::nullopt;
        tsig.emplace(*key);
        message = tsig->sign(std::move(message), clock_.now());
    }
    auto const& server = before.primary.address;
    auto reply = ask_udp(server, message, ask_limit, ask_times);
    if (!reply || (byte_at(*reply, 2) & 2U) != 0) reply = ask_tcp(server, message, connect_limit);
    if (!reply) return trouble = "the primary does not answer", std::nullopt;
    if (tsig && !tsig->verify_reply(*reply, clock_.now()))
        return trouble = "the primary's signature is not good", std::nullopt;
    MessageReader reader(*reply);
    auto const header = reader.header();
    if (!header || header->questions != 1 || !reader.question())
        return trouble = "the reply is not understood", std::nullopt;
    if (header->rcode() != rcode::no_error || (header->flags & MessageHeader::authoritative) == 0)
        return trouble = "the primary does not have the zone", std::nullopt;
    for (unsigned i = 0; i < header->answers; ++i) {
        auto record = reader.record();
        if (!record) break;
        if (record->type == type::soa && record->owner == before.zone.wire_name && !record->rdata.empty())
            return std::move(record->rdata);
    }
    return trouble = "the primary gives no SOA", std::nullopt;
}

std::string Refresher::transfer(State const& before, bool incremental)
{
    std::optional<TsigContext> tsig;
    auto message = question(before, incremental ? type::ixfr : type::axfr);
    if (!before.primary.key.empty()) {
        auto const key = keys_.find(must_wire_name(before.primary.key));
        if (!key) return "the key " + before.primary.key + " is gone";
        tsig.emplace(*key);
        message = tsig->sign(std::move(message), clock_.now());
    }
    TransferReader reader(before.zone.wire_name, incremental);
    try {
        auto const end = net::after(transfer_limit);
        auto stream = net::Stream::connect(before.primary.address, net::after(connect_limit));
        write_message(stream, message);
        auto step = TransferReader::State::more;
        while (step == TransferReader::State::more) {
            stream.flush();
            auto const reply = read_message(stream, std::min(end, net::after(message_limit)));
            if (reply.size() < header_size || reply.substr(0, 2) != message.substr(0, 2))
                return "the reply is not ours";
            if (tsig && !tsig->verify_reply(reply, clock_.now())) return "the primary's signature is not good";
            step = reader.take(reply);
        }
        if (step == TransferReader::State::broken) return reader.trouble();
        if (tsig && !tsig->is_settled()) return "the last message is not signed";
    } catch (net::Disconnected const& error) { // the primary is gone in the middle
        return error.what();
    }
    return store(before, reader);
}

std::string Refresher::store(State const& before, TransferReader& transfer)
{
    if (transfer.kind() == TransferReader::Kind::current) return "the primary gives nothing newer";
    bool const whole = transfer.kind() == TransferReader::Kind::whole;
    try {
        auto const done = zones_.edit(before.zone.name, [&](ZoneEdit& edit) {
            if (!apply_transfer(edit, transfer)) throw DoesNotFit();
        });
        if (!done) return done.error().line();
    } catch (DoesNotFit const& error) { // the caller asks for the whole zone
        return error.what();
    }
    if (whole) ::malloc_trim(0); // a zone came in one piece: what it took goes back
    base::log(base::Level::info, "", "transfer-in",
              {{"zone", before.zone.name},
               {"from", before.primary.address.show()},
               {"what", whole ? "whole" : "difference"},
               {"serial", std::to_string(soa_serial(transfer.soa().rdata))}});
    return {};
}

} // namespace dnsd
