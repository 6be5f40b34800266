#include "dnsd/serve/zone_watcher.h"
#include "tests/dnsd/zone_database.h"
#include "tests/dnsd/zone_replies.h"
#include "tests/support/catch.h"

#include <filesystem>
#include <fstream>
#include <thread>

using namespace std::chrono_literals;

namespace
{
constexpr auto start = "$TTL 60\n@ SOA ns hostmaster 1 3600 900 1209600 60\n@ NS ns\nns A 10.0.0.1\n";

std::string ask(dnsd::CurrentZones const& zones, std::string const& name)
{
    return support::answer_of(*zones.get(), {dnsd::must_wire_name(name), 1, false});
}

/// Waits for the answer; how long it took, or a minute.
std::chrono::microseconds time_until(dnsd::CurrentZones const& zones, std::string const& name,
                                     std::string const& reply)
{
    auto const begin = std::chrono::steady_clock::now();
    auto const passed = [&] {
        return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - begin);
    };
    while (passed() < 60s) {
        if (ask(zones, name) == reply) return passed();
        std::this_thread::sleep_for(50us);
    }
    return 60s;
}
} // namespace

TEST_CASE("a commit is served at once", "[dns]")
{
    support::ZoneDatabase database;
    database.add_zone("sch.id.", start);
    dnsd::CurrentZones zones;
    dnsd::ZoneWatcher watcher(database.path(), zones);
    CHECK(ask(zones, "ns.sch.id.") == "NOERROR aa\nns.sch.id. 60 A 10.0.0.1"); // before start()
    watcher.start();
    std::vector<std::chrono::microseconds> times;
    for (int i = 0; i < 21; ++i) {
        auto const name = "pc" + std::to_string(i);
        database.add("sch.id.", name + " 60 A 10.0.0.2");
        times.push_back(time_until(zones, name + ".sch.id.", "NOERROR aa\n" + name + ".sch.id. 60 A 10.0.0.2"));
    }
    std::sort(times.begin(), times.end());
    INFO("median " << times[10].count() << " us, longest " << times.back().count() << " us");
    CHECK(times[10] < 5ms);
}

TEST_CASE("the last zones stay while the database is gone, another one is taken when it comes", "[dns]")
{
    namespace fs = std::filesystem;
    support::ZoneDatabase first;
    support::ZoneDatabase second;
    first.add_zone("sch.id.", start);
    second.add_zone("sch.id.", start);
    second.add("sch.id.", "restored 60 A 10.0.0.3");
    support::TempFolder folder;
    auto const path = folder / "dns.db";
    auto const put = [&](support::ZoneDatabase const& from) {
        // As a backup is restored: whole, under its name at once.
        fs::copy_file(from.path(), path + ".new");
        if (fs::exists(from.path() + "-wal")) fs::copy_file(from.path() + "-wal", path + "-wal");
        fs::rename(path + ".new", path);
    };
    dnsd::CurrentZones zones;
    dnsd::ZoneWatcher watcher(path, zones);
    CHECK(ask(zones, "ns.sch.id.") == "REFUSED"); // nothing there yet
    watcher.start();
    put(first);
    CHECK(time_until(zones, "ns.sch.id.", "NOERROR aa\nns.sch.id. 60 A 10.0.0.1") < 5s);
    for (auto const* end : {"", "-wal", "-shm"}) fs::remove(path + end);
    std::ofstream(path) << "this is no database";
    std::this_thread::sleep_for(50ms);
    CHECK(ask(zones, "ns.sch.id.") == "NOERROR aa\nns.sch.id. 60 A 10.0.0.1");
    fs::remove(path);
    put(second);
    CHECK(time_until(zones, "restored.sch.id.", "NOERROR aa\nrestored.sch.id. 60 A 10.0.0.3") < 5s);
}
