// LocalDelivery: what people's own filters and automatic answers do with a message.

#include "appliance/base/log.h"
#include "appliance/base/text.h"
#include "appliance/message/compose.h"
#include "maild/queue/list_fields.h"
#include "maild/queue/local.h"
#include "maild/queue/vacation.h"

#include <algorithm>

namespace maild::queue
{

namespace
{
using Outcome = mailbox::Delivered::Outcome;
} // namespace

/// Junk goes to Junk, whatever the filters say.
void LocalDelivery::judge_work(Work& work)
{
    if (work.message->envelope.junk) return;
    std::optional<MailView> mail;
    for (auto const& [id, user] : work.users) {
        auto const& rules = rules_.of(id);
        if (rules.filters.empty()) continue;
        if (!mail) mail.emplace(*work.message);
        work.verdicts.emplace(id, judge(rules.filters, *mail));
    }
}

void LocalDelivery::settle_rules(Work const& work, Settlement& settlement, base::Timestamp now)
{
    std::optional<MailView> mail;
    for (auto const& [id, user] : work.users) {
        auto const& rules = rules_.of(id);
        if (rules.empty() || work.outcomes.at(id).outcome == Outcome::over_quota) continue;
        settle_filters(work, user, settlement);
        if (!rules.vacation.is_on(now)) continue;
        if (!mail) mail.emplace(*work.message);
        settle_vacation(work, user, *mail, settlement, now);
    }
}

void LocalDelivery::settle_filters(Work const& work, directory::User const& user, Settlement& settlement)
{
    auto const found = work.verdicts.find(user.id);
    if (found == work.verdicts.end()) return;
    auto const& message = *work.message;
    auto const own = address_of(user);
    if (found->second.mailbox != "INBOX")
        settlement.events.push_back(
            {.message = message.id, .kind = TraceKind::filed, .recipient = own, .place = found->second.mailbox});
    for (auto const& address : found->second.copies) {
        // A copy that comes back has been here before: it goes no second time.
        if (!may_copy(user, address) || has_been_at(message, own)) {
            base::log(base::Level::info, "", "copy-not-sent",
                      {{"id", show(message.id)}, {"of", user.login}, {"to", address}});
            continue;
        }
        // It is his mail from here on: what fails is no business of whoever wrote it. A report stays one.
        auto copy = passed_on(message, own, message.envelope.sender.empty() ? "" : own);
        copy.envelope.login = user.login;
        copy.recipients.push_back({address, {}, notify_never});
        settlement.events.push_back({.message = message.id,
                                     .kind = TraceKind::copied,
                                     .recipient = own,
                                     .place = address + '\n' + show(copy.body.id())});
        settlement.reports.push_back(std::move(copy));
    }
}

/// Within the school whom he may write to; outside as the setting mail.forwarding says.
bool LocalDelivery::may_copy(directory::User const& user, std::string_view address)
{
    auto const at = address.rfind('@');
    if (at == std::string_view::npos) return false;
    auto const meaning = context_.directory.resolve(address.substr(0, at), address.substr(at + 1));
    using Kind = directory::Resolution::Kind;
    if (meaning.kind == Kind::local)
        return directory::may_write(meaning, user) && !base::equal_ignoring_case(address, address_of(user));
    if (meaning.kind == Kind::unknown || context_.directory.is_offline()) return false;
    auto const who = context_.directory.setting("mail.forwarding").value_or("teachers");
    return who == "everybody" || (who == "teachers" && user.role != directory::Role::pupil);
}

void LocalDelivery::settle_vacation(Work const& work, directory::User const& user, MailView const& mail,
                                    Settlement& settlement, base::Timestamp now)
{
    constexpr base::Timestamp day = base::Timestamp{24} * 3600 * 1000000;
    auto const& message = *work.message;
    auto const& vacation = rules_.of(user.id).vacation;
    auto const reached = std::find_if(work.routed.begin(), work.routed.end(), [&](Routed const& routed) {
        auto const& users = routed.route.users;
        return !routed.route.list &&
               std::any_of(users.begin(), users.end(), [&](auto const& one) { return one.id == user.id; });
    });
    if (reached == work.routed.end()) return; // only as one of a list
    Absent const absent{user, vacation, address_of(user), reached->recipient->address};
    if (!is_to_be_answered(absent, message, mail)) return;

    auto const sender = base::lower(message.envelope.sender);
    auto const is_same = [&](auto const& one) { return one.account == user.id && one.sender == sender; };
    if (std::any_of(settlement.answered.begin(), settlement.answered.end(), is_same)) return;
    if (now - context_.spool.last_answer(user.id, sender) < vacation.days * day) return;

    auto const message_id = message::new_message_id(context_.directory.domain());
    Settlement::NewMessage answer{context_.spool.begin(), {}, {}};
    answer.body.add_return_path("");
    answer.body.append(vacation_answer(absent, message, mail, message_id, now));
    answer.envelope.body_type = BodyType::eight_bit;
    answer.envelope.arrival.header_id = message_id;
    answer.envelope.arrival.about = message.id;
    answer.recipients.push_back({message.envelope.sender, {}, notify_never});
    settlement.events.push_back({.message = message.id,
                                 .kind = TraceKind::answered,
                                 .recipient = absent.address,
                                 .place = show(answer.body.id())});
    settlement.reports.push_back(std::move(answer));
    settlement.answered.push_back({user.id, sender, now});
}

} // namespace maild::queue
