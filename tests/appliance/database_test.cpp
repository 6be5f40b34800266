#include "appliance/base/error.h"
#include "appliance/db/database.h"
#include "tests/support/catch.h"
#include "tests/support/temp_folder.h"

#include <thread>

namespace
{
void put(db::Transaction& transaction, std::string_view key, std::string_view value)
{
    transaction.exec("INSERT INTO setting (key, value) VALUES (?, ?)", key, value);
}
std::int64_t count(db::Database& database)
{
    return database.read(
        [](db::Reader& reader) { return reader.number("SELECT COUNT(*) FROM setting").value_or(-1); });
}
} // namespace

TEST_CASE("many threads write at once and all is there", "[db]")
{
    support::TempFolder folder;
    db::Database database({folder / "school.db", "school", db::Mode::read_write});
    std::vector<std::thread> threads;
    for (int t = 0; t < 8; ++t)
        threads.emplace_back([&, t] {
            for (int i = 0; i < 50; ++i)
                database.run([&](db::Transaction& transaction) {
                    put(transaction, std::to_string(t) + "/" + std::to_string(i), "x");
                });
        });
    for (auto& thread : threads) thread.join();
    CHECK(count(database) == 400);
}

TEST_CASE("a unit of work that fails leaves nothing and harms no other", "[db]")
{
    support::TempFolder folder;
    db::Database database({folder / "school.db", "school", db::Mode::read_write});
    database.run([](db::Transaction& transaction) { put(transaction, "a", "1"); });
    CHECK_THROWS_AS(database.run([](db::Transaction& transaction) {
        put(transaction, "b", "1");
        put(transaction, "a", "2");
    }),
                    base::StoreError);
    CHECK_THROWS_AS(database.run([](db::Transaction& transaction) {
        put(transaction, "c", "1");
        throw std::logic_error("changed my mind");
    }),
                    std::logic_error);
    CHECK(count(database) == 1);
}

TEST_CASE("values come back as they went in", "[db]")
{
    support::TempFolder folder;
    db::Database database({folder / "school.db", "school", db::Mode::read_write});
    std::string const odd("nul\0and \xFF", 9);
    database.run([&](db::Transaction& transaction) {
        put(transaction, "", "");
        put(transaction, "odd", odd);
    });
    database.read([&](db::Reader& reader) {
        CHECK(reader.text("SELECT value FROM setting WHERE key = ?", "odd") == odd);
        CHECK(reader.text("SELECT value FROM setting WHERE key = ?", "").value() == "");
        CHECK_FALSE(reader.text("SELECT value FROM setting WHERE key = ?", "missing"));
    });
}

TEST_CASE("a reader sees the commits of another process's connection and the version number changes", "[db]")
{
    support::TempFolder folder;
    db::Database writer({folder / "school.db", "school", db::Mode::read_write});
    db::Database reader({folder / "school.db", "school", db::Mode::read_only});
    auto const before = reader.data_version();
    CHECK(reader.data_version() == before);
    writer.run([](db::Transaction& transaction) { put(transaction, "a", "1"); });
    CHECK(reader.data_version() != before);
    CHECK(count(reader) == 1);
    CHECK_THROWS_AS(reader.run([](db::Transaction& transaction) { put(transaction, "b", "1"); }), base::StoreError);
}

TEST_CASE("a missing or broken database is a clear error", "[db]")
{
    support::TempFolder folder;
    CHECK_THROWS_AS(db::Database({folder / "none.db", "school", db::Mode::read_only}), base::StoreError);
    std::string const path = folder / "broken.db";
    {
        auto* file = std::fopen(path.c_str(), "w");
        for (int i = 0; i < 300; ++i) std::fputs("this is not a database ", file);
        std::fclose(file);
    }
    try {
        db::Database database({path, "school", db::Mode::read_write});
        FAIL("a text file was taken as a database");
    } catch (base::StoreError const& error) {
        CHECK(error.fault() == base::StoreFault::corrupt);
    }
}
