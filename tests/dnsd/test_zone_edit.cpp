#include "appliance/db/database.h"
#include "dnsd/zone/name.h"
#include "dnsd/zone/zone_edit.h"
#include "dnsd/zone/zone_key.h"
#include "dnsd/zone/zone_reader.h"
#include "tests/support/catch.h"
#include "tests/support/temp_folder.h"

using dnsd::Row;

namespace
{
/// A zone without any rules: what is edited is what is stored.
class BareZone
{
public:
    BareZone() : database_({folder_.path() + "/dns.db", "dns"})
    {
        database_.run([](db::Transaction& t) {
            t.exec("INSERT INTO zone (zone_id, name, kind, revision, base_revision, created) "
                   "VALUES (1, 'sch.id.', 'primary', 1, 1, 0)");
        });
    }

    template <class Work>
    auto edit(Work&& work)
    {
        return database_.run([&](db::Transaction& t) {
            dnsd::ZoneEdit zone(t, dnsd::read_zone(t, "sch.id.").value());
            return work(zone);
        });
    }
    std::vector<std::string> journal()
    {
        return database_.read([](db::Reader& reader) {
            std::vector<std::string> lines;
            dnsd::read_changes(reader, 1, 0, [&](dnsd::ChangeView const& change) {
                lines.push_back((change.added ? "+" : "-") + std::string(change.row.rdata) + " " +
                                std::to_string(change.row.ttl));
            });
            return lines;
        });
    }

private:
    support::TempFolder folder_;
    db::Database database_;
};

std::string key(std::string_view name)
{
    return dnsd::zone_key(dnsd::must_wire_name(name), dnsd::must_wire_name("sch.id."));
}
Row row(std::string_view name, std::uint16_t type, std::string rdata, std::uint32_t ttl = 300)
{
    return {key(name), type, std::move(rdata), ttl};
}
} // namespace

TEST_CASE("each row that goes in or out of a zone is in the journal, in order", "[dns]")
{
    BareZone zone;
    zone.edit([](dnsd::ZoneEdit& edit) {
        CHECK(edit.insert(row("a.sch.id.", 16, "one")));
        CHECK_FALSE(edit.insert(row("a.sch.id.", 16, "one")));
        CHECK(edit.insert(row("a.sch.id.", 16, "one", 600)));
        CHECK(edit.insert(row("a.sch.id.", 16, "two")));
        CHECK(edit.erase(row("a.sch.id.", 16, "two", 999)));
        CHECK_FALSE(edit.erase(row("a.sch.id.", 16, "two")));
        CHECK(edit.touched().size() == 1);
        CHECK(edit.at(key("a.sch.id.")) == std::vector<Row>{row("a.sch.id.", 16, "one", 600)});
    });
    CHECK(zone.journal() == std::vector<std::string>{"+one 300", "-one 300", "+one 600", "+two 300", "-two 300"});
}

TEST_CASE("a row that only gets another origin is not news for copies of the zone", "[dns]")
{
    BareZone zone;
    zone.edit([](dnsd::ZoneEdit& edit) { edit.insert(row("a.sch.id.", 12, "x")); });
    zone.edit([](dnsd::ZoneEdit& edit) {
        auto derived = row("a.sch.id.", 12, "x");
        derived.origin = dnsd::Origin::derived;
        CHECK(edit.insert(derived));
        CHECK(edit.at(derived.owner).front().origin == dnsd::Origin::derived);
        CHECK_FALSE(edit.is_changed());
    });
    CHECK(zone.journal().size() == 1);
}

TEST_CASE("neighbours in canonical order leave out names that only signing made", "[dns][rfc4034]")
{
    BareZone zone;
    zone.edit([](dnsd::ZoneEdit& edit) {
        edit.insert(row("sch.id.", 6, "soa"));
        edit.insert(row("b.sch.id.", 1, "adr4"));
        edit.insert(row("x.b.sch.id.", 47, "nsec"));
        edit.insert(row("z.sch.id.", 1, "adr4"));
        edit.insert(row("z.sch.id.", 46, "rrsig"));
        CHECK(edit.name_before(key("b.sch.id.")) == key("sch.id."));
        CHECK(edit.name_after(key("b.sch.id.")) == key("z.sch.id."));
        CHECK(edit.name_before(key("z.sch.id.")) == key("b.sch.id."));
        CHECK_FALSE(edit.name_after(key("z.sch.id.")));
        CHECK_FALSE(edit.name_before(key("sch.id.")));
        CHECK(edit.has_names_below(key("b.sch.id.")));
        CHECK(edit.has_names_below(key("sch.id.")));
        CHECK_FALSE(edit.has_names_below(key("z.sch.id.")));
    });
}

TEST_CASE("a zone that is emptied is read anew by its copies", "[dns]")
{
    BareZone zone;
    zone.edit([](dnsd::ZoneEdit& edit) {
        edit.insert(row("a.sch.id.", 1, "\x0A\x01\x01\x01"));
        edit.erase_all();
        CHECK(edit.is_replaced());
        edit.insert(row("b.sch.id.", 1, "\x0A\x01\x01\x02"));
        CHECK(edit.touched_addresses().size() == 2);
    });
    CHECK(zone.journal().empty());
    zone.edit([](dnsd::ZoneEdit& edit) {
        std::size_t count = 0;
        edit.for_each([&](Row const&) { ++count; });
        CHECK(count == 1);
    });
}

TEST_CASE("a change larger than half the zone gives the journal up", "[dns]")
{
    BareZone zone;
    zone.edit([](dnsd::ZoneEdit& edit) {
        for (int i = 0; i < 3000; ++i) edit.insert(row("n" + std::to_string(i) + ".sch.id.", 16, "text"));
        CHECK(edit.is_replaced());
        CHECK(edit.touched().size() == 3000);
    });
    CHECK(zone.journal().empty());
}
