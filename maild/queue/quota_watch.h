#pragma once
// Keeps the spool's list of nearly full mailboxes up to date, so that SMTP can refuse at RCPT what would not fit.

#include "appliance/directory/directory.h"
#include "maild/mailbox/store.h"
#include "maild/queue/spool.h"

#include <map>
#include <mutex>
#include <set>

namespace maild::queue
{

class QuotaWatch
{
public:
    QuotaWatch(directory::Directory& directory, mailbox::MailStore& store, Spool& spool);

    /// Something went into the mailbox (or did not fit). Cheap: notes only. Any thread.
    void changed(directory::User const& user, std::uint64_t bytes);
    /// Looks at those noted and those published, and publishes what is new. One thread, about once a second.
    void refresh();

private:
    void look_at(mailbox::AccountId account);

    directory::Directory& directory_;
    mailbox::MailStore& store_;
    Spool& spool_;
    std::mutex mutex_;
    std::set<mailbox::AccountId> noted_;
    std::map<mailbox::AccountId, std::uint64_t> estimates_; ///< bytes used, about
    std::map<mailbox::AccountId, std::int64_t> published_;  ///< used by refresh() only
};

} // namespace maild::queue
