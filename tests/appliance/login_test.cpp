#include "appliance/db/database.h"
#include "appliance/directory/login_check.h"
#include "appliance/directory/login_watch.h"
#include "appliance/directory/password.h"
#include "tests/support/catch.h"
#include "tests/support/temp_folder.h"
#include "tests/support/wait.h"

#include <atomic>
#include <thread>

using directory::HashingQueue;
using directory::LoginWatch;

namespace
{
using namespace std::chrono_literals;

/// Many clients ask at once; counts who was served and who was sent away.
struct Crowd {
    HashingQueue& queue;
    std::string const hash = directory::hash_password("123", directory::HashEffort::many);
    std::atomic<int> served = 0;
    std::atomic<int> sent_away = 0;
    std::vector<std::thread> threads{};

    void ask(std::string const& client, int times)
    {
        for (int i = 0; i < times; ++i)
            threads.emplace_back([this, client] {
                try {
                    queue.verify("salah", hash, client);
                    ++served;
                } catch (directory::TooManyLogins const&) {
                    ++sent_away;
                }
            });
    }
    ~Crowd()
    {
        for (auto& thread : threads) thread.join();
    }
};
} // namespace

TEST_CASE("one client's many logins hold up nobody else", "[login]")
{
    HashingQueue queue(1, 1000);
    Crowd crowd{queue};
    crowd.ask("192.0.2.1", 100);
    REQUIRE(support::comes_true([&] { return crowd.served > 0; }));
    auto const before = crowd.served.load();
    CHECK(queue.verify("123", crowd.hash, "192.0.2.2"));
    CHECK(crowd.served - before < 50);
}

TEST_CASE("a full queue sends the greediest client away", "[login]")
{
    HashingQueue queue(1, 10);
    Crowd crowd{queue};
    crowd.ask("192.0.2.1", 100);
    REQUIRE(support::comes_true([&] { return crowd.sent_away > 0; }));
    CHECK(queue.verify("123", crowd.hash, "192.0.2.2"));
    CHECK_FALSE(queue.verify("124", crowd.hash, "192.0.2.3"));
}

TEST_CASE("a right password is remembered until its hash changes, a wrong one never", "[login]")
{
    directory::LoginCheck check;
    auto const hash = directory::hash_password("123");
    auto const time = [&](std::string const& password) {
        auto const begin = std::chrono::steady_clock::now();
        check.verify(password, hash);
        return std::chrono::steady_clock::now() - begin;
    };
    CHECK(check.verify("123", hash));
    auto fastest_wrong = 1000ms * 1000;
    for (int i = 0; i < 5; ++i)
        fastest_wrong = std::min<decltype(fastest_wrong)>(fastest_wrong,
                                                          std::chrono::ceil<std::chrono::milliseconds>(time("124")));
    auto slowest_right = 0ns;
    for (int i = 0; i < 5; ++i) slowest_right = std::max<decltype(slowest_right)>(slowest_right, time("123"));
    CHECK(slowest_right < fastest_wrong);
    CHECK_FALSE(check.verify("124", hash));
    CHECK_FALSE(check.verify("123", directory::hash_password("124")));
    CHECK_FALSE(check.verify("123", ""));
}

TEST_CASE("sessions hear within a second that their user must go", "[login]")
{
    support::TempFolder folder;
    db::Database school({folder / "school.db", "school"});
    auto const people = directory::make_sql_directory(school);
    for (auto const* login : {"ali", "budi", "siti", "guru1"}) {
        directory::NewUser user;
        user.login = login;
        user.password = "123";
        REQUIRE(people->add_user(user));
    }
    db::Database seen({folder / "school.db", "school", db::Mode::read_only});
    LoginWatch watch(seen);
    std::mutex mutex;
    std::map<std::string, LoginWatch::End> ended;
    std::vector<LoginWatch::Token> tokens;
    auto const log_in = [&](std::string const& login) {
        tokens.push_back(watch.watch(people->find_user(login)->id, [&, login](LoginWatch::End end) {
            std::lock_guard const lock(mutex);
            ended[login] = end;
        }));
    };
    auto const count = [&] {
        std::lock_guard const lock(mutex);
        return ended.size();
    };
    for (auto const* login : {"ali", "budi", "siti", "guru1"}) log_in(login);
    auto const begin = std::chrono::steady_clock::now();
    REQUIRE(people->set_enabled("ali", false));
    REQUIRE(people->delete_user("budi", directory::MailFate::kept));
    REQUIRE(people->set_password("siti", "baru"));
    people->set_setting("school.name", "SMK");
    REQUIRE(support::comes_true([&] { return count() == 3; }));
    CHECK(std::chrono::steady_clock::now() - begin < 2s);
    CHECK(ended == std::map<std::string, LoginWatch::End>{{"ali", LoginWatch::End::disabled},
                                                          {"budi", LoginWatch::End::deleted},
                                                          {"siti", LoginWatch::End::other_password}});
    log_in("ali"); // disabled: at once
    CHECK(tokens.back() == nullptr);
    tokens.clear();
    REQUIRE(people->set_enabled("guru1", false));
}
