#include "dnsd/keep/transfer_out.h"

#include "appliance/base/log.h"
#include "appliance/db/database.h"
#include "dnsd/keep/journal.h"
#include "dnsd/keep/partners.h"
#include "dnsd/keep/refusal_log.h"
#include "dnsd/zone/name.h"
#include "dnsd/zone/soa.h"
#include "dnsd/zone/wire_record.h"
#include "dnsd/zone/zone_key.h"
#include "dnsd/zone/zone_reader.h"

#include <algorithm>

namespace dnsd
{

namespace
{
/// Within it every name can be pointed to (RFC 5936 section 3.4 asks for several records a message).
constexpr std::size_t message_limit = 16384;
constexpr std::size_t largest = 65535;

/// Puts records into as few messages as they need.
class Packer
{
public:
    Packer(Replies& replies, std::string_view zone)
        : replies_(replies), zone_(zone), writer_(replies.begin(0, MessageHeader::authoritative, message_limit))
    {
    }

    void add(RowView const& row)
    {
        auto const owner = key_name(row.owner, zone_);
        ++records_;
        if (put(owner, row)) return;
        if (!writer_.is_empty()) send();
        if (put(owner, row)) return;
        writer_ = replies_.begin(0, MessageHeader::authoritative, largest); // one record larger than our messages
        put(owner, row);
    }
    void add(Row const& row) { add(RowView{row.owner, row.type, row.rdata, row.ttl, row.origin}); }
    void finish()
    {
        if (!writer_.is_empty()) replies_.send(std::move(writer_));
        ++messages_;
    }
    std::string messages() const { return std::to_string(messages_); }
    std::string records() const { return std::to_string(records_); }

private:
    bool put(std::string const& owner, RowView const& row)
    {
        return writer_.add(MessageWriter::Section::answer, owner, row.type, klass::in, row.ttl, row.rdata);
    }
    void send()
    {
        replies_.send(std::move(writer_));
        writer_ = replies_.begin(0, MessageHeader::authoritative, message_limit);
        ++messages_;
    }

    Replies& replies_;
    std::string_view zone_;
    MessageWriter writer_;
    std::size_t records_ = 0;
    std::size_t messages_ = 0;
};

bool is_allowed(db::Reader& reader, ZoneHead const& zone, Request const& request)
{
    auto const all = secondaries_of(reader, zone);
    return std::any_of(all.begin(), all.end(), [&](Secondary const& secondary) {
        return secondary.address.address == request.client.address &&
               (secondary.key.empty() || secondary.key == request.key);
    });
}

std::optional<Row> soa_of(db::Reader& reader, ZoneHead const& zone)
{
    std::optional<Row> soa;
    read_rows_at(reader, zone.id, "", type::soa, [&](RowView const& row) {
        soa = Row{"", row.type, std::string(row.rdata), row.ttl, row.origin};
    });
    return soa;
}

void log_transfer(char const* event, Request const& request, ZoneHead const& zone, std::string const& what)
{
    base::log(base::Level::info, "", event,
              {{"zone", zone.name}, {"to", request.client.address.show()}, {"key", request.key}, {"what", what}});
}

void send_whole(db::Reader& reader, ZoneHead const& zone, Row const& soa, Replies& replies, Request const& request)
{
    Packer packer(replies, zone.wire_name);
    packer.add(soa);
    read_rows(reader, zone.id, [&](RowView const& row) {
        if (row.type != type::soa) packer.add(row);
    });
    packer.add(soa);
    packer.finish();
    log_transfer("transfer-out", request, zone,
                 "whole, " + packer.records() + " records in " + packer.messages() + " messages");
}

void send_soa(ZoneHead const& zone, Row const& soa, Replies& replies)
{
    Packer packer(replies, zone.wire_name);
    packer.add(soa);
    packer.finish();
}

void send_difference(ZoneHead const& zone, Difference const& difference, Row const& soa, Replies& replies,
                     Request const& request)
{
    Packer packer(replies, zone.wire_name);
    packer.add(soa);
    packer.add(difference.old_soa);
    for (auto const& row : difference.removed) packer.add(row);
    packer.add(soa);
    for (auto const& row : difference.added) packer.add(row);
    packer.add(soa);
    packer.finish();
    log_transfer("transfer-out", request, zone,
                 "difference, " + packer.records() + " records in " + packer.messages() + " messages");
}

/// One message or nothing (RFC 1995 section 2: over UDP what does not fit is the SOA alone).
bool fits_udp(ZoneHead const& zone, Difference const& difference, Row const& soa, Replies& replies)
{
    auto trial = replies.begin(0, MessageHeader::authoritative);
    auto const add = [&](Row const& row) {
        return trial.add(MessageWriter::Section::answer, key_name(row.owner, zone.wire_name), row.type, klass::in,
                         row.ttl, row.rdata);
    };
    bool good = add(soa) && add(difference.old_soa);
    for (auto const& row : difference.removed) good = good && add(row);
    good = good && add(soa);
    for (auto const& row : difference.added) good = good && add(row);
    return good && add(soa);
}

/// The serial that an IXFR client has: the SOA in its authority section.
std::optional<std::uint32_t> serial_of_client(Request const& request)
{
    MessageReader reader(request.message);
    auto const header = reader.header();
    if (!header || !reader.question() || header->answers != 0 || header->authorities != 1) return std::nullopt;
    auto const soa = reader.record();
    if (!soa || soa->type != type::soa || soa->rdata.empty()) return std::nullopt;
    return soa_serial(soa->rdata);
}

void send_increment(db::Reader& reader, ZoneHead const& zone, Row const& soa, Replies& replies,
                    Request const& request)
{
    auto const serial = serial_of_client(request);
    if (!serial) return replies.refuse(rcode::format_error);
    if (!is_newer_serial(soa_serial(soa.rdata), *serial)) return send_soa(zone, soa, replies);
    auto const difference = difference_since(reader, zone.id, *serial);
    if (replies.is_udp() && (!difference || !fits_udp(zone, *difference, soa, replies)))
        return send_soa(zone, soa, replies);
    if (difference) return send_difference(zone, *difference, soa, replies, request);
    send_whole(reader, zone, soa, replies, request);
}
} // namespace

void transfer_out(db::Database& dns, Request& request, Replies& replies)
{
    auto const& question = *request.question;
    if (question.klass != klass::in) return replies.refuse(rcode::not_authoritative);
    if (question.type == type::axfr && replies.is_udp()) return replies.refuse(rcode::format_error);
    dns.read([&](db::Reader& reader) {
        auto const zone = read_zone(reader, show_name(question.name));
        if (!zone) return replies.refuse(rcode::not_authoritative);
        if (!is_allowed(reader, *zone, request)) {
            log_refusal(base::Level::info, "transfer-refused",
                        {{"zone", zone->name},
                         {"to", request.client.address.show()},
                         {"key", request.key},
                         {"what", "not among the zone's secondaries"}});
            return replies.refuse(rcode::refused);
        }
        auto const soa = soa_of(reader, *zone);
        if (!soa || state_of(reader, zone->id) != ZoneState::good) return replies.refuse(rcode::server_failure);
        if (question.type == type::ixfr) return send_increment(reader, *zone, *soa, replies, request);
        send_whole(reader, *zone, *soa, replies, request);
    });
}

} // namespace dnsd
