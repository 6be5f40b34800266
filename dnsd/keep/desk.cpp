#include "dnsd/keep/desk.h"

#include "appliance/base/log.h"
#include "appliance/db/database.h"
#include "dnsd/keep/dns_client.h"
#include "dnsd/keep/partners.h"
#include "dnsd/keep/refusal_log.h"
#include "dnsd/keep/transfer_out.h"
#include "dnsd/keep/update.h"
#include "dnsd/zone/name.h"
#include "dnsd/zone/wire_record.h"
#include "dnsd/zone/zone_reader.h"

namespace dnsd
{

namespace
{
constexpr std::chrono::seconds own_limit{3};

void log_bad_signature(Request const& request, TsigRecord const& record, char const* why)
{
    log_refusal(base::Level::warning, "tsig-refused",
                {{"from", request.client.address.show()}, {"key", show_key_name(record.key)}, {"why", why}});
}
} // namespace

void Desk::handle(std::string message, Client const& client, Send const& send) const
{
    Request request;
    request.client = client;
    request.message = std::move(message);
    Replies replies(request, send, parts_.clock);
    try {
        MessageReader reader(request.message);
        auto const header = reader.header();
        if (!header || header->is_reply()) return; // RFC 1035: never answer an answer
        if (!check_signature(request, send)) return;
        if (!read_request(request)) return send(empty_reply(request.message, rcode::format_error));
        dispatch(request, replies);
    } catch (base::StoreError const& error) {
        base::log(base::Level::error, "", "request-failed", {{"from", client.address.show()}, {"why", error.what()}});
        replies.refuse(rcode::server_failure);
    }
}

bool Desk::check_signature(Request& request, Send const& send) const
{
    auto const found = find_tsig(request.message);
    auto const refuse = [&](unsigned code) { send(empty_reply(request.message, code)); };
    if (found.malformed) return refuse(rcode::format_error), false;
    if (!found.record) return true;
    auto const& record = *found.record;
    auto const key = parts_.keys.find(record.key);
    TsigContext context(key.value_or(TsigKey{}));
    auto const error = key ? context.verify_request(request.message, record, parts_.clock.now()) : TsigError::bad_key;
    auto reply = empty_reply(without_tsig(request.message, record), rcode::not_authoritative);
    switch (error) {
    case TsigError::none: break;
    case TsigError::malformed: return refuse(rcode::format_error), false;
    case TsigError::bad_time:
    case TsigError::bad_truncation:
        log_bad_signature(request, record, "its time is not ours");
        send(context.sign_error(std::move(reply), error, parts_.clock.now()));
        return false;
    case TsigError::bad_key:
    case TsigError::bad_signature:
        log_bad_signature(request, record, key ? "wrong signature or algorithm" : "unknown key");
        send(append_unsigned_tsig(std::move(reply), record, error));
        return false;
    }
    request.message = without_tsig(request.message, record);
    request.key = show_key_name(record.key);
    request.tsig.emplace(std::move(context));
    return true;
}

void Desk::dispatch(Request& request, Replies& replies) const
{
    auto const code = request.header.opcode();
    if (request.header.questions != 1) return replies.refuse(rcode::format_error);
    if (code == opcode::notify) return take_notify(request, replies);
    if (code == opcode::update) return update_zone({parts_.dns, parts_.zones}, request, replies);
    if (code != opcode::query) return replies.refuse(rcode::not_implemented);
    auto const wanted = request.question->type;
    if (wanted == type::axfr || wanted == type::ixfr) return send_zone(request, replies);
    if (!request.tsig) return replies.refuse(rcode::refused); // not for us
    ask_own(request, replies);
}

/// Secondaries may be slow, and whoever handles one does nothing else meanwhile.
void Desk::send_zone(Request& request, Replies& replies) const
{
    struct Place {
        std::atomic<unsigned>& taken;
        unsigned const before = taken.fetch_add(1);
        ~Place() { taken.fetch_sub(1); }
    };
    Place const place{transfers_};
    if (place.before >= parts_.most_transfers) return replies.refuse(rcode::server_failure);
    transfer_out(parts_.dns, request, replies);
}

void Desk::take_notify(Request& request, Replies& replies) const
{
    auto const& question = *request.question;
    if (question.type != type::soa || question.klass != klass::in) return replies.refuse(rcode::not_implemented);
    auto const name = show_name(question.name);
    auto const primary = parts_.dns.read([&](db::Reader& reader) -> std::optional<PrimaryServer> {
        auto const zone = read_zone(reader, name);
        return zone ? primary_of(reader, zone->id) : std::nullopt;
    });
    if (!primary) return replies.refuse(rcode::not_authoritative);
    // RFC 1996 3.10: from anybody else it is ignored; saying so helps to find a mistake.
    bool const known = primary->key.empty()
                           ? primary->address.address == request.client.address
                           : primary->key == request.key || primary->address.address == request.client.address;
    if (!known) {
        log_refusal(
            base::Level::warning, "notify-refused",
            {{"zone", name}, {"from", request.client.address.show()}, {"why", "it is not the zone's primary"}});
        return replies.refuse(rcode::refused);
    }
    parts_.notified.zone_may_have_changed(name);
    replies.refuse(rcode::no_error, MessageHeader::authoritative);
}

void Desk::ask_own(Request const& request, Replies& replies) const
{
    // We are trusted there, our client is perhaps not: no recursion.
    auto message = request.message;
    message[2] = static_cast<char>(message[2] & ~1);
    for (auto const& own : parts_.own) {
        auto reply = ask_tcp(reachable(own), message, own_limit);
        if (!reply) continue;
        (*reply)[2] = static_cast<char>((*reply)[2] | (request.message[2] & 1));
        (*reply)[3] = static_cast<char>((*reply)[3] & 0x7F); // RA
        return replies.sign_and_send(std::move(*reply));
    }
    replies.refuse(rcode::server_failure);
}

} // namespace dnsd
