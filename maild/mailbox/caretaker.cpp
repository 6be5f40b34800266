#include "maild/mailbox/caretaker.h"

#include "appliance/base/log.h"
#include "maild/limits.h"
#include "maild/mailbox/upkeep.h"

#include <ctime>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

namespace maild::mailbox
{

namespace
{
constexpr base::Timestamp hour_us = base::Timestamp{3600} * 1000000;

int local_hour(base::Timestamp now)
{
    std::time_t const seconds = now / 1000000;
    std::tm local{};
    ::localtime_r(&seconds, &local);
    return local.tm_hour;
}
} // namespace

bool is_check_due(base::Timestamp last, base::Timestamp now, int hour)
{
    bool const is_night = hour >= 1 && hour < 5;
    return now - last > (is_night ? 12 : 30) * hour_us;
}

Caretaker::Caretaker(MailStore& store, directory::Directory& directory, std::vector<service::Socket> pokes,
                     base::Clock const& clock)
    : store_(store),
      directory_(directory),
      pokes_(std::move(pokes)),
      clock_(clock),
      wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      thread_([this] { run(); })
{
}

Caretaker::~Caretaker()
{
    stopping_ = true;
    std::uint64_t const one = 1;
    [[maybe_unused]] auto const written = ::write(wake_.get(), &one, sizeof one);
    thread_.join();
}

void Caretaker::run()
{
    ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), limits::caretaker_niceness);
    while (!stopping_) {
        try {
            // Asked before looking: what a guest that has just gone wrote is seen by one look more.
            bool const had_guests = std::exchange(has_guests_, store_.upkeep().has_guests());
            if (had_guests || has_guests_ || is_first_) store_.upkeep().notice_others();
            is_first_ = false;
            if (!had_guests && !has_guests_) check_when_due();
        } catch (std::exception const& error) { // the top of this thread
            base::log(base::Level::error, "", "caretaker-failed", {{"why", error.what()}});
        }
        wait();
    }
}

/// Until a poke; while another process works here, at most a second: it may die between its commit and its poke.
void Caretaker::wait()
{
    std::vector<pollfd> watched = {{wake_.get(), POLLIN, 0}};
    for (auto const& poke : pokes_) watched.push_back({poke.fd, POLLIN, 0});
    auto const longest = has_guests_ || !unchecked_.empty() ? limits::guest_look : limits::caretaker_look;
    if (::poll(watched.data(), watched.size(), static_cast<int>(longest.count())) <= 0) return;
    char byte = 0;
    for (auto const& poke : pokes_)
        while (::recv(poke.fd, &byte, 1, MSG_DONTWAIT) >= 0) has_guests_ = true;
}

void Caretaker::check_when_due()
{
    auto const now = clock_.now();
    if (unchecked_.empty()) {
        auto const last = store_.upkeep().last_check();
        if (last == 0) return store_.upkeep().note_check(now); // a new store
        if (!is_check_due(last, now, local_hour(now))) return;
        unchecked_ = store_.accounts();
        check_begun_ = now;
        store_.upkeep().doubt_all_files();
        if (unchecked_.empty()) return store_.upkeep().note_check(now);
    }
    check(unchecked_.back());
    unchecked_.pop_back();
    if (!unchecked_.empty()) return;
    store_.upkeep().note_check(now);
    base::log(base::Level::info, "", "mailboxes-checked",
              {{"seconds", std::to_string((clock_.now() - check_begun_) / 1000000)}});
}

void Caretaker::check(AccountId account)
{
    CheckOptions const options{.depth = CheckOptions::Depth::counters, .repair = true};
    auto const user = directory_.find_user(account);
    auto const name = user ? user->login : "#" + std::to_string(account);
    for (auto const& finding : store_.upkeep().check(account, options)) {
        auto const* const event = finding.fault == Fault::account_counters ? "quota-repaired" : "mailbox-repaired";
        base::log(base::Level::warning, "", event,
                  {{"user", name},
                   {"mailbox", finding.mailbox},
                   {"was", std::to_string(finding.was)},
                   {"is", std::to_string(finding.is)}});
    }
}

} // namespace maild::mailbox
