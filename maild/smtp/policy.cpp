#include "maild/smtp/policy.h"

#include "appliance/base/cursor.h"
#include "appliance/base/text.h"
#include "appliance/message/words.h"
#include "maild/limits.h"

#include <algorithm>

namespace maild::smtp
{

using Kind = directory::Resolution::Kind;

std::string Policy::complete(message::Address const& address) const
{
    if (address.is_null() || !address.domain.empty()) return address.show();
    return message::Address{address.local_part, directory_.domain()}.show();
}

bool Policy::owns(directory::User const& user, std::string_view local_part, std::string_view domain) const
{
    auto const meaning = directory_.resolve(local_part, domain);
    return meaning.kind == Kind::local && directory::may_send_as(meaning, user);
}

void Policy::must_own_sender(directory::User const& user, message::Address const& sender) const
{
    // The null sender is that of reports (a mail program's "read" notice, RFC 8098).
    if (sender.is_null() || owns(user, sender.local_part, sender.domain)) return;
    throw ClientError(550, "5.7.1", "This is not your address; send as yourself");
}

void Policy::must_be_foreign(message::Address const& sender) const
{
    if (sender.is_null() || sender.domain.empty() || !directory_.is_local_domain(sender.domain)) return;
    throw ClientError(550, "5.7.1", "Mail from this school's addresses is sent on port 587 or 465, with a login");
}

std::optional<Reply> Policy::refuse_from(directory::User const& user, HeaderFacts const& facts) const
{
    auto const is_mailbox = [](auto const& item) { return item.kind == message::AddressItem::Kind::mailbox; };
    if (facts.has_from && std::none_of(facts.from.begin(), facts.from.end(), is_mailbox))
        return Reply{550, "5.6.0", "The From field names no address; send as yourself"};
    for (auto const* list : {&facts.from, &facts.sender})
        for (auto const& item : *list) {
            if (is_mailbox(item) && !owns(user, item.mailbox, base::lower(item.host)))
                return list == &facts.from ? Reply{550, "5.7.1", "The From address is not yours; send as yourself"}
                                           : Reply{550, "5.7.1", "The Sender address is not yours; send as yourself"};
            if (names_another(user, item.name))
                return Reply{550, "5.7.1", "Your name in From looks like another address; write your own name"};
        }
    return std::nullopt;
}

/// `"kepsek@sekolah.sch.id" <ali@sekolah.sch.id>`: many mail programs show only the name.
bool Policy::names_another(directory::User const& user, std::string_view display_name) const
{
    auto const name = message::decode_words(display_name);
    constexpr auto inside = base::letters | base::digits | base::ByteSet(".-_+@");
    for (base::Cursor cursor(name); !cursor.at_end();) {
        cursor.take_until(inside);
        auto const word = cursor.take_while(inside);
        auto const at = word.rfind('@');
        if (at == std::string_view::npos || at == 0 || at + 1 == word.size()) continue;
        auto domain = base::lower(word.substr(at + 1));
        while (domain.ends_with('.')) domain.pop_back();
        if (!domain.empty() && directory_.is_local_domain(domain) && !owns(user, word.substr(0, at), domain))
            return true;
    }
    return false;
}

void Policy::must_accept_recipient(std::optional<directory::User> const& user, message::Address const& recipient,
                                   std::uint64_t size) const
{
    auto const purpose = user ? Purpose::submission : Purpose::relay;
    auto const meaning = directory_.resolve(recipient.local_part, recipient.domain);
    switch (meaning.kind) {
    case Kind::unknown: throw ClientError(550, "5.1.1", "No such user here");
    case Kind::local:
        if (meaning.users.empty() && meaning.remote.empty())
            throw ClientError(550, "5.2.1", "Nobody receives mail at this address now");
        if (!directory::may_write(meaning, user))
            throw ClientError(550, "5.7.1",
                              user ? "You may not write to this list; ask the school's administrator"
                                   : "Only people of this school may write to this list, after login");
        // One mailbox can be refused now; of several the full ones are reported later.
        if (meaning.users.size() == 1 && meaning.remote.empty()) must_have_room(purpose, meaning.users.front(), size);
        return;
    case Kind::elsewhere: break;
    }
    if (purpose == Purpose::relay) throw ClientError(550, "5.7.1", "Relaying denied");
    if (directory_.is_offline())
        throw ClientError(550, "5.4.4", "This box is offline: mail goes only to addresses of this school");
}

void Policy::must_have_room(Purpose purpose, directory::User const& user, std::uint64_t size) const
{
    if (user.quota > 0 && size > user.quota)
        throw ClientError(552, "5.2.2", "The message is larger than the whole mailbox");
    auto const room = spool_.room(user.id);
    if (!room || *room >= std::max(limits::mailbox_room, static_cast<std::int64_t>(size))) return;
    // Another server tries again for days; a person in front of a mail program wants to know now.
    if (purpose == Purpose::submission) throw ClientError(552, "5.2.2", "The mailbox is full");
    throw ClientError(452, "4.2.2", "The mailbox is full, try again later");
}

} // namespace maild::smtp
