#include "maild/queue/policy.h"

#include "appliance/directory/directory.h"

#include <algorithm>

namespace maild::queue
{

namespace
{
constexpr std::pair<std::string_view, MailClass> chosen_keys[] = {
    {"queue.premium", MailClass::premium}, {"queue.standard", MailClass::standard}, {"queue.bulk", MailClass::bulk}};
}

RetryRule Policy::retry()
{
    return {settings_.duration("queue.retry.first"), settings_.duration("queue.retry.longest"),
            settings_.duration("queue.lifetime"), settings_.duration("queue.warning")};
}

std::optional<MailClass> Policy::chosen(std::string const& login)
{
    for (auto const& [key, mail_class] : chosen_keys) {
        auto const logins = settings_.words(key);
        if (std::find(logins.begin(), logins.end(), login) != logins.end()) return mail_class;
    }
    return std::nullopt;
}

MailClass Policy::class_of(Envelope const& envelope)
{
    if (envelope.login.empty()) return MailClass::standard;
    if (auto const mail_class = chosen(envelope.login)) return *mail_class;
    auto const user = directory_.find_user(envelope.login);
    return user && user->role != directory::Role::pupil ? MailClass::premium : MailClass::standard;
}

Settlement::BulkRule Policy::bulk()
{
    Settlement::BulkRule rule{settings_.number("queue.bulk.recipients"), settings_.duration("queue.bulk.window"), {}};
    for (auto const& [key, mail_class] : chosen_keys)
        for (auto& login : settings_.words(key)) rule.exempt.insert(std::move(login));
    return rule;
}

} // namespace maild::queue
