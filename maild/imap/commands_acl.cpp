// ACL (RFC 4314): who else may use a mailbox.

#include "maild/imap/session.h"

namespace maild::imap
{

namespace
{
/// RFC 4314 3.5: enough to be told what he may do.
constexpr mailbox::Rights some_of = mailbox::right_lookup;
constexpr std::string_view optional_rights = " l r s w i p k x t e a c d";

/// What "lrs", "+lrs" or "-lrs" does to the rights of an entry.
struct RightsChange {
    char how = '='; ///< '+', '-' or '='
    mailbox::Rights rights = 0;

    mailbox::Rights of(mailbox::Rights before) const
    {
        if (how == '+') return before | rights;
        if (how == '-') return before & ~rights;
        return rights;
    }
};

RightsChange must_rights_change(Parser& parser)
{
    auto text = parser.must_astring();
    RightsChange change;
    if (text.starts_with('+') || text.starts_with('-')) {
        change.how = text.front();
        text.erase(0, 1);
    }
    auto const rights = mailbox::parse_rights(text);
    if (!rights) throw_bad("Rights are letters of lrswipkxtea");
    change.rights = *rights;
    return change;
}

mailbox::Rights rights_of(std::vector<mailbox::AclEntry> const& entries, mailbox::AclEntry const& wanted)
{
    for (auto const& entry : entries)
        if (entry.identifier == wanted.identifier && entry.is_negative == wanted.is_negative) return entry.rights;
    return 0;
}
} // namespace

/// "ali", "-$x-tkj-1": the entry without its rights. The owner has none: he may do everything.
mailbox::AclEntry Session::must_acl_entry(std::string_view text, mailbox::Mailbox const& mailbox)
{
    mailbox::AclEntry entry;
    entry.is_negative = text.starts_with('-');
    entry.identifier = places_->must_identifier(text.substr(entry.is_negative ? 1 : 0));
    if (entry.identifier == "@" + std::to_string(mailbox.account))
        throw_no("CANNOT", "The owner always has all rights");
    return entry;
}

Reply Session::set_acl(Parser& parser)
{
    parser.must_space();
    auto const name = parser.must_mailbox();
    parser.must_space();
    auto const who = parser.must_astring();
    parser.must_space();
    auto const change = must_rights_change(parser);
    parser.must_end();

    auto const mailbox = places_->must_find(name, mailbox::right_admin).mailbox;
    auto entry = must_acl_entry(who, mailbox);
    entry.rights = change.of(rights_of(context_.store.acl(mailbox.id), entry));
    auto const refusal = context_.store.set_acl(mailbox.id, entry);
    if (refusal != mailbox::Refusal::none) return refused(refusal);
    return ok("The rights are set");
}

Reply Session::delete_acl(Parser& parser)
{
    parser.must_space();
    auto const name = parser.must_mailbox();
    parser.must_space();
    auto const who = parser.must_astring();
    parser.must_end();

    auto const mailbox = places_->must_find(name, mailbox::right_admin).mailbox;
    auto const refusal = context_.store.set_acl(mailbox.id, must_acl_entry(who, mailbox));
    if (refusal != mailbox::Refusal::none) return refused(refusal);
    return ok("The rights are removed");
}

Reply Session::get_acl(Parser& parser)
{
    parser.must_space();
    auto const name = parser.must_mailbox();
    parser.must_end();

    auto const found = places_->must_find(name, mailbox::right_admin);
    auto text = "ACL " + show_name(found.name);
    auto const owner = places_->show_identifier("@" + std::to_string(found.mailbox.account));
    if (owner) text += ' ' + show_astring(*owner) + ' ' + mailbox::show_rights(mailbox::all_rights);
    for (auto const& entry : context_.store.acl(found.mailbox.id)) {
        auto const who = places_->show_identifier(entry.identifier);
        if (!who) continue; // a user who was deleted
        text += ' ' + show_astring((entry.is_negative ? "-" : "") + *who) + ' ' + mailbox::show_rights(entry.rights);
    }
    untagged(text);
    return ok("These have rights");
}

Reply Session::list_rights(Parser& parser)
{
    parser.must_space();
    auto const name = parser.must_mailbox();
    parser.must_space();
    auto const who = parser.must_astring();
    parser.must_end();

    auto const found = places_->must_find(name, mailbox::right_admin);
    auto const text = "LISTRIGHTS " + show_name(found.name) + ' ' + show_astring(who) + ' ';
    auto const identifier = places_->must_identifier(who.substr(who.starts_with('-') ? 1 : 0));
    bool const is_owner = identifier == "@" + std::to_string(found.mailbox.account);
    untagged(is_owner ? text + mailbox::show_rights(mailbox::all_rights)
                      : text + "\"\"" + std::string(optional_rights));
    return ok("Each of these can be given alone");
}

Reply Session::my_rights(Parser& parser)
{
    parser.must_space();
    auto const name = parser.must_mailbox();
    parser.must_end();
    auto const found = places_->must_find(name, some_of);
    untagged("MYRIGHTS " + show_name(found.name) + ' ' + mailbox::show_rights(found.rights));
    return ok("These are yours");
}

} // namespace maild::imap
