#include "appliance/base/text.h"
#include "appliance/db/database.h"
#include "dnsd/zone/change_set.h"
#include "dnsd/zone/delegation.h"
#include "dnsd/zone/name.h"
#include "dnsd/zone/rdata_text.h"
#include "dnsd/zone/record_change.h"
#include "dnsd/zone/record_list.h"
#include "dnsd/zone/reverse.h"
#include "dnsd/zone/soa.h"
#include "dnsd/zone/zone_import.h"
#include "dnsd/zone/zone_key.h"
#include "dnsd/zone/zone_reader.h"
#include "dnsd/zone/zone_store.h"
#include "dnsd/zone/zone_text.h"

#include <algorithm>
#include <utility>

namespace dnsd
{

namespace
{
using base::Failure;
using base::Result;

/// "sch.id", "sch.id." and "192.168.10.0/24" as the zone's stored name.
Result<std::string> zone_name(std::string_view text)
{
    if (text.find('/') == std::string_view::npos) return absolute_name(text, "");
    auto const network = net::Network::parse(text);
    auto const reverse = network ? reverse_zone(*network) : std::nullopt;
    if (reverse) return *reverse;
    return base::refused(std::string(text), "this is not a network", "write for example 192.168.20.0/24");
}

ZoneHead must_find_zone(db::Reader& reader, std::string_view name)
{
    auto const absolute = zone_name(name).value();
    auto zone = read_zone(reader, absolute);
    if (!zone) throw Failure(base::refused(absolute, "there is no such zone", "'kotakpos dns zones' lists them"));
    return std::move(*zone);
}

/// A zone that people may change.
ZoneHead must_find_own(db::Reader& reader, std::string_view name)
{
    auto zone = must_find_zone(reader, name);
    if (zone.kind == ZoneKind::secondary)
        throw Failure(base::refused(zone.name, "this zone is a copy of another server's", "change it there"));
    if (zone.kind == ZoneKind::catalog)
        throw Failure(base::refused(zone.name, "the server writes this zone by itself"));
    return zone;
}

void must_be_new(db::Reader& reader, std::string const& name)
{
    if (read_zone(reader, name)) throw Failure(base::refused(name, "this zone is there already"));
}

std::optional<std::string> first_forward_zone(db::Reader& reader)
{
    auto rows = reader.query("SELECT name FROM zone WHERE kind = 'primary' ORDER BY created, name");
    while (auto const row = rows.next())
        if (auto name = row->text(0); !is_reverse_name(name)) return name;
    return std::nullopt;
}

Record to_record(ZoneHead const& zone, RowView const& row)
{
    auto record = to_text({key_name(row.owner, zone.wire_name), row.type, row.ttl, std::string(row.rdata)});
    record.derived = row.origin == Origin::derived;
    record.signing = row.origin == Origin::signing;
    return record;
}

std::vector<Record> zone_records(db::Reader& reader, ZoneHead const& zone, bool signing)
{
    std::vector<Record> records;
    read_rows(reader, zone.id, [&](RowView const& row) {
        if (signing || row.origin != Origin::signing) records.push_back(to_record(zone, row));
    });
    return records;
}

std::uint32_t serial_of_zone(db::Reader& reader, ZoneHead const& zone)
{
    std::uint32_t serial = 0;
    read_rows_at(reader, zone.id, "", type::soa, [&](RowView const& row) { serial = soa_serial(row.rdata); });
    return serial;
}

ZoneInfo info_of(db::Reader& reader, ZoneHead const& zone)
{
    ZoneInfo info;
    info.name = zone.name;
    info.serial = serial_of_zone(reader, zone);
    info.records = static_cast<std::size_t>(
        reader.number("SELECT COUNT(*) FROM record WHERE zone_id = ? AND origin <> 2", zone.id).value_or(0));
    info.reverse = is_reverse_name(zone.name);
    info.revision = zone.revision;
    info.kind = zone.kind;
    info.signing = zone.signing;
    info.counts_serial = zone.counts_serial;
    return info;
}

std::vector<WireRecord> wire_records(std::vector<Record> const& records)
{
    std::vector<WireRecord> wire;
    for (auto const& record : records) wire.push_back(to_wire(record).value());
    return wire;
}

std::vector<Record> text_records(std::vector<WireRecord> const& wire)
{
    std::vector<Record> records;
    for (auto const& record : wire) records.push_back(to_text(record));
    return records;
}

void check_each(std::vector<WireRecord> const& records, ZoneHead const& zone)
{
    for (auto const& record : records) check_record(record, zone.wire_name).value();
}

class SqlZoneStore final : public ZoneStore
{
public:
    SqlZoneStore(db::Database& dns, std::shared_ptr<Signer> signer) : dns_(dns), signer_(std::move(signer)) {}

    std::vector<ZoneInfo> zones() override
    {
        return dns_.read([](db::Reader& reader) {
            std::vector<ZoneInfo> zones;
            for (auto const& zone : read_zones(reader)) zones.push_back(info_of(reader, zone));
            std::stable_sort(zones.begin(), zones.end(),
                             [](auto const& a, auto const& b) { return a.reverse < b.reverse; });
            return zones;
        });
    }

