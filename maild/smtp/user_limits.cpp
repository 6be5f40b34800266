#include "maild/smtp/user_limits.h"

#include "maild/smtp/reply.h"

namespace maild::smtp
{

namespace
{
constexpr base::Timestamp minute = 60'000'000;
constexpr base::Timestamp minutes_counted = 60;

[[noreturn]] void too_many_messages(std::uint64_t most)
{
    throw ClientError(450, "4.7.1",
                      "You have sent " + std::to_string(most) +
                          " mails in an hour, which is the limit; try again later");
}

[[noreturn]] void too_many_recipients(std::uint64_t most)
{
    throw ClientError(450, "4.7.1",
                      "You have written to " + std::to_string(most) +
                          " recipients in an hour, which is the limit; try again later or write to a class");
}
} // namespace

std::uint64_t UserLimits::limit(directory::User const& user, std::string_view what)
{
    std::string const who = user.role == directory::Role::pupil ? "pupil" : "teacher";
    return settings_.number("mail.limit." + who + '.' + std::string(what));
}

void UserLimits::must_allow_message(directory::User const& user)
{
    auto const most = limit(user, "messages-per-hour");
    if (most > 0 && sum(user).messages >= most) too_many_messages(most);
}

void UserLimits::must_allow_recipient(directory::User const& user, std::size_t begun)
{
    auto const most = limit(user, "recipients-per-hour");
    if (most > 0 && sum(user).recipients + begun >= most) too_many_recipients(most);
}

void UserLimits::must_take(directory::User const& user, std::size_t recipients)
{
    auto const messages_most = limit(user, "messages-per-hour");
    auto const recipients_most = limit(user, "recipients-per-hour");
    if (messages_most == 0 && recipients_most == 0) return;
    std::lock_guard const lock(mutex_);
    auto const now = clock_.now();
    auto& hour = hour_of(user.login, now);
    Minute all;
    for (auto const& one : hour) {
        all.messages += one.messages;
        all.recipients += one.recipients;
    }
    if (messages_most > 0 && all.messages >= messages_most) too_many_messages(messages_most);
    if (recipients_most > 0 && all.recipients + recipients > recipients_most) too_many_recipients(recipients_most);
    if (hour.empty() || hour.back().number != now / minute) hour.push_back({now / minute, 0, 0});
    ++hour.back().messages;
    hour.back().recipients += recipients;
}

UserLimits::Minute UserLimits::sum(directory::User const& user)
{
    std::lock_guard const lock(mutex_);
    Minute all;
    for (auto const& one : hour_of(user.login, clock_.now())) {
        all.messages += one.messages;
        all.recipients += one.recipients;
    }
    return all;
}

UserLimits::Hour& UserLimits::hour_of(std::string const& login, base::Timestamp now)
{
    auto known = hours_.find(login);
    if (known == hours_.end()) {
        // Once for each person in the life of this process. All of it counts as sent just now: errs on the safe side.
        auto const before = spool_.use_since(now - minutes_counted * minute, login);
        known = hours_.emplace(login, Hour()).first;
        for (auto const& use : before) known->second.push_back({now / minute, use.messages, use.recipients});
    }
    auto& hour = known->second;
    while (!hour.empty() && hour.front().number + minutes_counted <= now / minute) hour.pop_front();
    return hour;
}

} // namespace maild::smtp
