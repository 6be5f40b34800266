// FETCH (RFC 3501 6.4.5) with CHANGEDSINCE and VANISHED (RFC 7162).

#include "maild/imap/session.h"

#include "appliance/base/log.h"
#include "maild/imap/fetch.h"
#include "maild/imap/fetch_items.h"
#include "maild/imap/limits.h"
#include "maild/imap/resync.h"

#include <algorithm>

namespace maild::imap
{

namespace
{
using Kind = FetchItem::Kind;

bool has(std::vector<FetchItem> const& items, Kind kind)
{
    return std::any_of(items.begin(), items.end(), [kind](auto const& item) { return item.kind == kind; });
}

void add(std::vector<FetchItem>& items, Kind kind, std::string name)
{
    if (!has(items, kind)) items.push_back({kind, std::move(name), {}, {}, false});
}

/// RFC 9394 section 3.3.
mailbox::UidSet part_of(mailbox::UidSet const& uids, PartialRange const& range)
{
    NumberList list;
    for (auto const& [first, last] : uids.ranges()) list.add(first, last);
    return mailbox::UidSet::of(list.partial(range).ranges());
}
} // namespace

Reply Session::fetch(Parser& parser)
{
    parser.must_space();
    auto const set = parser.must_sequence_set();
    parser.must_space();
    auto items = must_fetch_items(parser);
    auto const options = must_fetch_options(parser);
    parser.must_end();
    if (options.vanished && (numbers() != Numbers::uid || !options.changed_since))
        throw_bad("VANISHED goes with UID FETCH and CHANGEDSINCE only");
    if (options.vanished && !is_enabled(feature_qresync)) throw_bad("Enable QRESYNC first");
    if (options.partial && numbers() != Numbers::uid) throw_bad("PARTIAL goes with UID FETCH only");
    if (options.partial && is_over_limit(options.partial->size())) refuse_over_limit();
    if (options.changed_since) add(items, Kind::modseq, "MODSEQ");
    if (has(items, Kind::modseq)) use_condstore();

    auto selection = view_->must_resolve(set, numbers());
    if (options.changed_since) {
        auto const changes = context_.store.changes_since(view_->id(), *options.changed_since);
        if (options.vanished) view_->tell_vanished(changes.expunged, set, writer());
        selection = selection & (changes.arrived | changes.changed);
    }
    if (options.partial) selection = part_of(selection, *options.partial);
    selection = within_limit(std::move(selection));
    // UID FETCH answers the UID in any case (RFC 3501 6.4.8), but where the response has it in front (RFC 9586).
    if (numbers() == Numbers::uid && !is_enabled(feature_uidonly) && !has(items, Kind::uid))
        items.insert(items.begin(), {Kind::uid, "UID", {}, {}, false});
    bool const sets_seen = std::any_of(items.begin(), items.end(), [](auto const& item) { return item.sets_seen; });
    bool const may_set = !view_->is_read_only() && (rights_ & mailbox::right_seen) != 0;
    if (sets_seen && may_set && set_seen(selection)) {
        add(items, Kind::flags, "FLAGS");
        if (is_enabled(feature_condstore)) add(items, Kind::modseq, "MODSEQ");
    }
    Fetcher fetcher(context_.store, stream_, structures_, enabled_);
    bool const complete = fetcher.run(*view_, selection, items, order());
    if (fetcher.met_unknown_encoding()) return no("UNKNOWN-CTE", "A part's transfer encoding is not known");
    if (!complete && !options.changed_since) return no("EXPUNGEISSUED", "Some of the messages are gone");
    return ok("Fetched");
}

/// Before their texts are sent; nothing is written for those that are seen already. False: all were.
bool Session::set_seen(mailbox::UidSet const& selection)
{
    mailbox::UidSet unseen;
    Walk walk(context_.store, *view_, selection, limits::store_piece);
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
    return !unseen.empty();
}

} // namespace maild::imap