    std::optional<std::string> default_zone() override
    {
        return dns_.read([](db::Reader& reader) { return first_forward_zone(reader); });
    }

    Result<void> add_zone(std::string_view name, std::string_view name_server, std::string_view address) override
    {
        return change([&](ChangeSet& changes) {
            auto const zone = zone_name(name).value();
            must_be_new(changes.transaction(), zone);
            auto const server = choose_name_server(changes.transaction(), zone, name_server);
            std::vector<Record> records = {
                first_soa(zone, server, "hostmaster." + (is_reverse_name(zone) ? server : zone)),
                {zone, "NS", default_ttl, server}};
            if (!address.empty() && is_in_zone(server, zone))
                records.push_back({server, address.find(':') == std::string_view::npos ? "A" : "AAAA", default_ttl,
                                   std::string(address)});
            auto& edit = changes.create(zone, ZoneKind::primary);
            fill(edit, wire_records(records));
            delegate(changes, edit);
        });
    }

    Result<void> put_zone(ZoneDraft const& draft) override
    {
        return change([&](ChangeSet& changes) {
            auto const records = wire_records(draft.records);
            fill(open_or_create(changes, zone_name(draft.name).value()), records);
        });
    }

    Result<void> delete_zone(std::string_view name) override
    {
        return change([&](ChangeSet& changes) {
            auto const zone = must_find_zone(changes.transaction(), name);
            end_delegation(changes, changes.edit(zone));
            changes.drop(zone);
        });
    }

    Result<void> make_zone(std::string_view name, ZoneKind kind) override
    {
        return change([&](ChangeSet& changes) {
            auto const zone = zone_name(name).value();
            must_be_new(changes.transaction(), zone);
            changes.create(zone, kind);
        });
    }

    Result<void> set_serial_style(std::string_view name, bool counts) override
    {
        return change([&](ChangeSet& changes) {
            auto& transaction = changes.transaction();
            transaction.exec("UPDATE zone SET serial_style = ? WHERE zone_id = ?", counts ? "counter" : "date",
                             must_find_own(transaction, name).id);
        });
    }

    Result<std::vector<Record>> records(std::string_view name, bool signing) override
    {
        return refusing<std::vector<Record>>([&] {
            return dns_.read([&](db::Reader& reader) {
                auto const zone = must_find_zone(reader, name);
                auto records = zone_records(reader, zone, signing);
                sort_for_people(records, zone.name);
                return records;
            });
        });
    }

    Result<std::vector<Record>> add(std::string_view name, std::string_view lines) override
    {
        return change([&](ChangeSet& changes) {
            auto const zone = must_find_own(changes.transaction(), name);
            return text_records(add_checked(changes.edit(zone), must_read(lines, zone), Duplicate::refuse));
        });
    }

    Result<void> add_records(std::string_view name, std::vector<Record> records) override
    {
        return change([&](ChangeSet& changes) {
            auto& edit = changes.edit(must_find_own(changes.transaction(), name));
            add_checked(edit, wire_records(records), Duplicate::refuse);
        });
    }

    Result<std::vector<Record>> remove(std::string_view name, std::string_view line) override
    {
        return change([&](ChangeSet& changes) {
            auto const zone = must_find_own(changes.transaction(), name);
            return text_records(remove_checked(changes.edit(zone), read_filter(line, zone)));
        });
    }

    Result<std::vector<Record>> remove_records(std::string_view name, RecordFilter const& filter) override
    {
        return change([&](ChangeSet& changes) {
            auto const zone = must_find_own(changes.transaction(), name);
            WireFilter wire{read_name(filter.owner, zone.wire_name).value(), {}, {}};
            if (!filter.type.empty()) wire.type = read_type(filter.type).value_or(0);
            if (!filter.rdata.empty())
                wire.rdata = to_wire({filter.owner, filter.type, 0, filter.rdata}).value().rdata;
            return text_records(remove_checked(changes.edit(zone), wire));
        });
    }

    Result<void> change_record(std::string_view name, Record const& before, std::string_view line) override
    {
        return change([&](ChangeSet& changes) {
            auto const zone = must_find_own(changes.transaction(), name);
            auto const after = must_read(line, zone);
            auto& edit = changes.edit(zone);
            must_erase(edit, wire_records({before}).front());
            add_checked(edit, after, Duplicate::refuse);
        });
    }

    Result<ImportReport> import_zone(std::string_view name, std::string_view text) override;
    Result<std::string> export_zone(std::string_view name) override;

