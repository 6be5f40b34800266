#include "appliance/base/clock.h"
#include "appliance/base/secret.h"
#include "appliance/base/text.h"
#include "appliance/db/database.h"
#include "dnsd/reverse.h"
#include "dnsd/soa.h"
#include "dnsd/wire_record.h"
#include "dnsd/zone_checks.h"
#include "dnsd/zone_store.h"

#include <algorithm>
#include <tuple>

namespace dnsd
{

namespace
{
using base::Failure;
using base::Result;

struct ZoneRow {
    std::int64_t id = 0;
    std::string name;
    std::int64_t revision = 0;
};

// --- reading
// ---------------------------------------------------------------------------------------------------------

Record record_of(db::Row const& row)
{
    return {row.text(0), row.text(1), static_cast<std::uint32_t>(row.integer(2)), row.text(3), false};
}

std::vector<Record> all_of(db::Rows rows)
{
    std::vector<Record> records;
    while (auto const row = rows.next()) records.push_back(record_of(*row));
    return records;
}

std::vector<Record> zone_records(db::Reader& reader, std::int64_t zone)
{
    return all_of(reader.query("SELECT owner, type, ttl, rdata FROM zone_records WHERE zone_id = ?", zone));
}

std::vector<Record> records_at(db::Reader& reader, std::int64_t zone, std::string const& owner)
{
    return all_of(reader.query("SELECT owner, type, ttl, rdata FROM zone_records WHERE zone_id = ? AND owner = ?",
                               zone, owner));
}

std::vector<ZoneRow> all_zones(db::Reader& reader)
{
    std::vector<ZoneRow> zones;
    auto rows = reader.query("SELECT id, name, revision FROM zones ORDER BY name");
    while (auto const row = rows.next()) zones.push_back({row->integer(0), row->text(1), row->integer(2)});
    return zones;
}

/// "sch.id", "sch.id." and "192.168.10.0/24" as the zone's stored name.
Result<std::string> zone_name(std::string_view text)
{
    if (text.find('/') != std::string_view::npos) {
        auto const network = net::Network::parse(text);
        auto const reverse = network ? reverse_zone(*network) : std::nullopt;
        if (reverse) return *reverse;
        return base::refused(std::string(text), "this is not a network", "write for example 192.168.20.0/24");
    }
    return absolute_name(text, "");
}

std::optional<ZoneRow> find_zone(db::Reader& reader, std::string const& name)
{
    auto rows = reader.query("SELECT id, name, revision FROM zones WHERE name = ?", name);
    auto const row = rows.next();
    if (!row) return std::nullopt;
    return ZoneRow{row->integer(0), row->text(1), row->integer(2)};
}

ZoneRow must_find_zone(db::Reader& reader, std::string_view name)
{
    auto const absolute = zone_name(name).value();
    auto const zone = find_zone(reader, absolute);
    if (!zone) throw Failure(base::refused(absolute, "there is no such zone", "'kotakpos dns zones' lists them"));
    return *zone;
}

std::optional<std::string> first_forward_zone(db::Reader& reader)
{
    auto rows = reader.query("SELECT name FROM zones ORDER BY created, name");
    while (auto const row = rows.next())
        if (auto name = row->text(0); !is_reverse_name(name)) return name;
    return std::nullopt;
}

/// What is needed to know which PTRs follow: address records of all zones, and who is a server.
PointerSource pointer_source(db::Reader& reader)
{
    PointerSource source;
    for (auto const& zone : all_zones(reader)) {
        if (is_reverse_name(zone.name)) continue;
        source.add_zone(zone.name, all_of(reader.query("SELECT owner, type, ttl, rdata FROM zone_records "
                                                       "WHERE zone_id = ? AND type IN ('A', 'AAAA', 'MX', 'NS')",
                                                       zone.id)));
    }
    return source;
}

/// Apex first and there SOA and NS first; the rest by name (reverse names by number), type and data.
void sort_for_people(std::vector<Record>& records, std::string const& zone)
{
    auto const key = [&](Record const& record) {
        int const type_rank = record.type == "SOA" ? 0 : record.type == "NS" ? 1 : 2;
        std::size_t const length = is_reverse_name(zone) ? record.owner.size() : 0;
        return std::make_tuple(record.owner != zone, length, std::string_view(record.owner), type_rank,
                               std::string_view(record.type), std::string_view(record.rdata));
    };
    std::sort(records.begin(), records.end(), [&](Record const& a, Record const& b) { return key(a) < key(b); });
}

std::vector<Record> with_pointers(db::Reader& reader, ZoneRow const& zone)
{
    auto records = zone_records(reader, zone.id);
    if (!is_reverse_name(zone.name)) return records;
    auto derived = pointer_source(reader).pointers(zone.name, records);
    records.insert(records.end(), derived.begin(), derived.end());
    return records;
}

// --- changing: inside a transaction, refusing by Failure so that nothing of the unit stays
// ------------------------------

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

std::optional<Record> soa_of(db::Reader& reader, ZoneRow const& zone)
{
    for (auto& record : records_at(reader, zone.id, zone.name))
        if (record.type == "SOA") return std::move(record);
    return std::nullopt;
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
                        all_of(transaction.query("SELECT owner, type, ttl, rdata FROM zone_records "
                                                 "WHERE zone_id = ? AND type IN ('NS', 'MX')",
                                                 zone.id))};
    check_names(view, touched).value();
}

/// Records of one name and type share their time to live (RFC 2181 5.2): the new one's counts.
void settle_ttl(db::Transaction& transaction, ZoneRow const& zone, Record& record)
{
    if (record.ttl == no_ttl) {
        auto const other =
            transaction.number("SELECT MIN(ttl) FROM zone_records WHERE zone_id = ? AND owner = ? AND type = ?",
                               zone.id, record.owner, record.type);
        record.ttl = other ? static_cast<std::uint32_t>(*other) : default_ttl;
        return;
    }
    transaction.exec("UPDATE zone_records SET ttl = ? WHERE zone_id = ? AND owner = ? AND type = ?", record.ttl,
                     zone.id, record.owner, record.type);
}

bool exists(db::Reader& reader, ZoneRow const& zone, Record const& record)
{
    return reader
        .number("SELECT 1 FROM zone_records WHERE zone_id = ? AND owner = ? AND type = ? AND rdata = ?", zone.id,
                record.owner, record.type, record.rdata)
        .has_value();
}

enum class Duplicate { refuse, leave };

/// Adds and checks; gives what was new.
std::vector<Record> add_all(db::Transaction& transaction, ZoneRow const& zone, std::vector<Record> records,
                            Duplicate duplicate)
{
    std::vector<Record> added;
    std::set<std::string> touched;
    std::uint32_t at_least = 0;
    for (auto& record : records) {
        settle_ttl(transaction, zone, record);
        check_record(record, zone.name).value();
        if (exists(transaction, zone, record)) {
            if (duplicate == Duplicate::leave) continue;
            throw Failure(base::refused(record.line(), "this record is there already"));
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

[[noreturn]] void refuse_nothing_found(db::Reader& reader, ZoneRow const& zone, RecordFilter const& filter)
{
    auto const what = base::join(base::split_list(filter.owner + "," + filter.type + "," + filter.rdata), " ");
    for (auto const& record : with_pointers(reader, zone))
        if (record.derived && record.owner == filter.owner)
            throw Failure(base::refused(what + " PTR " + record.rdata,
                                        "this PTR record follows from an address record",
                                        "delete or change the A or AAAA record of that name"));
    throw Failure(base::refused(what, "there is no such record", "'kotakpos dns list' shows all records"));
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

struct Replaced {
    bool created = false;
    std::size_t removed = 0;
};

/// The zone's whole content, new or in place of the old one.
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

/// Splits "pc1 A 192.168.10.20" into a filter; the data is brought into the stored spelling.
Result<RecordFilter> filter_of(std::string_view line, std::string const& zone)
{
    std::vector<std::string> words;
    for (auto const& word : base::split(line, ' '))
        if (!word.empty()) words.emplace_back(word);
    if (words.empty()) return base::refused("DNS", "a name is missing", "write for example pc1");
    auto const owner = absolute_name(words[0], zone);
    if (!owner) return owner.error();
    if (words.size() == 1) return RecordFilter{*owner, {}, {}};
    if (words.size() == 2) return RecordFilter{*owner, base::upper(words[1]), {}};
    auto const parsed = parse_zone_text(line, zone);
    if (!parsed.refused.empty()) return parsed.refused.front().error;
    if (parsed.records.size() != 1) return base::refused(std::string(line), "one record is expected");
    auto const& record = parsed.records.front().record;
    return RecordFilter{record.owner, record.type, record.rdata};
}

// --- the store
// -------------------------------------------------------------------------------------------------------

class SqlZoneStore final : public ZoneStore
{
public:
    explicit SqlZoneStore(db::Database& school) : school_(school) {}

    std::vector<ZoneInfo> zones() override
    {
        return school_.read([](db::Reader& reader) {
            std::vector<ZoneInfo> zones;
            for (auto const& zone : all_zones(reader)) {
                auto const soa = soa_of(reader, zone);
                auto const count =
                    reader.number("SELECT COUNT(*) FROM zone_records WHERE zone_id = ?", zone.id).value_or(0);
                zones.push_back({zone.name, soa ? serial_of(*soa).value_or(0) : 0, static_cast<std::size_t>(count),
                                 is_reverse_name(zone.name), zone.revision});
            }
            std::stable_sort(zones.begin(), zones.end(),
                             [](auto const& a, auto const& b) { return a.reverse < b.reverse; });
            return zones;
        });
    }

    std::optional<std::string> default_zone() override
    {
        return school_.read([](db::Reader& reader) { return first_forward_zone(reader); });
    }

    Result<void> add_zone(std::string_view name, std::string_view name_server, std::string_view address) override
    {
        return change([&](db::Transaction& transaction) {
            auto const zone = zone_name(name).value();
            if (find_zone(transaction, zone)) throw Failure(base::refused(zone, "this zone is there already"));
            auto const server = choose_name_server(transaction, zone, name_server);
            std::vector<Record> records = {
                first_soa(zone, server, "hostmaster." + (is_reverse_name(zone) ? server : zone)),
                {zone, "NS", default_ttl, server, false}};
            if (!address.empty() && is_in_zone(server, zone))
                records.push_back({server, address.find(':') == std::string_view::npos ? "A" : "AAAA", default_ttl,
                                   std::string(address), false});
            for (auto const& record : records) check_record(record, zone).value();
            replace_all(transaction, zone, std::move(records));
        });
    }

    Result<void> put_zone(ZoneDraft const& draft) override
    {
        return change([&](db::Transaction& transaction) {
            auto const zone = zone_name(draft.name).value();
            for (auto const& record : draft.records) check_record(record, zone).value();
            replace_all(transaction, zone, draft.records);
        });
    }

    Result<void> delete_zone(std::string_view name) override
    {
        return change([&](db::Transaction& transaction) {
            auto const zone = must_find_zone(transaction, name);
            transaction.exec("DELETE FROM zone_records WHERE zone_id = ?", zone.id);
            transaction.exec("DELETE FROM zones WHERE id = ?", zone.id);
        });
    }

    Result<std::vector<Record>> records(std::string_view name) override
    {
        return refusing<std::vector<Record>>([&] {
            return school_.read([&](db::Reader& reader) {
                auto const zone = must_find_zone(reader, name);
                auto records = with_pointers(reader, zone);
                sort_for_people(records, zone.name);
                return records;
            });
        });
    }

    Result<std::vector<Record>> add(std::string_view zone, std::string_view lines) override
    {
        return change([&](db::Transaction& transaction) {
            auto const row = must_find_zone(transaction, zone);
            auto const parsed = parse_zone_text(lines, row.name);
            if (!parsed.refused.empty()) throw Failure(parsed.refused.front().error);
            if (parsed.records.empty())
                throw Failure(base::refused("DNS", "a record is missing", "write for example: pc1 A 192.168.10.20"));
            std::vector<Record> records;
            for (auto const& line : parsed.records) records.push_back(line.record);
            return add_all(transaction, row, std::move(records), Duplicate::refuse);
        });
    }

    Result<void> add_records(std::string_view zone, std::vector<Record> records) override
    {
        return change([&](db::Transaction& transaction) {
            add_all(transaction, must_find_zone(transaction, zone), records, Duplicate::refuse);
        });
    }

    Result<std::vector<Record>> remove(std::string_view zone, std::string_view line) override
    {
        return change([&](db::Transaction& transaction) {
            auto const row = must_find_zone(transaction, zone);
            return remove_all(transaction, row, filter_of(line, row.name).value());
        });
    }

    Result<std::vector<Record>> remove_records(std::string_view zone, RecordFilter const& filter) override
    {
        return change([&](db::Transaction& transaction) {
            return remove_all(transaction, must_find_zone(transaction, zone), filter);
        });
    }

    Result<ImportReport> import_zone(std::string_view name, std::string_view text) override;
    Result<std::string> export_zone(std::string_view name) override;
    ZoneChanges changes(std::map<std::string, std::int64_t> const& known) override;

private:
    /// The one place where a refusal on its way up becomes a value again: the transaction has been undone by then.
    template <class Value, class Work>
    static Result<Value> refusing(Work&& work)
    {
        try {
            if constexpr (std::is_void_v<Value>) {
                work();
                return {};
            } else {
                return work();
            }
        } catch (Failure const& failure) {
            return failure.error();
        }
    }
    template <class Work>
    auto change(Work&& work) -> Result<std::invoke_result_t<Work, db::Transaction&>>
    {
        return refusing<std::invoke_result_t<Work, db::Transaction&>>([&] { return school_.run(work); });
    }

    static std::string choose_name_server(db::Reader& reader, std::string const& zone, std::string_view wanted)
    {
        if (!wanted.empty()) return absolute_name(wanted, zone).value();
        if (auto const first = first_forward_zone(reader))
            for (auto const& record : records_at(reader, must_find_zone(reader, *first).id, *first))
                if (record.type == "NS") return record.rdata;
        throw Failure(base::refused(zone, "a zone needs a name server", "say its name and address"));
    }

    db::Database& school_;
};

Result<ImportReport> SqlZoneStore::import_zone(std::string_view name, std::string_view text)
{
    std::string zone;
    if (!name.empty()) {
        auto const given = zone_name(name);
        if (!given) return given.error();
        zone = *given;
    }
    auto parsed = parse_zone_text(text, zone);
    ImportReport report;
    for (auto& bad : parsed.refused) report.refused.push_back({bad.line, bad.text, bad.error});
    auto const soa = std::find_if(parsed.records.begin(), parsed.records.end(),
                                  [](auto const& line) { return line.record.type == "SOA"; });
    report.replaced = soa != parsed.records.end();
    if (zone.empty() && report.replaced) zone = soa->record.owner;
    if (zone.empty())
        return base::refused("zone file", "it does not say which zone it belongs to",
                             "name the zone with --zone, or add its SOA record");
    report.zone = zone;
    std::vector<Record> records;
    for (auto& line : parsed.records) {
        Record checked = line.record;
        if (checked.ttl == no_ttl) checked.ttl = default_ttl;
        if (auto const good = check_record(checked, zone); !good)
            report.refused.push_back({line.line, checked.line(), good.error()});
        records.push_back(std::move(line.record));
    }
    std::sort(report.refused.begin(), report.refused.end(),
              [](auto const& a, auto const& b) { return a.line < b.line; });
    if (!report.refused.empty()) return report;
    if (records.empty()) return base::refused("zone file", "there is no record in it");
    return change([&](db::Transaction& transaction) {
        ImportReport done = report;
        if (done.replaced) {
            auto const replaced = replace_all(transaction, zone, records);
            done.created = replaced.created;
            done.removed = replaced.removed;
            done.added = records.size();
        } else {
            done.added = add_all(transaction, must_find_zone(transaction, zone), records, Duplicate::leave).size();
        }
        return done;
    });
}

Result<std::string> SqlZoneStore::export_zone(std::string_view name)
{
    auto const list = records(name);
    if (!list) return list.error();
    auto const zone = zone_name(name).value();
    std::string text = "$ORIGIN " + zone + "\n$TTL " + std::to_string(default_ttl) + "\n";
    for (auto const& record : *list) {
        if (record.derived) continue;
        text += record.line() + "\n";
    }
    bool first = true;
    for (auto const& record : *list) {
        if (!record.derived) continue;
        if (std::exchange(first, false)) text += "; These follow from the address records by themselves:\n";
        text += "; " + record.line() + "\n";
    }
    return text;
}

ZoneChanges SqlZoneStore::changes(std::map<std::string, std::int64_t> const& known)
{
    return school_.read([&](db::Reader& reader) {
        ZoneChanges changes;
        auto const zones = all_zones(reader);
        auto const differs = [&](ZoneRow const& zone) {
            auto const found = known.find(zone.name);
            return found == known.end() || found->second != zone.revision;
        };
        bool forward_changed = zones.size() != known.size();
        for (auto const& zone : zones) {
            changes.names.push_back(zone.name);
            forward_changed = forward_changed || (!is_reverse_name(zone.name) && differs(zone));
        }
        std::optional<PointerSource> source;
        for (auto const& zone : zones) {
            bool const reverse = is_reverse_name(zone.name);
            if (!differs(zone) && !(reverse && forward_changed)) continue;
            ZoneContents contents{zone.name, zone.revision, zone_records(reader, zone.id)};
            if (reverse) {
                if (!source) source = pointer_source(reader);
                auto const derived = source->pointers(zone.name, contents.records);
                contents.records.insert(contents.records.end(), derived.begin(), derived.end());
            }
            changes.changed.push_back(std::move(contents));
        }
        return changes;
    });
}
} // namespace

std::unique_ptr<ZoneStore> make_sql_zone_store(db::Database& school)
{
    return std::make_unique<SqlZoneStore>(school);
}

} // namespace dnsd
