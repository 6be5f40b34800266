#include "appliance/base/secret.h"
#include "maild/mailbox/blob_store.h"
#include "maild/mailbox/sql_store.h"
#include "maild/mailbox/whole_message.h"
#include "tests/support/catch.h"
#include "tests/support/temp_folder.h"

#include <fstream>

namespace maild::mailbox
{

namespace
{
/// Bodies, whole and half-written ones; the lock of tools (BlobStore's guests) is none.
std::size_t files_in(std::string const& folder)
{
    std::size_t count = 0;
    for (auto const& entry : std::filesystem::recursive_directory_iterator(folder))
        count += entry.is_regular_file() && entry.path().filename() != "guests.lock";
    return count;
}

std::string bytes_in(BlobStore const& blobs, std::string const& hash)
{
    auto const file = blobs.open(hash);
    if (!file) return "(none)";
    return base::read_file("/proc/self/fd/" + std::to_string(file.get())).value();
}

bool never(std::string const&) { return false; }
bool always(std::string const&) { return true; }
} // namespace

TEST_CASE("A blob is put once and read back", "[store][blobs]")
{
    support::TempFolder folder;
    BlobStore blobs(folder / "blobs");
    auto const hash = base::sha256("isi");
    auto pin = blobs.put(hash, "isi");
    auto second = blobs.put(hash, "isi");
    CHECK(bytes_in(blobs, hash) == "isi");
    CHECK_FALSE(blobs.open(base::sha256("other")));
}

TEST_CASE("A pinned or referenced blob is not removed", "[store][blobs]")
{
    support::TempFolder folder;
    BlobStore blobs(folder / "blobs");
    auto const hash = base::sha256("isi");
    {
        auto const pin = blobs.put(hash, "isi");
        CHECK_FALSE(blobs.remove_unless(hash, never));
    }
    CHECK(blobs.remove_unless(hash, always));
    CHECK(blobs.open(hash));
    CHECK(blobs.remove_unless(hash, never));
    CHECK_FALSE(blobs.open(hash));
}

TEST_CASE("Doubtful are all files at the start, later those whose pin was not kept", "[store][blobs]")
{
    support::TempFolder folder;
    using Hashes = std::vector<std::string>;
    auto const kept = base::sha256("a");
    {
        BlobStore blobs(folder / "blobs");
        CHECK(blobs.take_doubtful().empty());
        blobs.put(kept, "a").keep();
        CHECK(blobs.take_doubtful().empty());
    }
    BlobStore blobs(folder / "blobs");
    CHECK(blobs.take_doubtful() == Hashes{kept});
    CHECK(blobs.take_doubtful().empty());
    auto const failed = base::sha256("b");
    {
        auto const pin = blobs.put(failed, "b");
    }
    CHECK(blobs.take_doubtful() == Hashes{failed});
    blobs.doubt(kept);
    CHECK(blobs.take_doubtful() == Hashes{kept});
}

TEST_CASE("A shortened blob is written again, half-written files go at the start", "[store][blobs]")
{
    support::TempFolder folder;
    auto const hash = base::sha256("lengkap");
    {
        BlobStore blobs(folder / "blobs");
        blobs.put(hash, "lengkap").keep();
        std::ofstream(folder / "blobs/tmp/half") << "x";
        for (auto const& entry : std::filesystem::recursive_directory_iterator(folder / "blobs"))
            if (entry.is_regular_file()) std::filesystem::resize_file(entry.path(), 1);
    }
    BlobStore blobs(folder / "blobs");
    CHECK(files_in(folder / "blobs") == 1);
    blobs.put(hash, "lengkap").keep();
    CHECK(bytes_in(blobs, hash) == "lengkap");
}

TEST_CASE("The sweep removes files without a row and leaves those with one", "[store][blobs]")
{
    support::TempFolder folder;
    auto const blobs = folder / "blobs";
    {
        auto const store = make_sql_mail_store(folder.path(), {.small_body = 0});
        store->ensure_account(1);
        store->append(1, "INBOX", {"Subject: tetap\r\n\r\n"}, {}, 0, 0);
        store->append(1, "none", {"Subject: ditolak\r\n\r\n"}, {}, 0, 0);
        CHECK(files_in(blobs) == 2); // the refused one's file lies about
        store->sweep();
        CHECK(files_in(blobs) == 1);
        BlobStore(blobs).put(base::sha256("crash"), "crash").keep(); // a crash between file and row
    }
    CHECK(files_in(blobs) == 2);
    auto const store = make_sql_mail_store(folder.path(), {.small_body = 0});
    store->sweep();
    CHECK(files_in(blobs) == 1);
    auto const messages = store->messages(store->find(1, "INBOX")->id);
    CHECK(WholeMessage(*store->open(messages.at(0).body)).bytes() == "Subject: tetap\r\n\r\n");
}

TEST_CASE("A link in the spool does not bring somebody's mail into the store", "[store][blobs]")
{
    support::TempFolder folder;
    auto const store = make_sql_mail_store(folder.path(), {.small_body = 0});
    std::ofstream(folder / "secret") << "Subject: secret\r\n\r\n";
    std::filesystem::create_symlink(folder / "secret", folder / "spooled");
    Delivery const delivery{{"", folder / "spooled"}, 0, {{.account = 1}}};
    CHECK_THROWS_AS(store->deliver({delivery}), base::StoreError);
}

TEST_CASE("A body file that is missing is damage, not an expunged message", "[store][blobs]")
{
    support::TempFolder folder;
    auto const store = make_sql_mail_store(folder.path(), {.small_body = 0});
    store->ensure_account(1);
    store->append(1, "INBOX", {"Subject: x\r\n\r\n"}, {}, 0, 0);
    auto const body = store->messages(store->find(1, "INBOX")->id).at(0).body;
    for (auto const& entry : std::filesystem::recursive_directory_iterator(folder / "blobs"))
        if (entry.is_regular_file()) std::filesystem::remove(entry.path());
    CHECK_THROWS_AS(store->open(body), base::StoreError);
}

} // namespace maild::mailbox
