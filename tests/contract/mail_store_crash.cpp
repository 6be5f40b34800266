// What kill -9 and a full disk may not break.

#include "tests/contract/mail_store.h"

#include <csignal>
#include <map>
#include <poll.h>
#include <random>
#include <sched.h>
#include <set>
#include <sys/mount.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace maild::mailbox::contract
{

namespace
{
std::string key_of(int number) { return "crash-" + std::to_string(number); }

/// Every third message is large enough for a file.
std::string body_of(int number) { return mail(key_of(number), number % 3 == 0 ? 5000 : 0); }

StoreSettings crash_settings() { return {.small_body = 4096, .disk_reserve = 0}; }

Delivered deliver_numbered(MailStore& store, int number)
{
    return store.deliver({delivery(body_of(number), {{.account = ali, .key = key_of(number)}})}).at(0).at(0);
}

/// The child: several threads deliver with growing numbers and report each one that the store acknowledged.
[[noreturn]] void deliver_until_killed(std::string const& folder, int first, int report)
{
    auto const store = make_sql_mail_store(folder, crash_settings());
    std::atomic<int> next{first};
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&] {
            for (;;) {
                int const number = next++;
                deliver_numbered(*store, number);
                if (::write(report, &number, sizeof number) != sizeof number) ::_exit(1);
            }
        });
    for (auto& thread : threads) thread.join();
    ::_exit(1);
}

/// One round: gives the acknowledged numbers.
std::vector<int> deliver_and_kill(std::string const& folder, int first, int milliseconds)
{
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    auto const child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        ::close(ends[0]);
        deliver_until_killed(folder, first, ends[1]);
    }
    ::close(ends[1]);
    pollfd waiting{ends[0], POLLIN, 0};
    REQUIRE(::poll(&waiting, 1, 30'000) == 1); // it is at work: now any moment will do
    std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
    ::kill(child, SIGKILL);
    std::vector<int> acknowledged;
    int number = 0;
    while (::read(ends[0], &number, sizeof number) == sizeof number) acknowledged.push_back(number);
    ::close(ends[0]);
    ::waitpid(child, nullptr, 0);
    return acknowledged;
}

/// How often each message is in the mailbox; every body must be whole.
std::map<std::string, int> count_bodies(MailStore& store)
{
    std::map<std::string, int> count;
    for (auto const& message : store.messages(must_find(store, ali).id)) ++count[bytes_of(store, message.body)];
    return count;
}
} // namespace

TEST_CASE("After kill -9 every acknowledged delivery is there exactly once", "[store][crash]")
{
    support::TempFolder const folder;
    std::minstd_rand random(20261121);
    std::set<int> acknowledged;
    int highest = 0;
    for (int round = 0; round < 20; ++round) {
        for (int const number : deliver_and_kill(folder.path(), highest + 1, static_cast<int>(random() % 40))) {
            acknowledged.insert(number);
            highest = std::max(highest, number);
        }
        highest += 10; // numbers on their way when it was killed
        auto const store = make_sql_mail_store(folder.path(), crash_settings());
        if (round % 4 == 3) store->sweep();
        auto const count = count_bodies(*store);
        for (int const number : acknowledged)
            if (auto const found = count.find(body_of(number)); found == count.end() || found->second != 1)
                FAIL("number " << number << " is missing or doubled in round " << round);
        for (auto const& [bytes, times] : count) REQUIRE(times == 1);
        check_counters(*store, ali);
    }
    auto const store = make_sql_mail_store(folder.path(), crash_settings());
    for (int const number : acknowledged)
        REQUIRE(deliver_numbered(*store, number).outcome == Delivered::Outcome::already);
    for (int number = 1; number <= highest; ++number) deliver_numbered(*store, number);
    auto const count = count_bodies(*store);
    CHECK(count.size() == static_cast<std::size_t>(highest));
    for (auto const& [bytes, times] : count) REQUIRE(times == 1);
    check_counters(*store, ali);
}

TEST_CASE("After kill -9 in the middle of a COPY there is all of it or nothing", "[store][crash]")
{
    support::TempFolder const folder;
    constexpr std::size_t count = 10'000;
    std::vector<Uid> all;
    {
        auto const store = make_sql_mail_store(folder.path(), crash_settings());
        store->ensure_account(ali);
        std::vector<MailStore::NewMessage> messages(count, {{mail("sama")}, {}, 0});
        store->append_all(ali, "INBOX", messages, 0);
        all = uids_in(*store, ali);
    }
    for (int round = 0; round < 5; ++round) {
        auto const child = ::fork();
        REQUIRE(child >= 0);
        if (child == 0) {
            auto const store = make_sql_mail_store(folder.path(), crash_settings());
            auto const inbox = store->find(ali, "INBOX");
            for (;;) store->copy(inbox->id, all, {"Trash", 0});
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(30 + 7 * round));
        ::kill(child, SIGKILL);
        ::waitpid(child, nullptr, 0);
        auto const store = make_sql_mail_store(folder.path(), crash_settings());
        CHECK(uids_in(*store, ali, "Trash").size() % count == 0);
        CHECK(must_find(*store, ali, "Trash").messages == uids_in(*store, ali, "Trash").size());
    }
}

