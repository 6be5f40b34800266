#include "dnsd/serve/zone_watcher.h"
#include "tests/support/catch.h"

#include <stdexcept>

using dnsd::Record;

namespace
{
/// A store that says what the test wants it to.
class FakeStore final : public dnsd::ZoneStore
{
public:
    dnsd::ZoneChanges next;
    std::map<std::string, std::int64_t> asked;

    dnsd::ZoneChanges changes(std::map<std::string, std::int64_t> const& known) override
    {
        asked = known;
        return next;
    }
    std::vector<dnsd::ZoneInfo> zones() override { return {}; }
    std::optional<std::string> default_zone() override { return {}; }
    base::Result<void> add_zone(std::string_view, std::string_view, std::string_view) override { return no(); }
    base::Result<void> put_zone(dnsd::ZoneDraft const&) override { return no(); }
    base::Result<void> delete_zone(std::string_view) override { return no(); }
    base::Result<std::vector<Record>> records(std::string_view) override { return no(); }
    base::Result<std::vector<Record>> add(std::string_view, std::string_view) override { return no(); }
    base::Result<void> add_records(std::string_view, std::vector<Record>) override { return no(); }
    base::Result<std::vector<Record>> remove(std::string_view, std::string_view) override { return no(); }
    base::Result<std::vector<Record>> remove_records(std::string_view, dnsd::RecordFilter const&) override
    {
        return no();
    }
    base::Result<dnsd::ImportReport> import_zone(std::string_view, std::string_view) override { return no(); }
    base::Result<std::string> export_zone(std::string_view) override { return no(); }

private:
    static base::Error no() { return base::refused("store", "read only"); }
};

dnsd::ZoneContents zone(std::string const& name, std::int64_t revision, std::vector<Record> more = {})
{
    std::vector<Record> records = {{name, "SOA", 60, "ns." + name + " h." + name + " 1 1 1 1 1", false},
                                   {name, "NS", 60, "ns." + name, false},
                                   {"ns." + name, "A", 60, "10.0.0.1", false}};
    records.insert(records.end(), more.begin(), more.end());
    return {name, revision, std::move(records)};
}

dnsd::Zone const* served(dnsd::CurrentZones const& zones, std::string const& name)
{
    static std::vector<std::shared_ptr<dnsd::ZoneSet const>> keep;
    keep.push_back(zones.get());
    for (auto const& entry : keep.back()->entries())
        if (entry.name == dnsd::must_wire_name(name)) return entry.zone.get();
    throw std::runtime_error(name + " is not served");
}
} // namespace

TEST_CASE("a broken zone keeps its last good version and does not touch the others", "[dns][fault]")
{
    dnsd::CurrentZones zones;
    dnsd::ZoneLoader loader(zones);
    FakeStore store;
    store.next = {{"a.id.", "b.id."}, {zone("a.id.", 1), zone("b.id.", 1)}};
    loader.load(store);
    auto const* a = served(zones, "a.id.");
    auto const* b = served(zones, "b.id.");
    REQUIRE(a);
    store.next = {{"a.id.", "b.id."}, {zone("a.id.", 2, {{"x.a.id.", "A", 60, "not an address", false}})}};
    loader.load(store);
    CHECK(served(zones, "a.id.") == a);
    CHECK(served(zones, "b.id.") == b);
    store.next = {{"a.id.", "b.id."}, {zone("a.id.", 3, {{"x.a.id.", "A", 60, "10.0.0.9", false}})}};
    loader.load(store);
    CHECK(served(zones, "a.id.")->size() == 3);
    CHECK(served(zones, "b.id.") == b);
    CHECK(store.asked == std::map<std::string, std::int64_t>{{"a.id.", 2}, {"b.id.", 1}});
}

TEST_CASE("a zone that was never good is there without answers", "[dns][fault]")
{
    dnsd::CurrentZones zones;
    dnsd::ZoneLoader loader(zones);
    FakeStore store;
    store.next = {{"a.id."}, {{"a.id.", 1, {{"a.id.", "A", 60, "10.0.0.1", false}}}}};
    loader.load(store);
    CHECK(served(zones, "a.id.") == nullptr);
}

TEST_CASE("a deleted zone is not served any more", "[dns]")
{
    dnsd::CurrentZones zones;
    dnsd::ZoneLoader loader(zones);
    FakeStore store;
    store.next = {{"a.id.", "b.id."}, {zone("a.id.", 1), zone("b.id.", 1)}};
    loader.load(store);
    store.next = {{"b.id."}, {}};
    loader.load(store);
    CHECK_THROWS(served(zones, "a.id."));
    CHECK(served(zones, "b.id."));
}

TEST_CASE("old sets go when no thread uses them", "[dns]")
{
    dnsd::CurrentZones zones;
    dnsd::ZonesInUse thread(zones);
    std::weak_ptr<dnsd::ZoneSet const> const first = zones.get();
    thread.refresh();
    zones.publish(std::make_shared<dnsd::ZoneSet const>());
    zones.sweep();
    CHECK_FALSE(first.expired());
    thread.refresh();
    zones.sweep();
    CHECK(first.expired());
}
