// The ready texts of messages: packed where many neighbours are asked, else from the rows of their bodies.

#include "maild/mailbox/sql_rows.h"
#include "maild/mailbox/sql_store.h"

#include <array>

namespace maild::mailbox
{

namespace
{
/// Fewer are read faster from their rows than out of a pack of some hundred.
constexpr std::size_t fewest_from_packs = 32;

struct PackedPart {
    IndexPart part;
    packs::Kind kind;
    std::string MessageIndex::*text;
};
constexpr std::array<PackedPart, 4> packed_parts = {{
    {index_envelope, packs::Kind::envelope, &MessageIndex::envelope},
    {index_structure, packs::Kind::structure, &MessageIndex::body_structure},
    {index_plain_body, packs::Kind::plain_body, &MessageIndex::plain_body},
    {index_listed_header, packs::Kind::header, &MessageIndex::header},
}};

void read_row(db::Row const& row, unsigned parts, MessageIndex& index)
{
    if ((parts & index_envelope) != 0) index.envelope = row.view(0);
    if ((parts & index_structure) != 0) index.body_structure = row.view(1);
    if ((parts & index_plain_body) != 0) index.plain_body = row.view(2);
    index.header_complete = row.integer(3) != 0;
    if ((parts & index_preview) != 0 && !row.is_null(4)) index.preview = row.text(4);
    if ((parts & (index_header | index_listed_header)) != 0) index.header = row.view(5);
}
} // namespace

/// Reads some messages' texts within one snapshot.
class SqlMailStore::IndexReader
{
public:
    IndexReader(SqlMailStore& store, db::Reader& reader, MailboxId mailbox, unsigned parts)
        : store_(store), reader_(reader), mailbox_(mailbox), parts_(parts)
    {
    }

    std::vector<MessageIndex> read(UidSet const& uids)
    {
        auto const& ranges = uids.ranges();
        for (auto range = ranges.begin(); range != ranges.end();) {
            auto const end = rows::near_ranges(range, ranges.end());
            add_range(range, end);
            range = end;
        }
        return std::move(indexes_);
    }

    bool read_body(BodyId body, MessageIndex& index)
    {
        // The header is last, so that the pages it goes on in are read only where it is asked.
        auto found = reader_.query("SELECT envelope, body_structure, plain_body, header_complete, preview, header "
                                   "FROM body WHERE body_id = ?",
                                   body);
        auto const row = found.next();
        if (row) read_row(*row, parts_, index);
        index.body = body;
        return row.has_value();
    }

private:
    using Range = std::vector<UidRange>::const_iterator;
    static constexpr Uid nobody = 0; ///< damage: the message has no body

    void add_range(Range range, Range end)
    {
        auto const first = indexes_.size();
        UidRange const span{range->first, std::prev(end)->last};
        auto found = reader_.query("SELECT uid, body_id FROM message WHERE mailbox_id = ? AND uid BETWEEN ? AND ? "
                                   "ORDER BY uid",
                                   mailbox_, span.first, span.last);
        while (auto const row = found.next()) {
            auto const uid = static_cast<Uid>(row->integer(0));
            while (range->last < uid) ++range;
            if (uid < range->first) continue;
            auto& index = indexes_.emplace_back();
            index.uid = uid;
            index.body = row->integer(1);
        }
        auto const packed = indexes_.size() - first >= fewest_from_packs ? unpack(first, span) : first;
        for (auto i = packed; i < indexes_.size(); ++i)
            if (!read_body(indexes_[i].body, indexes_[i])) indexes_[i].uid = nobody;
        std::erase_if(indexes_, [](auto const& index) { return index.uid == nobody; });
    }

    /// Fills those from `first` on, and gives how far all of them have everything that was asked.
    std::size_t unpack(std::size_t first, UidRange span)
    {
        if ((parts_ & index_header) != 0) return first;
        auto told = span.last;
        std::vector<std::size_t> odd;
        for (auto const& one : packed_parts) {
            if ((parts_ & one.part) == 0) continue;
            told = std::min(told, each(one.kind, first, span, [&](std::size_t i, auto text) {
                                if (text)
                                    indexes_[i].*one.text = *text;
                                else
                                    odd.push_back(i);
                            }));
        }
        if ((parts_ & index_preview) != 0)
            told = std::min(told, each(packs::Kind::preview, first, span, [&](std::size_t i, auto text) {
                                if (text) indexes_[i].preview = std::string(*text);
                            }));
        for (auto const i : odd)
            if (!read_body(indexes_[i].body, indexes_[i])) indexes_[i].uid = nobody;
        while (first < indexes_.size() && indexes_[first].uid <= told) ++first;
        return first;
    }

    template <class Take>
    Uid each(packs::Kind kind, std::size_t at, UidRange span, Take const& take)
    {
        return store_.packs_.read(mailbox_, kind, span, [&](Uid uid, std::optional<std::string_view> text) {
            while (at < indexes_.size() && indexes_[at].uid < uid) ++at;
            if (at < indexes_.size() && indexes_[at].uid == uid) take(at, text);
        });
    }

    SqlMailStore& store_;
    db::Reader& reader_;
    MailboxId const mailbox_;
    unsigned const parts_;
    std::vector<MessageIndex> indexes_;
};

std::vector<MessageIndex> SqlMailStore::index_of(MailboxId mailbox, UidSet const& uids, unsigned parts)
{
    return database_.read([&](db::Reader& reader) { return IndexReader(*this, reader, mailbox, parts).read(uids); });
}

std::vector<MessageIndex> SqlMailStore::index(std::span<BodyId const> bodies)
{
    constexpr unsigned all_parts = ~0U;
    return database_.read([&](db::Reader& reader) {
        IndexReader texts(*this, reader, 0, all_parts);
        std::vector<MessageIndex> indexes;
        indexes.reserve(bodies.size());
        for (auto const body : bodies) {
            MessageIndex index;
            if (texts.read_body(body, index)) indexes.push_back(std::move(index));
        }
        return indexes;
    });
}

} // namespace maild::mailbox
