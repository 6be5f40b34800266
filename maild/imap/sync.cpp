#include "maild/imap/sync.h"

#include "appliance/base/error.h"
#include "appliance/base/log.h"
#include "appliance/base/text.h"
#include "maild/imap/grammar.h"
#include "maild/imap/limits.h"
#include "maild/imap/reply.h"

#include <algorithm>
#include <limits>

namespace maild::imap
{

namespace
{
constexpr auto greatest_uid = std::numeric_limits<mailbox::Uid>::max();

bool before(std::string const& a, std::string const& b) { return base::lower(a) < base::lower(b); }

/// What is below the first UID that nobody has yet.
mailbox::UidSet from_to(mailbox::Uid first, mailbox::Uid next)
{
    return first < next ? mailbox::UidSet::of({first, next - 1}) : mailbox::UidSet();
}
} // namespace

View::View(mailbox::MailStore& store, SharedMaps& maps, mailbox::Mailbox const& mailbox, Access access,
           unsigned const& features)
    : store_(store), maps_(maps), access_(access), features_(features)
{
    auto recent_from = mailbox.recent_from;
    if (access_ == Access::read_write && recent_from < mailbox.uid_next)
        recent_from = claim(mailbox.id).value_or(recent_from);
    auto overview = store_.overview(mailbox.id, recent_from);
    if (!overview) throw_no("NONEXISTENT", "There is no such mailbox");
    mailbox_ = std::move(overview->mailbox);
    keywords_ = std::move(overview->keywords);
    size_ = mailbox_.messages;
    first_unseen_ = overview->first_unseen;
    recent_ = from_to(recent_from, mailbox_.uid_next);
    recent_count_ = overview->recent;
}

/// Nothing when the disk is full or may only be read: so may mail, and that another session tells \Recent too harms
/// nobody.
std::optional<mailbox::Uid> View::claim(mailbox::MailboxId mailbox)
{
    try {
        return store_.claim_recent(mailbox);
    } catch (base::StoreError const& error) {
        base::log(base::Level::warning, "", "claim-failed",
                  {{"mailbox", std::to_string(mailbox)}, {"why", error.what()}});
        return std::nullopt;
    }
}

UidMap const& View::map()
{
    if (map_) return *map_;
    if (size_ == mailbox_.uid_next - 1) {
        map_ = UidMap(from_to(1, mailbox_.uid_next));
    } else if (auto shared = maps_.find(id(), mailbox_.highest_modseq); shared && shared->size() == size_) {
        map_ = std::move(shared);
    } else {
        map_ = fitting(store_.uids_at(id(), mailbox_.highest_modseq, mailbox_.uid_next));
    }
    return *map_;
}

/// The store may name some that went before the client looked. It has not seen a UID yet: any of them can go.
UidMap View::fitting(mailbox::UidSet uids)
{
    if (uids.size() > size_) {
        auto const gone = uids & store_.changes_since(id(), mailbox_.highest_modseq).expunged;
        auto const surplus = uids.size() - size_;
        if (gone.size() >= surplus) uids = uids - gone.pieces(surplus).front();
    }
    if (uids.size() != size_)
        throw base::StoreError(base::StoreFault::corrupt, "a mailbox does not have as many messages as counted");
    return maps_.share(id(), mailbox_.highest_modseq, UidMap(uids));
}

std::string View::flag_names() const
{
    constexpr std::uint32_t all = mailbox::flag_seen | mailbox::flag_answered | mailbox::flag_flagged |
                                  mailbox::flag_deleted | mailbox::flag_draft;
    return show_flags({all, keywords_}, false);
}

mailbox::UidSet View::must_resolve(SequenceSet const& set, Numbers numbers)
{
    bool const by_uid = numbers == Numbers::uid;
    if ((by_uid || set.is_saved()) && size_ == 0) return {};
    if (set.is_saved()) return map().known(saved_);
    std::vector<mailbox::UidRange> ranges;
    for (auto const& [first, last] : set.resolved(by_uid ? map().last() : size_)) {
        if (!by_uid && (first == 0 || last > size_)) throw_bad("There is no message with that sequence number");
        ranges.push_back(by_uid ? mailbox::UidRange{first, last}
                                : mailbox::UidRange{map().uid(first), map().uid(last)});
    }
    return map().known(mailbox::UidSet::of(std::move(ranges)));
}

mailbox::UidSet View::deleted() { return store_.marked_deleted(id()) & from_to(1, mailbox_.uid_next); }

void View::note_own(mailbox::MailStore::FlagsStored const& stored)
{
    own_.insert(own_.end(), stored.modseqs.begin(), stored.modseqs.end());
}

std::string View::permanent_flags() const
{
    if (is_read_only()) return "()";
    if (!changeable_.keywords) return show_flags({changeable_.system, {}}, false);
    auto names = flag_names();
    names.insert(names.size() - 1, " \\*");
    return names;
}

void View::tell_keywords(std::vector<mailbox::MessageInfo> const& rows, Write const& write)
{
    bool is_new = false;
    for (auto const& row : rows) {
        for (auto const& keyword : row.flags.keywords) {
            auto const place = std::lower_bound(keywords_.begin(), keywords_.end(), keyword, before);
            if (place != keywords_.end() && base::equal_ignoring_case(*place, keyword)) continue;
            keywords_.insert(place, keyword);
            is_new = true;
        }
    }
    if (!is_new) return;
    write("* FLAGS " + flag_names() + "\r\n");
    if (!is_read_only() && changeable_.keywords)
        write("* OK [PERMANENTFLAGS " + permanent_flags() + "] Flags that can be changed\r\n");
}

void View::tell_row(mailbox::MessageInfo const& row, bool with_flags, Write const& write)
{
    auto const number = map().number(row.uid);
    if (!number) return;
    std::vector<std::string> items;
    if (!has(feature_uidonly)) items.push_back("UID " + std::to_string(row.uid));
    if (with_flags) items.push_back("FLAGS " + show_flags(row.flags, !has(feature_rev2) && is_recent(row.uid)));
    if (has(feature_condstore)) items.push_back("MODSEQ (" + std::to_string(row.modseq) + ")");
    write(fetch_start(features_, *number, row.uid) + base::join(items, " ") + ")\r\n");
}

void View::tell_stored(mailbox::MailStore::FlagsStored const& stored, bool silent, Write const& write)
{
    note_own(stored);
    tell_keywords(stored.now, write);
    for (auto const& row : stored.now) {
        bool const with_flags = !silent || stored.surprising.contains(row.uid);
        if (with_flags || has(feature_condstore)) tell_row(row, with_flags, write);
    }
}

void View::tell_flags(mailbox::UidSet const& uids, Write const& write)
{
    for (mailbox::Uid from = 1;;) {
        auto const rows = store_.messages(id(), uids, from, limits::index_batch);
        tell_keywords(rows, write);
        for (auto const& row : rows) tell_row(row, true, write);
        if (rows.size() < limits::index_batch) return;
        from = rows.back().uid + 1;
    }
}

void View::tell_vanished(mailbox::UidSet const& gone, SequenceSet const& asked, Write const& write)
{
    std::vector<mailbox::UidRange> ranges;
    for (auto const& [first, last] : asked.resolved(std::max<mailbox::Uid>(mailbox_.uid_next - 1, 1)))
        ranges.push_back({first, last});
    auto const vanished =
        (mailbox::UidSet::of(std::move(ranges)) & gone & from_to(1, mailbox_.uid_next)) - map().uids();
    if (!vanished.empty()) write("* VANISHED (EARLIER) " + show_uid_set(vanished) + "\r\n");
}

mailbox::UidSet View::sync(Expunges expunges, ChangedFlags flags, Write const& write)
{
    auto changes = store_.changes_since(id(), mailbox_.highest_modseq, own_);
    gone_ = !changes.exists;
    if (gone_) return {};
    auto came = take_in(std::move(changes));
    if (expunges == Expunges::tell) tell_expunges(write);
    if (!came.empty()) {
        write("* " + std::to_string(size_) + " EXISTS\r\n");
        if (!has(feature_rev2)) write("* " + std::to_string(recent_count_) + " RECENT\r\n");
    }
    if (flags == ChangedFlags::ignore) changed_ = {};
    tell_changed(write);
    return came;
}

/// All or nothing: what may fail comes first.
mailbox::UidSet View::take_in(mailbox::Changes&& changes)
{
    auto const news = mailbox_.uid_next;
    bool const numbers_needed = !changes.changed.empty() || !(changes.expunged & from_to(1, news)).empty();
    if (numbers_needed) map();
    auto const came = changes.arrived & from_to(news, changes.mailbox.uid_next);
    if (map_) {
        expunged_ = expunged_ | map_->known(changes.expunged);
        changed_ = (changed_ | map_->known(changes.changed)) - expunged_;
        if (!came.empty()) map_->add(came);
        if (expunged_.empty()) map_ = maps_.share(id(), changes.mailbox.highest_modseq, std::move(*map_));
    }
    size_ += static_cast<SequenceNumber>(came.size());
    auto const recent = came & mailbox::UidSet::of({changes.mailbox.recent_from, greatest_uid});
    recent_ = recent_ | recent;
    recent_count_ += static_cast<SequenceNumber>(recent.size());
    claim_due_ = claim_due_ || !recent.empty();
    mailbox_ = std::move(changes.mailbox);
    own_.clear();
    return came;
}

void View::tell_expunges(Write const& write)
{
    if (expunged_.empty()) return;
    if (has(feature_qresync) || has(feature_uidonly)) {
        write("* VANISHED " + show_uid_set(expunged_) + "\r\n");
    } else {
        auto const& ranges = expunged_.ranges();
        for (auto range = ranges.rbegin(); range != ranges.rend(); ++range) { // from the end: no number changes
            auto const first = map().number(range->first).value_or(0);        // before it is told
            for (auto left = range->last - range->first + 1; left-- > 0;)
                write("* " + std::to_string(first + left) + " EXPUNGE\r\n");
        }
    }
    auto const recent = recent_ & expunged_;
    recent_count_ -= static_cast<SequenceNumber>(recent.size());
    recent_ = recent_ - recent;
    size_ -= static_cast<SequenceNumber>(expunged_.size());
    map_->remove(expunged_);
    expunged_ = {};
    map_ = maps_.share(id(), mailbox_.highest_modseq, std::move(*map_));
}

void View::tell_changed(Write const& write)
{
    while (!changed_.empty()) {
        auto const piece = changed_.pieces(limits::index_batch).front();
        tell_flags(piece, write);
        changed_ = changed_ - piece;
    }
}

void View::claim_recent()
{
    if (has_unclaimed() && !claim(id())) return;
    claim_due_ = false;
}

} // namespace maild::imap
