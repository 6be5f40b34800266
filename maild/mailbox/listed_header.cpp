#include "maild/mailbox/listed_header.h"

#include "appliance/base/text.h"
#include "appliance/message/filter_fields.h"

#include <algorithm>
#include <array>

namespace maild::mailbox
{

namespace
{
/// What Thunderbird, mutt, Outlook, K-9, Apple Mail and the usual webmails ask for in their lists.
constexpr std::array<std::string_view, 31> listed = {"From",
                                                     "To",
                                                     "Cc",
                                                     "Bcc",
                                                     "Subject",
                                                     "Date",
                                                     "Message-ID",
                                                     "In-Reply-To",
                                                     "References",
                                                     "Reply-To",
                                                     "Sender",
                                                     "Content-Type",
                                                     "Newsgroups",
                                                     "Priority",
                                                     "X-Priority",
                                                     "Importance",
                                                     "X-Label",
                                                     "Lines",
                                                     "List-Id",
                                                     "List-Post",
                                                     "List-Help",
                                                     "List-Subscribe",
                                                     "Mail-Reply-To",
                                                     "List-Unsubscribe",
                                                     "X-Draft-Info",
                                                     "Mail-Followup-To",
                                                     "MIME-Version",
                                                     "Content-Description",
                                                     "User-Agent",
                                                     "Content-Transfer-Encoding",
                                                     "Disposition-Notification-To"};
} // namespace

bool is_listed_field(std::string_view name)
{
    return std::any_of(listed.begin(), listed.end(), [&](std::string_view one) {
        return one.size() == name.size() && base::equal_ignoring_case(one, name);
    });
}

std::optional<std::string> listed_header(std::string_view header)
{
    return message::try_filter_plain_fields(header, is_listed_field);
}

} // namespace maild::mailbox