    Result<void> edit(std::string_view name, std::function<void(ZoneEdit&)> const& work) override
    {
        return change([&](ChangeSet& changes) { work(changes.edit(must_find_zone(changes.transaction(), name))); });
    }

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
        } catch (Faults const& faults) {
            return faults.faults().front().error;
        }
    }
    /// One transaction: the work, and what follows from it.
    template <class Work>
    auto run(Work&& work) -> std::invoke_result_t<Work, ChangeSet&>
    {
        return dns_.run([&](db::Transaction& transaction) {
            ChangeSet changes(transaction, signer_.get());
            if constexpr (std::is_void_v<std::invoke_result_t<Work, ChangeSet&>>) {
                work(changes);
                changes.finish();
            } else {
                auto value = work(changes);
                changes.finish();
                return value;
            }
        });
    }
    template <class Work>
    auto change(Work&& work) -> Result<std::invoke_result_t<Work, ChangeSet&>>
    {
        return refusing<std::invoke_result_t<Work, ChangeSet&>>([&] { return run(work); });
    }

    static ZoneEdit& open_or_create(ChangeSet& changes, std::string const& name)
    {
        if (!read_zone(changes.transaction(), name)) return changes.create(name, ZoneKind::primary);
        return changes.edit(must_find_own(changes.transaction(), name));
    }
    static Replaced fill(ZoneEdit& zone, std::vector<WireRecord> const& records)
    {
        check_each(records, zone.head());
        auto const replaced = replace_records(zone, records);
        must_keep_rules(zone);
        return replaced;
    }
    static std::vector<WireRecord> add_checked(ZoneEdit& zone, std::vector<WireRecord> const& records,
                                               Duplicate duplicate)
    {
        auto added = dnsd::add_records(zone, records, duplicate);
        must_keep_rules(zone);
        return added;
    }
    static std::vector<WireRecord> must_read(std::string_view lines, ZoneHead const& zone)
    {
        auto const parsed = parse_zone_text(lines, zone.name);
        if (!parsed.refused.empty()) throw Failure(parsed.refused.front().error);
        if (parsed.records.empty())
            throw Failure(base::refused("DNS", "a record is missing", "write for example: pc1 A 192.168.10.20"));
        std::vector<WireRecord> records;
        for (auto const& line : parsed.records) records.push_back(line.record);
        return records;
    }
    static void must_erase(ZoneEdit& zone, WireRecord const& record)
    {
        for (auto const& row : zone.at(zone_key(record.owner, zone.head().wire_name), record.type))
            if (row.origin == Origin::written && row.rdata == record.rdata && row.ttl == record.ttl) {
                zone.erase(row);
                return;
            }
        throw Failure(base::refused(show_name(record.owner), "somebody else has changed this record in the meantime",
                                    "nothing was changed"));
    }
    static std::vector<WireRecord> remove_checked(ZoneEdit& zone, WireFilter const& filter)
    {
        auto removed = dnsd::remove_records(zone, filter);
        must_keep_rules(zone);
        return removed;
    }

    static std::string choose_name_server(db::Reader& reader, std::string const& zone, std::string_view wanted)
    {
        // Below a reverse zone there are no hosts: "ns.sch.id" is meant as it stands.
        bool const is_whole = is_reverse_name(zone) && wanted.find('.') != std::string_view::npos;
        if (!wanted.empty()) return absolute_name(wanted, is_whole ? "" : zone).value();
        std::string server;
        if (auto const first = first_forward_zone(reader)) {
            auto const head = must_find_zone(reader, *first);
            read_rows_at(reader, head.id, "", type::ns, [&](RowView const& row) {
                if (server.empty()) server = show_rdata(row.type, row.rdata);
            });
        }
        if (server.empty())
            throw Failure(base::refused(zone, "a zone needs a name server", "say its name and address"));
        return server;
    }

    db::Database& dns_;
    std::shared_ptr<Signer> signer_;
};

Result<ImportReport> SqlZoneStore::import_zone(std::string_view name, std::string_view text)
{
    std::string zone;
    if (!name.empty()) {
        auto given = zone_name(name);
        if (!given) return given.error();
        zone = std::move(*given);
    }
    auto read = read_zone_file(zone, text);
    if (!read) return read.error();
    auto const& file = *read;
    if (!file.report.refused.empty()) return file.report;
    auto const put = [&](ChangeSet& changes) {
        auto report = file.report;
        if (report.replaced) {
            auto& edit = open_or_create(changes, report.zone);
            report.created = edit.head().revision == 0;
            auto const replaced = fill(edit, file.records);
            report.added = replaced.added;
            report.removed = replaced.removed;
        } else {
            auto& edit = changes.edit(must_find_own(changes.transaction(), report.zone));
            report.added = add_checked(edit, file.records, Duplicate::leave).size();
        }
        return report;
    };
    return refusing<ImportReport>([&] {
        try {
            return run(put);
        } catch (Faults const& faults) { // broken rules between records: each is said with its line
            return refuse_lines(file, faults.faults());
        }
    });
}

Result<std::string> SqlZoneStore::export_zone(std::string_view name)
{
    auto const list = records(name, false);
    if (!list) return list.error();
    return show_zone_file(*list, zone_name(name).value());
}
} // namespace

std::unique_ptr<ZoneStore> make_sql_zone_store(db::Database& dns, std::shared_ptr<Signer> signer)
{
    return std::make_unique<SqlZoneStore>(dns, std::move(signer));
}

} // namespace dnsd
