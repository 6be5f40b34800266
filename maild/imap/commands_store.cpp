// STORE (RFC 3501 6.4.6) with UNCHANGEDSINCE (RFC 7162).

#include "maild/imap/session.h"

#include "maild/imap/limits.h"
#include "maild/imap/resync.h"

#include <algorithm>

namespace maild::imap
{

namespace
{
struct StoreAction {
    mailbox::FlagChange change = mailbox::FlagChange::replace;
    bool silent = false;
};

/// "+FLAGS.SILENT" and its kin.
StoreAction must_store_action(Parser& parser)
{
    StoreAction action;
    if (parser.take('+'))
        action.change = mailbox::FlagChange::add;
    else if (parser.take('-'))
        action.change = mailbox::FlagChange::remove;
    if (!parser.take("FLAGS")) throw_bad("Expected FLAGS");
    action.silent = parser.take(".SILENT");
    return action;
}

/// RFC 4314 section 4: what may not change is left alone without a word, unless that is all of it.
void must_change_some(mailbox::FlagChange change, mailbox::Flags const& flags, mailbox::FlagMask const& mask)
{
    bool const names_one = (flags.system & mask.system) != 0 || (mask.keywords && !flags.keywords.empty());
    bool const may_clear = change == mailbox::FlagChange::replace && mask.system != 0;
    bool const names_none = flags.system == 0 && flags.keywords.empty() && change != mailbox::FlagChange::replace;
    if (!names_one && !may_clear && !names_none)
        throw_no("NOPERM", "You have no right to change these flags in that mailbox");
}

/// "2,5:7": of sequence numbers or UIDs, as the command has them.
std::string show_set(mailbox::UidSet const& uids, UidMap const& map, Numbers numbers)
{
    if (numbers == Numbers::uid) return show_uid_set(uids);
    mailbox::UidSet shown;
    for (auto const uid : uids.uids())
        if (auto const number = map.number(uid)) shown.add(*number);
    return show_uid_set(shown);
}
} // namespace

Reply Session::store(Parser& parser)
{
    parser.must_space();
    auto const set = parser.must_sequence_set();
    parser.must_space();
    auto const unchanged_since = must_unchanged_since(parser);
    auto const action = must_store_action(parser);
    parser.must_space();
    auto const flags = parser.must_store_flags();
    parser.must_end();

    auto const mask = changeable(rights_);
    must_change_some(action.change, flags, mask);
    if (unchanged_since) use_condstore();
    auto const selection = within_limit(view_->must_resolve(set, numbers()));
    mailbox::FlagOptions const options{.unchanged_since = unchanged_since,
                                       .means = means(),
                                       .known = view_->mailbox().highest_modseq,
                                       .changeable = mask};
    std::size_t there = 0;
    mailbox::UidSet modified;
    bool too_many = false;
    auto pieces = selection.pieces(limits::store_piece);
    if (order() == Walk::Order::newest_first) std::reverse(pieces.begin(), pieces.end());
    for (auto const& piece : pieces) {
        auto stored = context_.store.store_flags(view_->id(), piece, action.change, flags, options);
        if (order() == Walk::Order::newest_first) std::reverse(stored.now.begin(), stored.now.end());
        view_->tell_stored(stored, action.silent, writer());
        there += stored.now.size() + stored.failed.size();
        if (unchanged_since) modified = modified | stored.failed;
        too_many = too_many || stored.over_limit;
    }
    if (too_many) return no("LIMIT", "A message has too many keywords");
    if (!modified.empty()) {
        auto code = "MODIFIED " + show_set(modified, view_->map(), numbers());
        if (there < selection.size()) return no(std::move(code), "Some were changed meanwhile, some are gone");
        return ok("The others are stored", std::move(code));
    }
    if (there < selection.size()) return no("EXPUNGEISSUED", "Some of the messages are gone");
    return ok("Stored");
}

} // namespace maild::imap
