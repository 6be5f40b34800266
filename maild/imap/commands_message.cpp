// RFC 3501 section 6.4: commands with a selected mailbox.

#include "maild/imap/session.h"

namespace maild::imap
{

namespace
{
/// RFC 4315 section 3.
std::string copy_uid(mailbox::Copied const& copied)
{
    return "COPYUID " + std::to_string(copied.uid_validity) + ' ' + show_uid_set(copied.from) + ' ' +
           show_uid_set(copied.to);
}

Reply copy_refused(mailbox::Refusal refusal)
{
    if (refusal == mailbox::Refusal::missing) return no("TRYCREATE", "There is no such mailbox");
    return refused(refusal);
}
} // namespace

/// Everything is on stable storage already.
Reply Session::check(Parser& parser)
{
    parser.must_end();
    return ok("Checked");
}

/// RFC 3501 6.4.2: expunges without telling.
Reply Session::close(Parser& parser)
{
    parser.must_end();
    bool const may_expunge = !view_->is_read_only() && (rights_ & mailbox::right_expunge) != 0;
    if (may_expunge)
        if (auto const uids = view_->deleted(); !uids.empty()) context_.store.expunge(view_->id(), uids);
    close_mailbox();
    return ok("Closed");
}

Reply Session::unselect(Parser& parser)
{
    parser.must_end();
    close_mailbox();
    return ok("Closed, nothing expunged");
}

Reply Session::expunge(Parser& parser)
{
    parser.must_end();
    sync(Expunges::tell); // others may have set \Deleted
    if (auto const uids = view_->deleted(); !uids.empty()) context_.store.expunge(view_->id(), uids);
    return expunged("Expunged");
}

/// RFC 4315 section 2.1.
Reply Session::uid_expunge(Parser& parser)
{
    parser.must_space();
    auto const set = parser.must_sequence_set();
    parser.must_end();
    sync(Expunges::tell);
    auto const uids = within_limit(view_->must_resolve(set, Numbers::uid) & view_->deleted());
    if (!uids.empty()) context_.store.expunge(view_->id(), uids);
    return expunged("Expunged");
}

/// A client that may come back without having seen all learns from where to ask then (RFC 7162 3.2.7).
Reply Session::expunged(std::string text)
{
    sync(Expunges::tell); // also to a client that wants no other news (NOTIFY)
    if (!is_enabled(feature_qresync)) return ok(std::move(text));
    return ok(std::move(text), highest_modseq());
}

/// \Seen is each reader's own: a copy takes along what this person has seen, and a mailbox of others takes none.
mailbox::MailStore::Target Session::target_in(SeenMailbox const& mailbox)
{
    mailbox::MailStore::Target target{mailbox.mailbox.name, quota_of(mailbox.mailbox.account),
                                      mailbox.mailbox.account, std::nullopt, changeable(mailbox.rights)};
    if (is_foreign()) target.reader = account();
    if (!mailbox.is_own) target.kept.system &= ~std::uint32_t{mailbox::flag_seen};
    return target;
}

Reply Session::copy(Parser& parser)
{
    parser.must_space();
    auto const set = parser.must_sequence_set();
    parser.must_space();
    auto const target = parser.must_mailbox();
    parser.must_end();

    auto const into = places_->must_find(target, mailbox::right_insert, "TRYCREATE");
    auto const uids = view_->must_resolve(set, numbers());
    if (is_over_limit(uids.size())) { // how far it would come is told, so that the client can cut its set there
        within_limit(uids);
        refuse_over_limit();
    }
    auto const copied = context_.store.copy(view_->id(), uids, target_in(into));
    if (copied.refusal != mailbox::Refusal::none) return copy_refused(copied.refusal);
    return copied.from.empty() ? ok("Nothing to copy") : ok("Copied", copy_uid(copied));
}

/// RFC 6851. The EXPUNGE responses come from the dispatch, like all news.
Reply Session::move(Parser& parser)
{
    parser.must_space();
    auto const set = parser.must_sequence_set();
    parser.must_space();
    auto const target = parser.must_mailbox();
    parser.must_end();

    auto const into = places_->must_find(target, mailbox::right_insert, "TRYCREATE");
    auto const uids = within_limit(view_->must_resolve(set, numbers()));
    auto const moved = context_.store.move(view_->id(), uids, target_in(into));
    if (moved.refusal != mailbox::Refusal::none) return copy_refused(moved.refusal);
    if (!moved.from.empty()) untagged("OK [" + copy_uid(moved) + "] Moved");
    return expunged(moved.from.empty() ? "Nothing to move" : "Moved");
}

} // namespace maild::imap
