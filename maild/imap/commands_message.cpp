// RFC 3501 section 6.4: commands with a selected mailbox.

#include "maild/imap/session.h"

#include "appliance/base/log.h"
#include "appliance/base/text.h"
#include "maild/imap/fetch.h"
#include "maild/imap/fetch_items.h"
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
    if (!view_->is_read_only()) {
        view_->sync(Expunges::hold);
        if (auto const uids = view_->deleted(); !uids.empty()) context_.store.expunge(view_->id(), uids);
    }
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
    stream_.write(view_->sync(Expunges::tell)); // others may have set \Deleted
    if (auto const uids = view_->deleted(); !uids.empty()) context_.store.expunge(view_->id(), uids);
    return ok("Expunged");
}

/// RFC 4315 section 2.1.
Reply Session::uid_expunge(Parser& parser)
{
    parser.must_space();
    auto const set = parser.must_sequence_set();
    parser.must_end();
    stream_.write(view_->sync(Expunges::tell));
    auto const asked = view_->uids(view_->must_resolve(set, Numbers::uid));
    auto const deleted = view_->deleted();
    std::vector<mailbox::Uid> uids;
    std::set_intersection(asked.begin(), asked.end(), deleted.begin(), deleted.end(), std::back_inserter(uids));
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
    for (auto const index : found)
        text += ' ' + std::to_string(numbers() == Numbers::uid ? view_->entries()[index].info.uid : index + 1);
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
    auto const indices = view_->must_resolve(set, numbers());
    if (numbers() == Numbers::uid && !has(FetchItem::Kind::uid))
        items.insert(items.begin(), {FetchItem::Kind::uid, "UID", {}, {}, false});
    bool const sets_seen = std::any_of(items.begin(), items.end(), [](auto const& item) { return item.sets_seen; });
    if (sets_seen && !view_->is_read_only()) {
        set_seen(indices);
        if (!has(FetchItem::Kind::flags)) items.push_back({FetchItem::Kind::flags, "FLAGS", {}, {}, false});
    }
    bool const complete = Fetcher(context_.store, stream_, structures_).run(*view_, indices, items);
    if (!complete) return no("EXPUNGEISSUED", "Some of the messages are gone");
    return ok("Fetched");
}

/// One write for all messages of the command, before their texts are sent.
void Session::set_seen(std::vector<std::size_t> const& indices)
{
    std::vector<mailbox::Uid> uids;
    for (auto const index : indices) {
        auto const& entry = view_->entries()[index];
        if (!entry.expunged && (entry.info.flags.system & mailbox::flag_seen) == 0) uids.push_back(entry.info.uid);
    }
    if (uids.empty()) return;
    try {
        auto const stored = context_.store.store_flags(view_->id(), uids, mailbox::FlagChange::add,
                                                       {mailbox::flag_seen, {}}, {.means = means()});
        for (auto const& info : stored.now) view_->apply(info);
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

    auto const indices = view_->must_resolve(set, numbers());
    auto const uids = view_->uids(indices);
    auto const stored = context_.store.store_flags(view_->id(), uids, action.change, flags, {.means = means()});
    for (auto const& info : stored.now) view_->apply(info);
    stream_.write(view_->new_keywords());
    if (!action.silent)
        for (auto const& info : stored.now)
            if (auto const index = view_->find(info.uid))
                stream_.write(flags_response(*index, view_->entries()[*index]));
    if (!stored.failed.empty()) return no("LIMIT", "A message has too many keywords");
    if (stored.now.size() < indices.size()) return no("EXPUNGEISSUED", "Some of the messages are gone");
    return ok("Stored");
}

Reply Session::copy(Parser& parser)
{
    parser.must_space();
    auto const set = parser.must_sequence_set();
    parser.must_space();
    auto const target = parser.must_mailbox();
    parser.must_end();

    auto const uids = view_->uids(view_->must_resolve(set, numbers()));
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

    auto const uids = view_->uids(view_->must_resolve(set, numbers()));
    auto const moved = context_.store.move(view_->id(), uids, target);
    if (moved.refusal != mailbox::Refusal::none) return copy_refused(moved.refusal);
    if (!moved.from.empty()) untagged("OK [" + copy_uid(moved) + "] Moved");
    return moved.from.empty() ? ok("Nothing to move") : ok("Moved");
}

} // namespace maild::imap
