// The full-text index: the same answers as looking at every message, whatever happens to it.

#include "appliance/message/charset.h"
#include "maild/mailbox/sql_store.h"
#include "tests/support/catch.h"
#include "tests/support/temp_folder.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <random>
#include <set>

using namespace maild::mailbox;
using message::SearchScope;

namespace
{
constexpr AccountId ali = 11;
constexpr AccountId budi = 22;

/// A store whose index is filled when the test says so.
class Library
{
public:
    Library() { reopen(); }
    void reopen()
    {
        store_.reset();
        store_ = std::make_unique<SqlMailStore>(
            folder_.path(), StoreSettings{.small_body = 1u << 20, .body_grace = -1, .disk_reserve = 0});
    }
    SqlMailStore& operator*() { return *store_; }
    SqlMailStore* operator->() { return store_.get(); }
    std::string index_file() const { return folder_.path() + "/text.db"; }

    void deliver(std::string const& mail, std::vector<AccountId> const& accounts = {ali})
    {
        Delivery delivery{{mail}, 1, {}};
        for (auto const account : accounts) delivery.to.push_back({account});
        store_->deliver({delivery});
    }

    MailboxId inbox(AccountId account) { return store_->find(account, "INBOX")->id; }

    std::vector<BodyId> bodies(AccountId account)
    {
        std::vector<BodyId> all;
        for (auto const& info : store_->messages(inbox(account))) all.push_back(info.body);
        return all;
    }

    TextCandidates candidates(AccountId account, std::string_view needle, SearchScope scope)
    {
        return store_->text_candidates(inbox(account), bodies(account), needle, scope);
    }

    /// What SEARCH finds.
    std::set<BodyId> search(AccountId account, std::string_view needle, SearchScope scope)
    {
        auto const answer = candidates(account, needle, scope);
        std::set<BodyId> found(answer.certain.begin(), answer.certain.end());
        for (auto const body : answer.unsure)
            if (store_->text_holds(body, needle, scope)) found.insert(body);
        return found;
    }

    /// The same without an index.
    std::set<BodyId> look(AccountId account, std::string_view needle, SearchScope scope)
    {
        std::set<BodyId> found;
        for (auto const body : bodies(account))
            if (store_->text_holds(body, needle, scope)) found.insert(body);
        return found;
    }

    void check(AccountId account, std::string_view needle)
    {
        INFO("needle: " << needle);
        for (auto const scope : {SearchScope::body, SearchScope::header_and_body})
            CHECK(search(account, needle, scope) == look(account, needle, scope));
    }

    std::size_t indexed() const
    {
        text::TextIndex index(index_file());
        REQUIRE(index.open());
        return index.bodies().size();
    }

private:
    support::TempFolder folder_;
    std::unique_ptr<SqlMailStore> store_;
};

/// Texts whose words often share pieces, with all kinds of bytes between them.
class Writer
{
public:
    explicit Writer(unsigned seed) : random_(seed) {}

    std::string text(std::size_t words)
    {
        static constexpr std::string_view between[] = {" ", " ", "\r\n", ", ", "-", "@", ".", "/", "\t", "\xC2\xA0"};
        std::string out;
        for (std::size_t i = 0; i < words; ++i) out.append(word()).append(between[random_() % 10]);
        return out;
    }
    std::string mail() { return "Subject: " + word() + " " + word() + "\r\nX-N: " + word() + "\r\n\r\n" + text(40); }
    std::string needle()
    {
        auto const whole = text(1 + random_() % 3);
        auto const begin = random_() % whole.size();
        return whole.substr(begin, 1 + random_() % 8);
    }

private:
    std::string word()
    {
        static constexpr std::string_view syllables[] = {"sa", "ma", "t", "pa", "gi", "\xC3\xA9", "X", "7"};
        std::string out;
        for (auto n = 1 + random_() % 4; n > 0; --n) out += syllables[random_() % 8];
        return out;
    }
    std::mt19937 random_;
};

std::string const plain = "Subject: Rapat\r\nFrom: ali@sekolah.sch.id\r\n\r\nSelamat pagi, besok ujian.\r\n";
} // namespace

TEST_CASE("SEARCH by index finds exactly what looking at every message finds", "[store][text]")
{
    Library library;
    Writer writer(GENERATE(1u, 2u, 3u));
    for (int i = 0; i < 300; ++i) {
        library.deliver(writer.mail());
        if (i % 37 == 0) library->fill_text_index(); // segments of several sizes, joined later
    }
    library->fill_text_index();
    for (int i = 0; i < 10; ++i) library.deliver(writer.mail()); // not indexed yet
    for (int i = 0; i < 150; ++i) library.check(ali, message::scrub_utf8(writer.needle()));
    for (auto const* needle : {"a", "7", "samat", "subject: sa", "x-n", "-", "\r\n", "sama pa", "tidak ada"})
        library.check(ali, needle);
}

