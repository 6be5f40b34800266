#include "dnsd/keep/update.h"

#include "appliance/base/log.h"
#include "appliance/db/database.h"
#include "dnsd/keep/partners.h"
#include "dnsd/keep/refusal_log.h"
#include "dnsd/zone/name.h"
#include "dnsd/zone/wire_record.h"
#include "dnsd/zone/zone_reader.h"
#include "dnsd/zone/zone_store.h"

#include <stdexcept>

namespace dnsd
{

namespace
{
constexpr std::size_t most_records = 2000;

/// Ends the transaction without keeping anything of it.
struct Stopped : std::runtime_error {
    explicit Stopped(unsigned reason) : std::runtime_error("update refused"), code(reason) {}
    unsigned code;
};

/// Question types, and those that belong to a message and not to a zone.
bool is_meta(std::uint16_t wanted) { return wanted == type::opt || (wanted >= 128 && wanted <= 255); }

/// RFC 2136 3.2: the form of a prerequisite.
bool is_prerequisite(MessageRecord const& record)
{
    if (record.ttl != 0) return false;
    if (record.klass == klass::any || record.klass == klass::none)
        return record.rdata.empty() && (record.type == type::any || !is_meta(record.type));
    return record.klass == klass::in && !is_meta(record.type) && is_well_formed(record.type, record.rdata);
}

/// RFC 2136 3.4.1: the form of a change.
bool is_change(MessageRecord const& record)
{
    if (record.klass == klass::in) return !is_meta(record.type) && is_well_formed(record.type, record.rdata);
    if (record.ttl != 0) return false;
    if (record.klass == klass::any)
        return record.rdata.empty() && (record.type == type::any || !is_meta(record.type));
    return record.klass == klass::none && !is_meta(record.type) && is_well_formed(record.type, record.rdata);
}

unsigned read_section(MessageReader& reader, unsigned count, std::string const& zone,
                      bool (*is_good)(MessageRecord const&), std::vector<MessageRecord>& to)
{
    for (unsigned i = 0; i < count; ++i) {
        auto record = reader.record();
        if (!record) return rcode::format_error;
        if (!is_below_or_same(record->owner, zone)) return rcode::not_in_zone;
        if (!is_good(*record)) return rcode::format_error;
        to.push_back(std::move(*record));
    }
    return rcode::no_error;
}

void log_update(Request const& request, std::string const& zone, unsigned code, std::size_t changes)
{
    std::initializer_list<base::LogField> const fields = {{"zone", zone},
                                                          {"from", request.client.address.show()},
                                                          {"key", request.key},
                                                          {"changes", std::to_string(changes)},
                                                          {"rcode", std::to_string(code)}};
    if (code == rcode::no_error)
        base::log(base::Level::info, "", "update", fields);
    else
        log_refusal(base::Level::warning, "update", fields);
}

/// Runs the change; gives the reply's code.
unsigned run(UpdateParts const& parts, Request const& request, ZoneHead const& zone, UpdateMessage const& update,
             UpdateKey const& key)
{
    try {
        auto const done = parts.zones.edit(zone.name, [&](ZoneEdit& edit) {
            if (auto const code = check_prerequisites(edit, update.prerequisites)) throw Stopped(code);
            if (auto const code = apply_changes(edit, update.changes, key)) throw Stopped(code);
        });
        if (done) return rcode::no_error;
        base::log(base::Level::warning, "", "update-refused",
                  {{"zone", zone.name}, {"key", request.key}, {"why", done.error().line()}});
        return done.error().refused ? rcode::refused : rcode::server_failure;
    } catch (Stopped const& stopped) { // the reason is the reply
        return stopped.code;
    }
}
} // namespace

unsigned read_update(std::string_view message, UpdateMessage& update)
{
    MessageReader reader(message);
    auto const header = reader.header();
    if (!header || header->questions != 1 || std::size_t{header->answers} + header->authorities > most_records)
        return rcode::format_error;
    auto const zone = reader.question();
    if (!zone || zone->type != type::soa) return rcode::format_error;
    if (auto const code = read_section(reader, header->answers, zone->name, is_prerequisite, update.prerequisites))
        return code;
    return read_section(reader, header->authorities, zone->name, is_change, update.changes);
}

void update_zone(UpdateParts const& parts, Request& request, Replies& replies)
{
    UpdateMessage update;
    auto const form = read_update(request.message, update);
    auto const name = show_name(request.question->name);
    auto const found = parts.dns.read([&](db::Reader& reader) {
        auto zone = read_zone(reader, name);
        auto key = zone && !request.key.empty() ? update_key_of(reader, zone->id, request.key) : std::nullopt;
        return std::make_pair(std::move(zone), std::move(key));
    });
    auto const& [zone, key] = found;
    unsigned code = rcode::no_error;
    if (form == rcode::format_error)
        code = form;
    else if (!zone || zone->kind != ZoneKind::primary || request.question->klass != klass::in)
        code = rcode::not_authoritative;
    else if (!key)
        code = rcode::refused;
    else
        code = form != rcode::no_error ? form : run(parts, request, *zone, update, *key);
    log_update(request, name, code, update.changes.size());
    replies.refuse(code);
}

} // namespace dnsd