namespace
{
/// Runs in a child with a file system of its own of 3 MB; says what went wrong, or nothing.
std::string fill_the_disk(std::string const& folder)
{
    auto store = make_sql_mail_store(folder, crash_settings());
    store->ensure_account(ali);
    int delivered = 0;
    bool full = false;
    while (!full && delivered < 5000) {
        try {
            deliver_numbered(*store, delivered + 1);
            ++delivered;
        } catch (base::StoreError const& error) {
            full = error.fault() == base::StoreFault::full;
            if (!full) return std::string("wrong fault: ") + error.what();
        }
    }
    if (!full) return "the disk never filled";
    try {
        store->append(ali, "INBOX", {std::string(4 << 20, 'x')}, {}, 0, 0);
        return "a message larger than the disk was taken";
    } catch (base::StoreError const& error) {
        if (error.fault() != base::StoreFault::full) return std::string("wrong fault for a file: ") + error.what();
    }
    store.reset();
    store = make_sql_mail_store(folder, crash_settings());
    auto const inbox = store->find(ali, "INBOX");
    auto const messages = store->messages(inbox->id);
    if (messages.size() != static_cast<std::size_t>(delivered)) return "acknowledged messages are missing";
    if (inbox->messages != messages.size()) return "the counters are wrong";
    for (std::size_t i = 0; i < messages.size(); ++i)
        if (WholeMessage(*store->open(messages[i].body)).bytes() != body_of(static_cast<int>(i) + 1))
            return "a body is damaged";
    return "";
}

/// A child in namespaces of its own mounts a small tmpfs and runs `work` there. Nothing where the kernel does not let
/// us.
std::optional<std::string> on_a_small_disk(std::function<std::string(std::string const&)> const& work)
{
    support::TempFolder const folder;
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    auto const child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        ::close(ends[0]);
        std::string said = "skipped";
        bool const is_alone = ::unshare(CLONE_NEWNS) == 0 || ::unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0;
        ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr);
        if (is_alone && ::mount("tmpfs", folder.path().c_str(), "tmpfs", 0, "size=3m") == 0) {
            try {
                said = work(folder / "mail");
            } catch (std::exception const& error) {
                said = std::string("threw: ") + error.what();
            }
        }
        said = "<" + said + ">";
        ::_exit(::write(ends[1], said.data(), said.size()) > 0 ? 0 : 1);
    }
    ::close(ends[1]);
    std::string said(4096, '\0');
    auto const count = ::read(ends[0], said.data(), said.size());
    ::close(ends[0]);
    ::waitpid(child, nullptr, 0);
    said.resize(static_cast<std::size_t>(std::max<long>(count, 0)));
    if (said == "<skipped>") return std::nullopt;
    return said;
}
} // namespace

TEST_CASE("A full disk is said so, and what was acknowledged stays", "[store][full]")
{
    auto const said = on_a_small_disk(fill_the_disk);
    if (!said) {
        WARN("no right to mount a small disk: not tested here");
        return;
    }
    CHECK(*said == "<>");
}

TEST_CASE("With the reserve, mail can be removed when the disk counts as full", "[store][full]")
{
    auto const said = on_a_small_disk([](std::string const& folder) -> std::string {
        auto const store = make_sql_mail_store(folder, {.body_grace = 0, .disk_reserve = 1 << 20});
        store->ensure_account(ali);
        for (int number = 0;; ++number) {
            try {
                store->append(ali, "INBOX", {mail(std::to_string(number), 40'000)}, {}, 0, 0);
            } catch (base::StoreError const& error) {
                if (error.fault() != base::StoreFault::full) return error.what();
                break;
            }
        }
        auto const inbox = *store->find(ali, "INBOX");
        std::vector<Uid> all;
        for (auto const& message : store->messages(inbox.id)) all.push_back(message.uid);
        if (store->expunge(inbox.id, all).size() != all.size()) return "not removed";
        store->sweep();
        if (store->append(ali, "INBOX", {mail("lagi")}, {}, 0, 0).refusal != Refusal::none) return "refused";
        return "";
    });
    if (!said) {
        WARN("no right to mount a small disk: not tested here");
        return;
    }
    CHECK(*said == "<>");
}

} // namespace maild::mailbox::contract
