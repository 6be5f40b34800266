// RFC 3501 section 6.3: commands after login, about mailboxes as a whole.

#include "maild/imap/session.h"

#include "appliance/base/text.h"
#include "maild/imap/list.h"
#include "maild/imap/resync.h"

namespace maild::imap
{

namespace
{
/// With none of these a mailbox is opened read-only (RFC 4314 5.2).
constexpr mailbox::Rights changing = mailbox::right_seen | mailbox::right_write | mailbox::right_insert |
                                     mailbox::right_delete_messages | mailbox::right_expunge;

/// CREATE's "(USE (\Sent))" (RFC 6154 section 3).
mailbox::SpecialUse must_special_use(Parser& parser)
{
    if (!parser.take("USE (")) throw_bad("Unknown parameter of CREATE");
    auto use = mailbox::SpecialUse::none;
    for (bool first = true; !parser.take(')'); first = false) {
        if (!first) throw_no("USEATTR", "A mailbox can have one use only");
        parser.must_take('\\');
        auto const known = parse_special_use("\\" + parser.must_atom());
        if (!known) throw_no("USEATTR", "This use is not known here");
        use = *known;
    }
    parser.must_take(')');
    return use;
}
} // namespace

/// RFC 5161. Unknown names are ignored as the RFC asks, and so is what is enabled already.
Reply Session::enable(Parser& parser)
{
    std::string enabled;
    do {
        parser.must_space();
        auto const name = parser.must_atom();
        for (auto const& [known, features] :
             {std::pair{"IMAP4rev2", unsigned{feature_rev2}}, std::pair{"UTF8=ACCEPT", unsigned{feature_utf8}},
              std::pair{"CONDSTORE", unsigned{feature_condstore}},
              std::pair{"QRESYNC", feature_condstore | feature_qresync},
              std::pair{"UIDONLY", unsigned{feature_uidonly}}}) {
            if (!base::equal_ignoring_case(name, known) || is_enabled(features)) continue;
            if ((features & feature_condstore) != 0) use_condstore();
            enabled_ |= features;
            enabled += ' ' + std::string(known);
        }
    } while (!parser.at_end());
    untagged("ENABLED" + enabled);
    return ok(enabled.empty() ? "Nothing was enabled" : "Enabled");
}

Reply Session::select(Parser& parser) { return open_mailbox(parser, Access::read_write); }
Reply Session::examine(Parser& parser) { return open_mailbox(parser, Access::read_only); }

/// RFC 3501 6.3.1 and 6.3.2. A failing SELECT leaves no mailbox selected.
Reply Session::open_mailbox(Parser& parser, Access access)
{
    parser.must_space();
    auto const name = parser.must_mailbox();
    auto const options = must_select_options(parser);
    parser.must_end();
    if (options.resync && !is_enabled(feature_qresync)) throw_bad("Enable QRESYNC first");
    if (options.resync && options.resync->matches_numbers && is_enabled(feature_uidonly))
        throw ClientError(bad("With UIDONLY there are no sequence numbers to match", "UIDREQUIRED"));

    if (view_) untagged("OK [CLOSED] The mailbox before is closed");
    close_mailbox();
    auto found = places_->must_find(name, mailbox::right_lookup | mailbox::right_read);
    if ((found.rights & changing) == 0) access = Access::read_only;
    auto mailbox = std::optional(std::move(found.mailbox));
    // Subscribed before the messages are read, so that no change falls between the two.
    news_->fresh = false;
    subscription_ =
        context_.store.subscribe(mailbox->account, [news = news_, id = mailbox->id](mailbox::MailboxId changed) {
            if (changed != id) return;
            news->fresh = true;
            if (news->wakes) news->wakeup.notify();
        });
    store_.read_as(account(), found.is_own ? 0 : mailbox->id);
    rights_ = found.rights;
    if (options.condstore) use_condstore();
    view_.emplace(context_.store, *context_.maps, *mailbox, access, enabled_);
    view_->set_changeable(changeable(rights_));
    if (is_enabled(feature_rev2)) untagged("LIST () \"/\" " + show_name(found.name)); // RFC 9051 6.3.2
    tell_opened();
    if (options.resync) resync(*options.resync);
    return access == Access::read_only ? ok("Opened", "READ-ONLY") : ok("Opened", "READ-WRITE");
}

void Session::close_mailbox()
{
    subscription_.reset();
    view_.reset();
    store_.read_as(0, 0);
    structures_ = {};
    contexts_.clear();
}

/// Asked anew for each command that stores, because administrators change it. What lies in somebody's mailbox counts
/// for him, whoever put it there; the school's mailboxes have no limit.
std::uint64_t Session::quota_of(mailbox::AccountId owner)
{
    if (owner == mailbox::shared_account) return 0;
    if (auto const now = context_.directory.find_user(owner)) return now->quota;
    return owner == user_->id ? user_->quota : 1; // the owner is gone: nothing more comes in
}

Reply Session::create(Parser& parser)
{
    parser.must_space();
    auto name = parser.must_mailbox();
    auto use = mailbox::SpecialUse::none;
    if (parser.take(" (")) use = must_special_use(parser);
    parser.must_end();

    // RFC 3501 6.3.3: a separator at the end says that names will come below it.
    if (name.size() > 1 && name.back() == '/') name.pop_back();
    auto const place = places_->must_locate_new(name);
    if (use != mailbox::SpecialUse::none && place.account != account())
        throw_no("USEATTR", "Only mailboxes of your own can have a use");
    auto const refusal = context_.store.create(place.account, place.name, use);
    if (refusal != mailbox::Refusal::none) return refused(refusal);
    auto const made = context_.store.find(place.account, place.name);
    return ok("Created", made ? "MAILBOXID (" + show_mailbox_id(made->id) + ")" : "");
}

Reply Session::delete_(Parser& parser)
{
    parser.must_space();
    auto const name = parser.must_mailbox();
    parser.must_end();

    auto const mailbox = places_->must_find(name, mailbox::right_delete_mailbox).mailbox;
    auto const refusal = context_.store.remove(mailbox.account, mailbox.name);
    if (refusal != mailbox::Refusal::none) return refused(refusal);
    if (view_ && view_->id() == mailbox.id) {
        untagged("OK [CLOSED] The deleted mailbox is closed");
        close_mailbox();
    }
    return ok("Deleted");
}

Reply Session::rename(Parser& parser)
{
    parser.must_space();
    auto const from = parser.must_mailbox();
    parser.must_space();
    auto const to = parser.must_mailbox();
    parser.must_end();

    auto const source = places_->must_find(from, mailbox::right_delete_mailbox);
    auto const target = places_->must_locate_new(to);
    if (target.account != source.mailbox.account)
        throw_no("CANNOT", "A mailbox cannot change its owner; copy the messages");
    if (!source.is_own && source.mailbox.name == "INBOX") throw_no("CANNOT", "This INBOX is not yours");
    auto const refusal = context_.store.rename(target.account, source.mailbox.name, target.name);
    if (refusal != mailbox::Refusal::none) return refused(refusal);
    return ok("Renamed");
}

Reply Session::subscribe(Parser& parser)
{
    parser.must_space();
    auto const name = parser.must_mailbox();
    parser.must_end();
    auto const refusal = context_.store.set_subscribed(account(), name, true);
    if (refusal != mailbox::Refusal::none) return refused(refusal);
    return ok("Subscribed");
}

Reply Session::unsubscribe(Parser& parser)
{
    parser.must_space();
    auto const name = parser.must_mailbox();
    parser.must_end();
    auto const refusal = context_.store.set_subscribed(account(), name, false);
    // Not subscribed before is as good as not subscribed now.
    if (refusal != mailbox::Refusal::none && refusal != mailbox::Refusal::missing) return refused(refusal);
    return ok("Unsubscribed");
}

} // namespace maild::imap
