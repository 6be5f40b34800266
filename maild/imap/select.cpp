// What SELECT and EXAMINE answer (RFC 3501 6.3.1, 6.3.2), and how a client that knew the mailbox before comes up to
// date (RFC 7162 3.2.5).

#include "maild/imap/session.h"

#include "maild/imap/resync.h"

namespace maild::imap
{

void Session::tell_opened()
{
    auto const& opened = view_->mailbox();
    bool const with_recent = !is_enabled(feature_rev2);
    untagged("FLAGS " + view_->flag_names());
    untagged(std::to_string(view_->size()) + " EXISTS");
    if (with_recent) untagged(std::to_string(view_->recent()) + " RECENT");
    if (auto const unseen = view_->first_unseen(); unseen && with_recent && !is_enabled(feature_uidonly))
        untagged("OK [UNSEEN " + std::to_string(*unseen) + "] The first message not yet read");
    untagged("OK [PERMANENTFLAGS " + view_->permanent_flags() + "] Flags that can be changed");
    untagged("OK [UIDVALIDITY " + std::to_string(opened.uid_validity) + "] The UIDs are valid");
    untagged("OK [MAILBOXID (" + show_mailbox_id(opened.id) + ")] The mailbox's lasting name"); // RFC 8474
    untagged("OK [UIDNEXT " + std::to_string(opened.uid_next) + "] The next UID");
    tell_highest_modseq();
}

void Session::tell_highest_modseq() { untagged("OK [" + highest_modseq() + "] The last change"); }

std::string Session::highest_modseq() const
{
    return "HIGHESTMODSEQ " + std::to_string(view_->mailbox().highest_modseq);
}

/// RFC 7162 3.1: from the first command that speaks of mod-sequences on, all answers have them.
void Session::use_condstore()
{
    if (is_enabled(feature_condstore)) return;
    enabled_ |= feature_condstore;
    if (view_) tell_highest_modseq();
}

/// Tells what went and what changed since the client was here.
void Session::resync(Resync const& asked)
{
    if (asked.uid_validity != view_->mailbox().uid_validity) return; // it starts anew
    auto const changes = context_.store.changes_since(view_->id(), asked.modseq);
    SequenceSet all;
    all.add(1, SequenceSet::last);
    auto const& known = asked.known_uids ? *asked.known_uids : all;
    view_->tell_vanished(changes.expunged, known, writer());
    view_->tell_flags(view_->must_resolve(known, Numbers::uid) & (changes.arrived | changes.changed), writer());
}

} // namespace maild::imap
