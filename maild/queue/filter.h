#pragma once
// What people's filters say about one message. Pure but for reading the message from the spool; kept filters:
// appliance/directory/filters.h.

#include "appliance/directory/filters.h"
#include "appliance/message/header.h"
#include "maild/mailbox/ids.h"
#include "maild/queue/spool.h"

#include <string>
#include <vector>

namespace maild::queue
{

/// A message as filters and automatic answers look at it: its first header bytes (limits::header_looked_at), read
/// once whoever gets it. Throws base::StoreError when the spool fails. The message must outlive it.
class MailView
{
public:
    explicit MailView(Message const& message);
    MailView(MailView const&) = delete;
    MailView& operator=(MailView const&) = delete;

    bool fits(directory::Filter const& filter) const;
    message::Header const& header() const { return header_; }

private:
    bool fits(directory::FilterCondition const& condition) const;
    /// The texts that the condition compares, for people, folded.
    std::vector<std::string> texts(directory::FilterCondition const& condition) const;
    bool has_attachment() const;

    Message const& message_;
    std::string const begin_;
    message::Header const header_;
};

/// What is to be done with one person's copy.
struct Verdict {
    std::string mailbox = "INBOX";
    mailbox::Flags flags = {};
    std::vector<std::string> copies = {}; ///< addresses that get it too
};

/// The filters in their order: the last folder named wins, everything else adds up.
Verdict judge(std::vector<directory::Filter> const& filters, MailView const& mail);

} // namespace maild::queue
