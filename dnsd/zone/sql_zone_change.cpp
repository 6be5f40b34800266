#include "appliance/base/clock.h"
#include "appliance/base/secret.h"
#include "appliance/base/text.h"
#include "dnsd/zone/soa.h"
#include "dnsd/zone/sql_zones.h"
#include "dnsd/zone/wire_record.h"
#include "dnsd/zone/zone_checks.h"

#include <set>

namespace dnsd::sql
{

namespace
{
void insert(db::Transaction& transaction, std::int64_t zone, Record const& record)
{
    transaction.exec("INSERT INTO zone_records (zone_id, owner, type, rdata, ttl) VALUES (?, ?, ?, ?, ?)", zone,
                     record.owner, record.type, record.rdata, record.ttl);
}

void erase(db::Transaction& transaction, std::int64_t zone, Record const& record)
{
    transaction.exec("DELETE FROM zone_records WHERE zone_id = ? AND owner = ? AND type = ? AND rdata = ?", zone,
                     record.owner, record.type, record.rdata);
}

/// A new serial, newer than `at_least` too, and a new revision: dnsd sees the change.
void raise_serial(db::Transaction& transaction, ZoneRow const& zone, std::uint32_t at_least)
{
    transaction.exec("UPDATE zones SET revision = revision + 1 WHERE id = ?", zone.id);
    auto const soa = soa_of(transaction, zone);
    if (!soa) return; // the checks refuse it afterwards
    auto const current = serial_of(*soa).value_or(0);
    auto const newest = is_newer_serial(at_least, current) ? at_least : current;
    erase(transaction, zone.id, *soa);
    insert(transaction, zone.id, with_serial(*soa, next_serial(newest, base::system_clock().now())));
}

void check_touched(db::Transaction& transaction, ZoneRow const& zone, std::set<std::string> const& touched)
{
    ZoneView const view{zone.name, [&](std::string const& owner) { return records_at(transaction, zone.id, owner); },
                        references(transaction, zone.id)};
    check_names(view, touched).value();
}

/// Records of one name and type share their time to live (RFC 2181 5.2): the new one's counts. True: others changed.
bool settle_ttl(db::Transaction& transaction, ZoneRow const& zone, Record& record)
{
    if (record.ttl == no_ttl) {
        auto const other =
            transaction.number("SELECT MIN(ttl) FROM zone_records WHERE zone_id = ? AND owner = ? AND type = ?",
                               zone.id, record.owner, record.type);
        record.ttl = other ? static_cast<std::uint32_t>(*other) : default_ttl;
        return false;
    }
    return transaction.exec(
               "UPDATE zone_records SET ttl = ? WHERE zone_id = ? AND owner = ? AND type = ? AND ttl <> ?",
               record.ttl, zone.id, record.owner, record.type, record.ttl) > 0;
}

[[noreturn]] void refuse_nothing_found(db::Reader& reader, ZoneRow const& zone, RecordFilter const& filter)
{
    auto const what = base::join(base::split_list(filter.owner + "," + filter.type + "," + filter.rdata), " ");
    for (auto const& record : with_pointers(reader, zone))
        if (record.derived && record.owner == filter.owner)
            throw base::Failure(base::refused(what + " PTR " + record.rdata,
                                              "this PTR record follows from an address record",
                                              "delete or change the A or AAAA record of that name"));
    throw base::Failure(base::refused(what, "there is no such record", "'kotakpos dns list' shows all records"));
}
} // namespace

std::vector<Record> add_all(db::Transaction& transaction, ZoneRow const& zone, std::vector<Record> records,
                            Duplicate duplicate)
{
    std::vector<Record> added;
    std::set<std::string> touched;
    std::uint32_t at_least = 0;
    for (auto& record : records) {
        bool const has_new_ttl = settle_ttl(transaction, zone, record);
        check_record(record, zone.name).value();
        if (exists(transaction, zone, record)) {
            if (has_new_ttl) added.push_back(record);
            if (has_new_ttl || duplicate == Duplicate::leave) continue;
            throw base::Failure(base::refused(record.line(), "this record is there already"));
        }
        if (record.type == "SOA") { // a changed SOA takes the place of the old one; its serial goes on
            auto const old = soa_of(transaction, zone);
            at_least = std::max(old ? serial_of(*old).value_or(0) : 0, serial_of(record).value_or(0));
            if (old) erase(transaction, zone.id, *old);
        }
        insert(transaction, zone.id, record);
        touched.insert(record.owner);
        added.push_back(record);
    }
    if (added.empty()) return added;
    raise_serial(transaction, zone, at_least);
    check_touched(transaction, zone, touched);
    return added;
}

std::vector<Record> remove_all(db::Transaction& transaction, ZoneRow const& zone, RecordFilter const& filter)
{
    std::vector<Record> removed;
    for (auto const& record : records_at(transaction, zone.id, filter.owner)) {
        if (!filter.type.empty() && record.type != filter.type) continue;
        if (!filter.rdata.empty() && record.rdata != filter.rdata) continue;
        erase(transaction, zone.id, record);
        removed.push_back(record);
    }
    if (removed.empty()) refuse_nothing_found(transaction, zone, filter);
    raise_serial(transaction, zone, 0);
    check_touched(transaction, zone, {filter.owner});
    return removed;
}

Replaced replace_all(db::Transaction& transaction, std::string const& name, std::vector<Record> records)
{
    Replaced result;
    auto zone = find_zone(transaction, name);
    std::uint32_t at_least = 0;
    if (zone) {
        if (auto const old = soa_of(transaction, *zone)) at_least = serial_of(*old).value_or(0);
        result.removed =
            static_cast<std::size_t>(transaction.exec("DELETE FROM zone_records WHERE zone_id = ?", zone->id));
    } else {
        zone = ZoneRow{base::random_key(), name, 0};
        transaction.exec("INSERT INTO zones (id, name, revision, created) VALUES (?, ?, 0, ?)", zone->id, name,
                         base::system_clock().now());
        result.created = true;
    }
    std::set<std::string> touched;
    for (auto& record : records) {
        settle_ttl(transaction, *zone, record);
        if (exists(transaction, *zone, record)) continue;
        insert(transaction, zone->id, record);
        touched.insert(record.owner);
    }
    raise_serial(transaction, *zone, at_least);
    check_touched(transaction, *zone, touched);
    return result;
}

} // namespace dnsd::sql
