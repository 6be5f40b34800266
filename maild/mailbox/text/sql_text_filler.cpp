#include "maild/mailbox/text/text_filler.h"

#include "maild/mailbox/whole_message.h"

#include "appliance/base/error.h"

#include <algorithm>
#include <set>

namespace maild::mailbox::text
{

namespace
{
constexpr std::size_t bodies_per_step = 256;
constexpr std::size_t rows_per_step = 20000;
constexpr std::uint64_t bytes_per_segment = std::uint64_t{4} << 20; ///< of messages: bounds what is in memory
constexpr BodyId lag = BodyId{20'000'000} << 10;                    ///< 20 s, as ids count (keys.cpp)
} // namespace

bool TextFiller::step()
{
    if (!Background::has_room(folder_))
        throw base::StoreError(base::StoreFault::full, folder_ + ": too little free space for the full-text index");
    if (!index_.open()) throw base::StoreError(base::StoreFault::unavailable, folder_ + ": no full-text index");
    try {
        if (!is_in_round_) begin_round();
        auto const found = find_new();
        if (found.empty()) return end_round();
        index(found);
    } catch (base::StoreError const&) { // what was indexed is not known for sure: from the front
        is_in_round_ = false;
        look_at_all();
        throw;
    }
    return true;
}

void TextFiller::begin_round()
{
    is_full_round_ = std::exchange(is_full_round_due_, false);
    if (is_full_round_) {
        known_ = index_.bodies();
        cursor_ = 0;
    } else {
        known_.assign(recent_.begin(), recent_.end());
        if (!known_.empty()) cursor_ = known_.front() - 1;
    }
    recent_.clear();
    known_at_ = 0;
    gone_.clear();
    is_in_round_ = true;
}

/// Bodies that are not indexed, at most bodies_per_step; none: the round has come to the end.
std::vector<TextFiller::Found> TextFiller::find_new()
{
    return mail_.read([&](db::Reader& reader) {
        std::vector<Found> found;
        std::size_t rows = 0;
        // Both columns are in the index message_by_body: no message is read.
        auto messages =
            reader.query("SELECT body_id, mailbox_id FROM message WHERE body_id > ? ORDER BY body_id", cursor_);
        BodyId last = cursor_;
        while (auto const row = messages.next()) {
            auto const body = row->integer(0);
            if (body == last) { // another message with the same body
                if (!found.empty() && found.back().body == body &&
                    found.back().account != account_of(reader, row->integer(1)))
                    found.back().account = shared_account;
                continue;
            }
            if (found.size() >= bodies_per_step || (++rows > rows_per_step && !found.empty())) break;
            last = body;
            for (; known_at_ < known_.size() && known_[known_at_] < body; ++known_at_)
                gone_.insert(known_[known_at_]);
            bool const is_known = known_at_ < known_.size() && known_[known_at_] == body;
            recent_.push_back(body);
            while (recent_.front() < body - lag) recent_.pop_front();
            if (is_known)
                ++known_at_;
            else
                found.push_back({body, account_of(reader, row->integer(1))});
        }
        cursor_ = last;
        return found;
    });
}

/// False: there is nothing to do until something new comes.
bool TextFiller::end_round()
{
    if (is_full_round_) {
        gone_.insert(known_.begin() + static_cast<std::ptrdiff_t>(known_at_), known_.end());
        if (!gone_.empty()) index_.remove(gone_);
    }
    is_in_round_ = false;
    known_ = {};
    return false;
}

AccountId TextFiller::account_of(db::Reader& reader, MailboxId mailbox)
{
    return reader.number("SELECT account_id FROM mailbox WHERE mailbox_id = ?", mailbox).value_or(shared_account);
}

void TextFiller::index(std::vector<Found> const& found)
{
    std::map<AccountId, SegmentBuilder> builders;
    std::set<AccountId> accounts;
    std::uint64_t bytes = 0;
    auto const add = [&] {
        std::map<AccountId, Segment> segments;
        for (auto& [account, builder] : builders) segments.emplace(account, builder.build());
        builders.clear();
        bytes = 0;
        if (!segments.empty()) index_.add(segments);
    };
    for (auto const& [body, account] : found) {
        if (background_.is_stopping()) return;
        auto const reader = store_.open(body);
        if (!reader) continue; // expunged meanwhile
        builders[account].add(body, words_in(*reader));
        accounts.insert(account);
        bytes += reader->size();
        if (bytes > bytes_per_segment) add();
    }
    add();
    for (auto const account : accounts) index_.merge(account);
}

Words TextFiller::words_in(BodyReader& reader)
{
    try {
        return words_of(WholeMessage(reader).bytes());
    } catch (base::StoreError const& error) { // one bad file is no reason to index nothing
        if (error.fault() != base::StoreFault::corrupt) throw;
        Words none;
        none.is_complete = false;
        return none;
    }
}

} // namespace maild::mailbox::text
