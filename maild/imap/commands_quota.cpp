// QUOTA (RFC 9208): how much room a person has. The root is named by his login; mailboxes of others count for their
// owners and have no root that he could look at.

#include "maild/imap/session.h"

namespace maild::imap
{

namespace
{
constexpr std::uint64_t unit = 1024; ///< RFC 9208 5.1

std::string show_storage(std::uint64_t used, std::uint64_t allowed)
{
    return "(STORAGE " + std::to_string((used + unit - 1) / unit) + ' ' + std::to_string(allowed / unit) + ")";
}
} // namespace

void Session::tell_quota(std::uint64_t allowed)
{
    untagged("QUOTA " + show_astring(user_->login) + ' ' +
             show_storage(context_.store.usage(account()).bytes, allowed));
}

Reply Session::get_quota(Parser& parser)
{
    parser.must_space();
    auto const root = parser.must_astring();
    parser.must_end();
    auto const allowed = quota();
    if (root != user_->login || allowed == 0) throw_no("NONEXISTENT", "There is no such quota root");
    tell_quota(allowed);
    return ok("That is your room");
}

Reply Session::get_quota_root(Parser& parser)
{
    parser.must_space();
    auto const name = parser.must_mailbox();
    parser.must_end();
    auto const found = places_->must_find(name, mailbox::right_read);
    auto const allowed = quota();
    bool const has_root = found.is_own && allowed != 0;
    untagged("QUOTAROOT " + show_name(found.name) + (has_root ? ' ' + show_astring(user_->login) : ""));
    if (has_root) tell_quota(allowed);
    return ok(has_root ? "That is its room" : "It has no limit that concerns you");
}

/// The school database is read only here.
Reply Session::set_quota(Parser& parser)
{
    parser.must_space();
    parser.must_astring();
    parser.must_space();
    parser.must_take('(');
    while (!parser.take(')')) {
        parser.must_atom();
        parser.must_space();
        parser.must_number64();
        parser.take(' ');
    }
    parser.must_end();
    throw_no("NOPERM", "Only the administrator sets limits, on the appliance itself");
}

} // namespace maild::imap