TEST_CASE("A word is answered from the index alone", "[store][text]")
{
    Library library;
    for (int i = 0; i < 20; ++i) library.deliver(plain + std::to_string(i));
    CHECK(library.candidates(ali, "ujian", SearchScope::body).unsure.size() == 20); // nothing is indexed yet
    library->fill_text_index();
    CHECK(library.candidates(ali, "LAMA", SearchScope::body).certain.size() == 20);
    CHECK(library.candidates(ali, "LAMA", SearchScope::body).unsure.empty());
    CHECK(library.candidates(ali, "sekolah.sch.id", SearchScope::header_and_body).certain.size() == 20);
    CHECK(library.candidates(ali, "sekolah.sch.id", SearchScope::body).certain.empty());
    CHECK(library.candidates(ali, "malam", SearchScope::header_and_body).unsure.empty());
    CHECK(library.candidates(ali, "pagi, besok", SearchScope::body).unsure.size() == 20);
    CHECK(library.candidates(ali, "besok lusa", SearchScope::body).unsure.empty());
}

TEST_CASE("A message too long or too strange for the index is looked at", "[store][text]")
{
    Library library;
    std::string const run(5000, 'q');
    for (int i = 0; i < 8; ++i) library.deliver("\r\n" + run + "rahasia" + std::to_string(i) + run + " ujian\r\n");
    library->fill_text_index();
    library.check(ali, "rahasia3");
    CHECK(library.search(ali, "rahasia3", SearchScope::body).size() == 1);
    CHECK(library.search(ali, "ujian", SearchScope::body).size() == 8);
}

TEST_CASE("The index gives nobody another one's messages", "[store][text][security]")
{
    Library library;
    for (int i = 0; i < 20; ++i) {
        library.deliver("Subject: a\r\n\r\nrahasia ali " + std::to_string(i), {ali});
        library.deliver("Subject: b\r\n\r\nrahasia budi " + std::to_string(i), {budi});
        library.deliver("Subject: c\r\n\r\nrahasia kelas " + std::to_string(i), {ali, budi});
    }
    library->fill_text_index();
    auto const bodies = library.bodies(ali);
    for (auto const* needle : {"rahasia", "budi", "kelas", "ali"}) {
        auto const answer = library.candidates(ali, needle, SearchScope::body);
        for (auto const body : answer.certain) CHECK(std::count(bodies.begin(), bodies.end(), body) == 1);
        library.check(ali, needle);
        library.check(budi, needle);
    }
    CHECK(library.search(ali, "budi", SearchScope::body).empty());
    CHECK(library.search(budi, "kelas", SearchScope::body).size() == 20);
}

TEST_CASE("Removed messages leave the index", "[store][text]")
{
    Library library;
    for (int i = 0; i < 30; ++i) library.deliver("\r\nkatarahasia" + std::to_string(i) + " sama\r\n");
    library->fill_text_index();
    auto const inbox = library.inbox(ali);
    std::vector<Uid> uids;
    for (auto const& info : library->messages(inbox))
        if (info.uid % 2 == 0) uids.push_back(info.uid);
    library->expunge(inbox, uids, Means::unsaid);
    library->sweep();
    library->fill_text_index();
    library.check(ali, "sama");
    CHECK(library.indexed() == 15);
    library.check(ali, "katarahasia2");
    for (auto const& info : library->messages(inbox)) uids.push_back(info.uid);
    library->expunge(inbox, uids, Means::unsaid);
    library->sweep();
    library->fill_text_index();
    CHECK(library.indexed() == 0);
    library.deliver("\r\nbaru\r\n");
    library->fill_text_index();
    library.check(ali, "baru");
}

TEST_CASE("A restart indexes what was left out, and nothing twice", "[store][text]")
{
    Library library;
    for (int i = 0; i < 10; ++i) library.deliver(plain + std::to_string(i));
    library->fill_text_index();
    for (int i = 10; i < 20; ++i) library.deliver(plain + std::to_string(i));
    library.reopen();
    library->fill_text_index();
    library.reopen();
    library->fill_text_index();
    CHECK(library.candidates(ali, "ujian", SearchScope::body).certain.size() == 20);
}

TEST_CASE("A damaged index is thrown away and made anew, and no search fails", "[store][text][faults]")
{
    Library library;
    for (int i = 0; i < 200; ++i) library.deliver(plain + std::to_string(i));
    library->fill_text_index();
    library.reopen();
    bool const at_start = GENERATE(true, false);
    {
        std::fstream file(library.index_file(), std::ios::in | std::ios::out | std::ios::binary);
        auto const size = std::filesystem::file_size(library.index_file());
        std::string const noise(1000, '\x5A');
        for (std::uintmax_t at = at_start ? 0 : 4096; at < size; at += 4096) {
            file.seekp(static_cast<std::streamoff>(at));
            file.write(noise.data(), static_cast<std::streamsize>(noise.size()));
        }
    }
    if (at_start) library.reopen();
    CHECK(library.search(ali, "ujian", SearchScope::body).size() == 200);
    while (true) {
        try {
            library->fill_text_index();
            break;
        } catch (base::StoreError const& error) { // the thread would try again
            REQUIRE(error.fault() == base::StoreFault::corrupt);
        }
    }
    CHECK(library.candidates(ali, "ujian", SearchScope::body).certain.size() == 200);
}
