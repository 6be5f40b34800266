// RFC 3501 section 6.4: commands with a selected mailbox.

#include "maild/imap/session.h"

#include "appliance/base/log.h"
#include "appliance/base/text.h"
#include "maild/imap/fetch.h"
#include "maild/imap/fetch_items.h"
#include "maild/imap/limits.h"
#include "maild/imap/search.h"

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
    if (!view_->is_read_only())
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
    return ok("Expunged");
}

/// RFC 4315 section 2.1.
Reply Session::uid_expunge(Parser& parser)
{
    parser.must_space();
    auto const set = parser.must_sequence_set();
    parser.must_end();
    sync(Expunges::tell);
    auto const uids = view_->must_resolve(set, Numbers::uid) & view_->deleted();
    if (!uids.empty()) context_.store.expunge(view_->id(), uids);
    return ok("Expunged");
}

Reply Session::search(Parser& parser)
{
    parser.must_space();
    auto const key = must_search_program(parser);
    parser.must_end();

    auto const found = Searcher(context_.store, *view_).run(key);
    std::string text = "SEARCH";
    for (auto const uid : found.uids())
        text += ' ' + std::to_string(numbers() == Numbers::uid ? uid : view_->map().number(uid).value_or(0));
    untagged(text);
    return ok("Searched");
}

/// RFC 3501 6.4.5. UID FETCH answers the UID in any case (6.4.8).
Reply Session::fetch(Parser& parser)
{
    parser.must_space();
    auto const set = parser.must_sequence_set();
    parser.must_space();
    auto items = must_fetch_items(parser);
    parser.must_end();
    auto const has = [&](FetchItem::Kind kind) {
        return std::any_of(items.begin(), items.end(), [kind](auto const& item) { return item.kind == kind; });
    };
    auto const selection = view_->must_resolve(set, numbers());
    if (numbers() == Numbers::uid && !has(FetchItem::Kind::uid))
        items.insert(items.begin(), {FetchItem::Kind::uid, "UID", {}, {}, false});
    bool const sets_seen = std::any_of(items.begin(), items.end(), [](auto const& item) { return item.sets_seen; });
    if (sets_seen && !view_->is_read_only()) {
        set_seen(selection);
        if (!has(FetchItem::Kind::flags)) items.push_back({FetchItem::Kind::flags, "FLAGS", {}, {}, false});
    }
    bool const complete = Fetcher(context_.store, stream_, structures_).run(*view_, selection, items);
    if (!complete) return no("EXPUNGEISSUED", "Some of the messages are gone");
    return ok("Fetched");
}

/// Before their texts are sent; nothing is written for those that are seen already.
void Session::set_seen(mailbox::UidSet const& selection)
{
    mailbox::UidSet unseen;
    Walk walk(context_.store, *view_, selection);
    for (auto rows = walk.next(); !rows.empty(); rows = walk.next())
        for (auto const& entry : rows)
            if ((entry.info.flags.system & mailbox::flag_seen) == 0) unseen.add(entry.info.uid);
    try {
        for (auto const& piece : unseen.pieces(limits::store_piece))
            view_->note_own(context_.store.store_flags(view_->id(), piece, mailbox::FlagChange::add,
                                                       {mailbox::flag_seen, {}}, {.means = means()}));
    } catch (base::StoreError const& error) { // a full disk must not keep people from reading their mail
        base::log(base::Level::warning, id_, "seen-not-stored", {{"why", error.what()}});
    }
}

Reply Session::store(Parser& parser)
{
    parser.must_space();
    auto const set = parser.must_sequence_set();
    parser.must_space();
    auto const action = must_store_action(parser);
    parser.must_space();
    auto const flags = parser.must_store_flags();
    parser.must_end();

    auto const selection = view_->must_resolve(set, numbers());
    std::size_t there = 0;
    bool refused_some = false;
    for (auto const& piece : selection.pieces(limits::store_piece)) {
        auto const stored = context_.store.store_flags(view_->id(), piece, action.change, flags, {.means = means()});
        view_->note_own(stored);
        view_->tell_keywords(stored.now, writer());
        if (!action.silent) view_->tell_flags(stored.now, writer());
        there += stored.now.size();
        refused_some = refused_some || !stored.failed.empty();
    }
    if (refused_some) return no("LIMIT", "A message has too many keywords");
    if (there < selection.size()) return no("EXPUNGEISSUED", "Some of the messages are gone");
    return ok("Stored");
}

Reply Session::copy(Parser& parser)
{
    parser.must_space();
    auto const set = parser.must_sequence_set();
    parser.must_space();
    auto const target = parser.must_mailbox();
    parser.must_end();

    auto const uids = view_->must_resolve(set, numbers());
    auto const copied = context_.store.copy(view_->id(), uids, target, quota());
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

    auto const uids = view_->must_resolve(set, numbers());
    auto const moved = context_.store.move(view_->id(), uids, target);
    if (moved.refusal != mailbox::Refusal::none) return copy_refused(moved.refusal);
    if (!moved.from.empty()) untagged("OK [" + copy_uid(moved) + "] Moved");
    return moved.from.empty() ? ok("Nothing to move") : ok("Moved");
}

} // namespace maild::imap
