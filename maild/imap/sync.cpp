#include "maild/imap/sync.h"

#include "appliance/base/text.h"
#include "maild/imap/grammar.h"
#include "maild/imap/reply.h"

#include <algorithm>

namespace maild::imap
{

namespace
{
bool before(std::string const& a, std::string const& b) { return base::lower(a) < base::lower(b); }
bool has_lower_uid(Entry const& entry, mailbox::Uid uid) { return entry.info.uid < uid; }
} // namespace

View::View(mailbox::MailStore& store, mailbox::Mailbox mailbox, Access access)
    : store_(store), mailbox_(std::move(mailbox)), access_(access)
{
    auto recent_from = mailbox_.recent_from;
    if (access_ == Access::read_write && recent_from < mailbox_.uid_next) recent_from = store_.claim_recent(id());
    auto messages = store_.messages(id());
    entries_.reserve(messages.size());
    for (auto& message : messages) add(std::move(message), recent_from);
    keywords_changed_ = false;
    claim_due_ = false;
}

void View::add(mailbox::MessageInfo info, mailbox::Uid recent_from)
{
    if (!entries_.empty() && info.uid <= entries_.back().info.uid) return; // came and went, or known
    note_keywords(info.flags);
    bool const recent = info.uid >= recent_from;
    if (recent) ++recent_;
    claim_due_ = claim_due_ || recent;
    entries_.push_back({std::move(info), recent, false});
}

void View::note_keywords(mailbox::Flags const& flags)
{
    for (auto const& keyword : flags.keywords) {
        auto const place = std::lower_bound(keywords_.begin(), keywords_.end(), keyword, before);
        if (place != keywords_.end() && base::equal_ignoring_case(*place, keyword)) continue;
        keywords_.insert(place, keyword);
        keywords_changed_ = true;
    }
}

std::optional<std::size_t> View::first_unseen() const
{
    auto const unseen = [](Entry const& entry) { return (entry.info.flags.system & mailbox::flag_seen) == 0; };
    auto const found = std::find_if(entries_.begin(), entries_.end(), unseen);
    if (found == entries_.end()) return std::nullopt;
    return static_cast<std::size_t>(found - entries_.begin());
}

std::string View::flag_names() const
{
    constexpr std::uint32_t all = mailbox::flag_seen | mailbox::flag_answered | mailbox::flag_flagged |
                                  mailbox::flag_deleted | mailbox::flag_draft;
    return show_flags({all, keywords_}, false);
}

std::optional<std::size_t> View::find(mailbox::Uid uid) const
{
    auto const found = std::lower_bound(entries_.begin(), entries_.end(), uid, has_lower_uid);
    if (found == entries_.end() || found->info.uid != uid) return std::nullopt;
    return static_cast<std::size_t>(found - entries_.begin());
}

std::vector<std::size_t> View::must_resolve(SequenceSet const& set, Numbers numbers) const
{
    std::vector<std::size_t> indices;
    if (numbers == Numbers::sequence) {
        auto const count = static_cast<std::uint32_t>(entries_.size());
        for (auto const& [first, second] : set.resolved(count)) {
            if (first == 0 || second > count) throw_bad("There is no message with that sequence number");
            for (auto number = first; number <= second; ++number) indices.push_back(number - 1);
        }
        return indices;
    }
    if (entries_.empty()) return indices;
    for (auto const& [first, second] : set.resolved(entries_.back().info.uid)) {
        auto const from = std::lower_bound(entries_.begin(), entries_.end(), first, has_lower_uid);
        for (auto at = from; at != entries_.end() && at->info.uid <= second; ++at)
            indices.push_back(static_cast<std::size_t>(at - entries_.begin()));
    }
    return indices;
}

std::vector<mailbox::Uid> View::uids(std::vector<std::size_t> const& indices) const
{
    std::vector<mailbox::Uid> uids;
    uids.reserve(indices.size());
    for (auto const index : indices)
        if (!entries_[index].expunged) uids.push_back(entries_[index].info.uid);
    return uids;
}

std::vector<mailbox::Uid> View::deleted() const
{
    std::vector<mailbox::Uid> uids;
    for (auto const& entry : entries_)
        if (!entry.expunged && (entry.info.flags.system & mailbox::flag_deleted) != 0) uids.push_back(entry.info.uid);
    return uids;
}

void View::apply(mailbox::MessageInfo const& now)
{
    auto const index = find(now.uid);
    if (!index || now.modseq < entries_[*index].info.modseq) return;
    note_keywords(now.flags);
    entries_[*index].info = now;
}

std::string View::new_keywords()
{
    if (!keywords_changed_) return {};
    keywords_changed_ = false;
    auto const names = flag_names();
    auto text = "* FLAGS " + names + "\r\n";
    if (!is_read_only())
        text += "* OK [PERMANENTFLAGS " + names.substr(0, names.size() - 1) + " \\*)] Flags that can be changed\r\n";
    return text;
}

std::string View::sync(Expunges expunges)
{
    auto changes = store_.changes_since(id(), mailbox_.highest_modseq);
    gone_ = !changes.exists;
    if (gone_) return {};
    mailbox_ = changes.mailbox;
    for (auto const uid : changes.expunged) {
        auto const index = find(uid);
        if (!index || entries_[*index].expunged) continue;
        entries_[*index].expunged = true;
        ++held_;
    }
    auto const known = entries_.empty() ? 0 : entries_.back().info.uid;
    auto const count = entries_.size();
    std::vector<mailbox::Uid> other_flags;
    for (auto& info : changes.changed) {
        if (info.uid > known) {
            add(std::move(info), mailbox_.recent_from);
            continue;
        }
        auto const index = find(info.uid);
        if (!index || info.modseq <= entries_[*index].info.modseq) continue;
        if (entries_[*index].info.flags != info.flags) other_flags.push_back(info.uid);
        apply(info);
    }
    auto const added = entries_.size() - count;
    std::string out = new_keywords();
    if (expunges == Expunges::tell) out += tell_expunges();
    for (auto const uid : other_flags)
        if (auto const index = find(uid)) out += flags_response(*index, entries_[*index]);
    if (added > 0)
        out += "* " + std::to_string(entries_.size()) + " EXISTS\r\n* " + std::to_string(recent_) + " RECENT\r\n";
    return out;
}

std::string View::tell_expunges()
{
    if (held_ == 0) return {};
    std::string out;
    for (auto i = entries_.size(); i-- > 0;) { // from the end: no number changes before it is told
        if (!entries_[i].expunged) continue;
        if (entries_[i].recent) --recent_;
        out += "* " + std::to_string(i + 1) + " EXPUNGE\r\n";
    }
    auto const is_expunged = [](Entry const& entry) { return entry.expunged; };
    entries_.erase(std::remove_if(entries_.begin(), entries_.end(), is_expunged), entries_.end());
    held_ = 0;
    return out;
}

void View::claim_recent()
{
    if (claim_due_ && !is_read_only()) store_.claim_recent(id());
    claim_due_ = false;
}

std::string flags_response(std::size_t index, Entry const& entry)
{
    return "* " + std::to_string(index + 1) + " FETCH (UID " + std::to_string(entry.info.uid) + " FLAGS " +
           show_flags(entry.info.flags, entry.recent) + ")\r\n";
}

} // namespace maild::imap
