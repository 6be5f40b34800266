#pragma once
// Routes what SMTP accepted and delivers what is for mailboxes here, many messages in one commit, each exactly once.

#include "maild/queue/filter.h"
#include "maild/queue/personal_rules.h"
#include "maild/queue/policy.h"
#include "maild/queue/queue.h"
#include "maild/queue/quota_watch.h"
#include "maild/queue/report.h"
#include "maild/queue/router.h"

#include <map>

namespace maild::queue
{

class LocalDelivery
{
public:
    LocalDelivery(Context const& context, QuotaWatch& quotas)
        : context_(context), quotas_(quotas), policy_(context.directory, context.clock), rules_(context.filters)
    {
    }

    /// One round: takes what is due, delivers, settles. Gives the number of messages taken; 0: nothing was due.
    /// Throws base::StoreError when a store is broken; then every message is still in the spool.
    std::size_t run();

private:
    struct Routed {
        Recipient const* recipient;
        Route route;
    };
    /// What some of the mailboxes get: the message with these fields in front.
    struct Copy {
        std::string fields; ///< of a list; empty: addressed to the person himself
        std::vector<directory::UserId> users;
    };
    enum class Stored { yes, no, no_room };
    /// One message of the round.
    struct Work {
        Message const* message;
        std::vector<Routed> routed;
        std::vector<Copy> copies; ///< each user is in one of them, in the direct one if he can be
        std::map<directory::UserId, directory::User> users; ///< of all its recipients
        std::map<directory::UserId, mailbox::Delivered> outcomes;
        std::map<directory::UserId, Verdict> verdicts; ///< of those who have filters
        Stored stored = Stored::yes;                   ///< whether the store took it
    };

    Work route_message(Message const& message);
    void deliver(std::vector<Work>& works);
    void deliver_each(std::vector<Work>& works);
    /// Delivers those works in one commit and notes the outcomes.
    void deliver_together(std::vector<Work*> const& works);
    Route route_recipient(Message const& message, Recipient const& recipient);
    static std::vector<Copy> copies_of(std::vector<Routed> const& routed, std::string_view domain);
    static mailbox::Delivery delivery_of(Work const& work, Copy const& copy);
    void settle_work(Work const& work, Settlement& settlement, Reports& reports, base::Timestamp now);
    void settle_unstored(Work const& work, Settlement& settlement, base::Timestamp now);
    void settle_recipient(Work const& work, Routed const& routed, Settlement& settlement, Reports& reports);
    void send_onward(Message const& message, Routed const& routed, Settlement& settlement, Reports& reports);
    // People's own rules (local_rules.cpp).
    void judge_work(Work& work);
    /// What follows from the rules of those into whose mailboxes the message went.
    void settle_rules(Work const& work, Settlement& settlement, base::Timestamp now);
    void settle_filters(Work const& work, directory::User const& user, Settlement& settlement);
    void settle_vacation(Work const& work, directory::User const& user, MailView const& mail, Settlement& settlement,
                         base::Timestamp now);
    bool may_copy(directory::User const& user, std::string_view address);
    std::string address_of(directory::User const& user) { return user.login + '@' + context_.directory.domain(); }
    /// A new message with the bytes of this one, which says that it has been at `address`.
    Settlement::NewMessage passed_on(Message const& message, std::string const& address,
                                     std::string const& sender) const;
    void report_full(Message const& message, Routed const& routed, std::vector<std::string> const& full,
                     Reports& reports) const;

    Context context_;
    QuotaWatch& quotas_;
    Policy policy_;
    PersonalRules rules_;
};

} // namespace maild::queue
