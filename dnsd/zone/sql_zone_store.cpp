#include "appliance/base/text.h"
#include "appliance/db/database.h"
#include "dnsd/zone/soa.h"
#include "dnsd/zone/sql_zones.h"
#include "dnsd/zone/wire_record.h"
#include "dnsd/zone/zone_checks.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace dnsd
{

namespace
{
using base::Failure;
using base::Result;
using sql::Duplicate;
using sql::ZoneRow;

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

class SqlZoneStore final : public ZoneStore
{
public:
    explicit SqlZoneStore(db::Database& school) : school_(school) {}

    std::vector<ZoneInfo> zones() override
    {
        return school_.read([](db::Reader& reader) {
            std::vector<ZoneInfo> zones;
            for (auto const& zone : sql::all_zones(reader)) {
                auto const soa = sql::soa_of(reader, zone);
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
        return school_.read([](db::Reader& reader) { return sql::first_forward_zone(reader); });
    }

    Result<void> add_zone(std::string_view name, std::string_view name_server, std::string_view address) override
    {
        return change([&](db::Transaction& transaction) {
            auto const zone = sql::zone_name(name).value();
            if (sql::find_zone(transaction, zone)) throw Failure(base::refused(zone, "this zone is there already"));
            auto const server = choose_name_server(transaction, zone, name_server);
            std::vector<Record> records = {
                first_soa(zone, server, "hostmaster." + (is_reverse_name(zone) ? server : zone)),
                {zone, "NS", default_ttl, server, false}};
            if (!address.empty() && is_in_zone(server, zone))
                records.push_back({server, address.find(':') == std::string_view::npos ? "A" : "AAAA", default_ttl,
                                   std::string(address), false});
            for (auto const& record : records) check_record(record, zone).value();
            sql::replace_all(transaction, zone, std::move(records));
        });
    }

    Result<void> put_zone(ZoneDraft const& draft) override
    {
        return change([&](db::Transaction& transaction) {
            auto const zone = sql::zone_name(draft.name).value();
            for (auto const& record : draft.records) check_record(record, zone).value();
            sql::replace_all(transaction, zone, draft.records);
        });
    }

    Result<void> delete_zone(std::string_view name) override
    {
        return change([&](db::Transaction& transaction) {
            auto const zone = sql::must_find_zone(transaction, name);
            transaction.exec("DELETE FROM zone_records WHERE zone_id = ?", zone.id);
            transaction.exec("DELETE FROM zones WHERE id = ?", zone.id);
        });
    }

    Result<std::vector<Record>> records(std::string_view name) override
    {
        return refusing<std::vector<Record>>([&] {
            return school_.read([&](db::Reader& reader) {
                auto const zone = sql::must_find_zone(reader, name);
                auto records = sql::with_pointers(reader, zone);
                sort_for_people(records, zone.name);
                return records;
            });
        });
    }

    Result<std::vector<Record>> add(std::string_view zone, std::string_view lines) override
    {
        return change([&](db::Transaction& transaction) {
            auto const row = sql::must_find_zone(transaction, zone);
            auto const parsed = parse_zone_text(lines, row.name);
            if (!parsed.refused.empty()) throw Failure(parsed.refused.front().error);
            if (parsed.records.empty())
                throw Failure(base::refused("DNS", "a record is missing", "write for example: pc1 A 192.168.10.20"));
            std::vector<Record> records;
            for (auto const& line : parsed.records) records.push_back(line.record);
            return sql::add_all(transaction, row, std::move(records), Duplicate::refuse);
        });
    }

    Result<void> add_records(std::string_view zone, std::vector<Record> records) override
    {
        return change([&](db::Transaction& transaction) {
            sql::add_all(transaction, sql::must_find_zone(transaction, zone), records, Duplicate::refuse);
        });
    }

    Result<std::vector<Record>> remove(std::string_view zone, std::string_view line) override
    {
        return change([&](db::Transaction& transaction) {
            auto const row = sql::must_find_zone(transaction, zone);
            return sql::remove_all(transaction, row, filter_of(line, row.name).value());
        });
    }

    Result<std::vector<Record>> remove_records(std::string_view zone, RecordFilter const& filter) override
    {
        return change([&](db::Transaction& transaction) {
            return sql::remove_all(transaction, sql::must_find_zone(transaction, zone), filter);
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
        if (auto const first = sql::first_forward_zone(reader))
            for (auto const& record : sql::records_at(reader, sql::must_find_zone(reader, *first).id, *first))
                if (record.type == "NS") return record.rdata;
        throw Failure(base::refused(zone, "a zone needs a name server", "say its name and address"));
    }

    db::Database& school_;
};

Result<ImportReport> SqlZoneStore::import_zone(std::string_view name, std::string_view text)
{
    std::string zone;
    if (!name.empty()) {
        auto const given = sql::zone_name(name);
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
            auto const replaced = sql::replace_all(transaction, zone, records);
            done.created = replaced.created;
            done.removed = replaced.removed;
            done.added = records.size();
        } else {
            done.added =
                sql::add_all(transaction, sql::must_find_zone(transaction, zone), records, Duplicate::leave).size();
        }
        return done;
    });
}

Result<std::string> SqlZoneStore::export_zone(std::string_view name)
{
    auto const list = records(name);
    if (!list) return list.error();
    auto const zone = sql::zone_name(name).value();
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
        auto const zones = sql::all_zones(reader);
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
            ZoneContents contents{zone.name, zone.revision, sql::zone_records(reader, zone.id)};
            if (reverse) {
                if (!source) source = sql::pointer_source(reader);
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