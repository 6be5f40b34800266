// Reading many messages for SEARCH, SORT and THREAD.

#include "maild/mailbox/flags.h"
#include "maild/mailbox/sql_flags.h"
#include "maild/mailbox/sql_rows.h"
#include "maild/mailbox/sql_store.h"

#include "appliance/base/text.h"

#include <algorithm>
#include <array>

namespace maild::mailbox
{

namespace
{
constexpr std::array<std::string_view, text_kinds> text_columns = {
    "subject_key", "from_key", "to_key",  "cc_key",   "from_shown",   "to_shown",
    "from_text",   "to_text",  "cc_text", "bcc_text", "subject_text", "type_text"};

/// By TextKind. A text that is too long for a column comes as NULL, and is not even read.
std::string_view text_query(TextKind kind)
{
    static std::array<std::string, text_kinds> const queries = [] {
        std::array<std::string, text_kinds> all;
        for (std::size_t i = 0; i < text_kinds; ++i) {
            auto const column = "s." + std::string(text_columns[i]);
            all[i] = "SELECT m.uid, s.version, m.body_id, CASE WHEN length(" + column +
                     ") <= " + std::to_string(TextColumn::longest) + " THEN " + column +
                     " END FROM message m LEFT JOIN body_search s ON s.body_id = m.body_id "
                     "WHERE m.mailbox_id = ? AND m.uid BETWEEN ? AND ? ORDER BY m.uid";
        }
        return all;
    }();
    return queries[static_cast<std::size_t>(kind)];
}

std::string_view text_of(SearchIndex const& index, TextKind kind)
{
    switch (kind) {
    case TextKind::subject: return index.subject;
    case TextKind::from: return index.from;
    case TextKind::to: return index.to;
    case TextKind::cc: return index.cc;
    case TextKind::shown_from: return index.shown_from;
    case TextKind::shown_to: return index.shown_to;
    default: return index.texts[static_cast<std::size_t>(kind) - static_cast<std::size_t>(TextKind::from_text)];
    }
}

void add_row(SentColumn& column, std::optional<base::Timestamp> when, std::int64_t day)
{
    column.when.push_back(when.value_or(SentColumn::unknown));
    column.day.push_back(static_cast<std::int32_t>(day));
}

/// Takes the ids as body_search.parents has them.
void add_row(ThreadColumn& column, MessageIdHash message_id, bool is_reply, std::string_view parents)
{
    column.message_ids.push_back(message_id);
    column.is_reply.push_back(is_reply);
    rows::unpack_parents(parents, column.parents);
    column.parents_end.push_back(static_cast<std::uint32_t>(column.parents.size()));
}

void add_row(ThreadColumn& column, SearchIndex const& index)
{
    column.message_ids.push_back(index.message_id);
    column.is_reply.push_back(index.is_reply);
    column.parents.insert(column.parents.end(), index.parents.begin(), index.parents.end());
    column.parents_end.push_back(static_cast<std::uint32_t>(column.parents.size()));
}

void add_row(TextColumn& column, TextKind kind, std::optional<std::string_view> text)
{
    if (text && text->size() <= TextColumn::longest)
        column.add(*text);
    else if (text && is_sort_key(kind))
        column.add(text->substr(0, TextColumn::longest));
    else
        column.add_unknown();
}
} // namespace

/// Brings columns up to date within one snapshot.
class SqlMailStore::ColumnReader
{
public:
    /// `expected`: messages, where all are read.
    ColumnReader(SqlMailStore& store, db::Reader& reader, MailboxId mailbox, std::size_t expected)
        : store_(store), reader_(reader), mailbox_(mailbox), expected_(expected)
    {
    }

    void fill(ColumnParts& parts, ColumnSet wanted, UidRange span)
    {
        add_uids(parts.uids, span);
        auto const& uids = *parts.uids;
        if (wanted.rows) add_rows(parts.rows, uids);
        if (wanted.sent) add_sent(parts.sent, uids);
        if (wanted.threads) add_threads(parts.threads, uids);
        for (std::size_t i = 0; i < text_kinds; ++i)
            if (wanted.has(static_cast<TextKind>(i))) add_texts(parts.texts[i], static_cast<TextKind>(i), uids);
    }

private:
    using Uids = std::vector<Uid>;

    void add_uids(std::shared_ptr<Uids>& column, UidRange span)
    {
        auto const known = column->empty() ? 0 : column->back();
        if (known >= span.last) return;
        span.first = std::max(known + 1, span.first);
        Uids* uids = nullptr;
        FlagReader(store_.packs_, reader_, mailbox_).each(span, [&](FlagRow const& message, std::string_view) {
            if (uids == nullptr) {
                uids = &writable(column);
                if (known == 0) uids->reserve(expected_); // growing by doubling would touch twice the memory
            }
            uids->push_back(message.uid);
        });
    }

    /// Calls one of the two for every message from `begin` on: `unpack` with what is packed, the other as each_row.
    template <class Unpack, class Take>
    void each(packs::Kind kind, std::string_view sql, Uids const& uids, std::size_t begin, Unpack const& unpack,
              Take const& take)
    {
        if (begin == uids.size()) return;
        auto at = begin;
        store_.packs_.read(mailbox_, kind, {uids[begin], uids.back()},
                           [&](Uid uid, std::optional<std::string_view> text) {
                               auto next = at;
                               while (uids[next] < uid) ++next; // the last one is not below `uid`
                               each_row(sql, uids, at, next, take);
                               at = next;
                               if (uids[at] != uid) return; // packed, and gone before the UIDs were read
                               unpack(text);
                               ++at;
                           });
        each_row(sql, uids, at, uids.size(), take);
    }

    /// Calls `take` with the row of every message of [begin, end); null for those that went meanwhile.
    template <class Take>
    void each_row(std::string_view sql, Uids const& uids, std::size_t begin, std::size_t end, Take const& take)
    {
        if (begin == end) return;
        auto found = reader_.query(sql, mailbox_, uids[begin], uids[end - 1]);
        auto row = found.next();
        for (auto i = begin; i < end; ++i) {
            bool const is_here = row && row->integer(0) == std::int64_t{uids[i]};
            take(is_here ? &*row : nullptr);
            if (is_here) row = found.next();
        }
    }

    /// A `take` of rows with the version and the body behind the UID: calls the other with the row, or with null and
    /// the index from the header where there is no stored one.
    template <class Take>
    auto indexed(Take const& take)
    {
        return [this, &take](db::Row const* row) {
            SearchIndex const nothing{};
            bool const is_stored = row != nullptr && !row->is_null(1) && row->integer(1) == search_index_version;
            if (row == nullptr || is_stored) return take(row, nothing);
            auto const body = row->integer(2);
            store_.note_unindexed(body);
            take(nullptr, store_.search_index_from_header(reader_, body));
        };
    }

    void add_rows(std::shared_ptr<RowColumn>& column, Uids const& uids)
    {
        auto const size = column ? column->bodies.size() : 0;
        if (column && size == uids.size()) return;
        auto& rows = writable(column);
        if (size == 0) {
            rows.bodies.reserve(uids.size());
            rows.sizes.reserve(uids.size());
            rows.arrived.reserve(uids.size());
        }
        auto const add = [&](BodyId body, std::int64_t bytes, base::Timestamp arrived) {
            rows.bodies.push_back(body);
            rows.sizes.push_back(static_cast<std::uint32_t>(bytes));
            rows.arrived.push_back(arrived);
        };
        auto const unpack = [&](std::optional<std::string_view> text) {
            auto rest = text.value_or("");
            auto const body = packs::must_take_number(rest);
            auto const bytes = packs::must_take_number(rest, 4);
            add(body, bytes, packs::must_take_number(rest));
        };
        auto const take = [&](db::Row const* row) {
            if (row == nullptr) return add(0, 0, 0);
            add(row->integer(1), row->integer(2), row->integer(3));
        };
        each(packs::Kind::rows,
             "SELECT uid, body_id, size, internal_date FROM message WHERE mailbox_id = ? AND uid BETWEEN ? AND ? "
             "ORDER BY uid",
             uids, size, unpack, take);
    }

    void add_sent(std::shared_ptr<SentColumn>& column, Uids const& uids)
    {
        auto const size = column ? column->when.size() : 0;
        if (column && size == uids.size()) return;
        auto& sent = writable(column);
        auto const unpack = [&](std::optional<std::string_view> text) {
            auto rest = text.value_or("");
            auto const when = packs::must_take_number(rest);
            add_row(sent, when, packs::must_take_number(rest, 4));
        };
        auto const take = [&](db::Row const* row, SearchIndex const& index) {
            if (row == nullptr) return add_row(sent, index.sent, index.sent_day);
            add_row(sent, row->is_null(3) ? std::nullopt : std::optional(row->integer(3)), row->integer(4));
        };
        each(packs::Kind::sent,
             "SELECT m.uid, s.version, m.body_id, s.sent, s.sent_day FROM message m LEFT JOIN body_search s "
             "ON s.body_id = m.body_id WHERE m.mailbox_id = ? AND m.uid BETWEEN ? AND ? ORDER BY m.uid",
             uids, size, unpack, indexed(take));
    }

    void add_threads(std::shared_ptr<ThreadColumn>& column, Uids const& uids)
    {
        auto const size = column ? column->message_ids.size() : 0;
        if (column && size == uids.size()) return;
        auto& threads = writable(column);
        auto const unpack = [&](std::optional<std::string_view> text) {
            auto rest = text.value_or("");
            auto const message_id = packs::must_take_number(rest);
            bool const is_reply = packs::must_take_number(rest, 1) != 0;
            add_row(threads, message_id, is_reply, rest);
        };
        auto const take = [&](db::Row const* row, SearchIndex const& index) {
            if (row == nullptr) return add_row(threads, index);
            add_row(threads, row->integer(3), row->integer(4) != 0, row->view(5));
        };
        each(packs::Kind::threads,
             "SELECT m.uid, s.version, m.body_id, s.message_id, s.is_reply, s.parents FROM message m LEFT JOIN "
             "body_search s "
             "ON s.body_id = m.body_id WHERE m.mailbox_id = ? AND m.uid BETWEEN ? AND ? ORDER BY m.uid",
             uids, size, unpack, indexed(take));
    }

    void add_texts(std::shared_ptr<TextColumn>& column, TextKind kind, Uids const& uids)
    {
        auto const size = column ? column->size() : 0;
        if (column && size == uids.size()) return;
        auto& texts = writable(column);
        auto const unpack = [&](std::optional<std::string_view> text) { add_row(texts, kind, text); };
        auto const take = [&](db::Row const* row, SearchIndex const& index) {
            if (row == nullptr) return add_row(texts, kind, text_of(index, kind));
            add_row(texts, kind, row->is_null(3) ? std::nullopt : std::optional(row->view(3)));
        };
        each(packs::kind_of(kind), text_query(kind), uids, size, unpack, indexed(take));
        if (is_sort_key(kind)) texts.rank();
    }

    SqlMailStore& store_;
    db::Reader& reader_;
    MailboxId const mailbox_;
    std::size_t const expected_;
};

Columns SqlMailStore::columns(MailboxId mailbox, ColumnSet wanted, UidRange uids)
{
    return database_.read([&](db::Reader& reader) {
        auto const count = static_cast<std::size_t>(
            reader.number("SELECT messages FROM mailbox WHERE mailbox_id = ?", mailbox).value_or(0));
        bool const is_whole = uids == all_uids;
        ColumnReader columns(*this, reader, mailbox, is_whole ? count : 0);
        if (!is_whole || count > ColumnCache::rows_max) {
            ColumnParts parts;
            columns.fill(parts, wanted, uids);
            return parts.snapshot(wanted);
        }
        return column_cache_.get(mailbox, wanted, [&](ColumnParts& parts) {
            constexpr std::size_t tolerated = 1000;
            if (parts.uids->size() > 2 * count + tolerated) parts = {}; // most of it was expunged
            columns.fill(parts, wanted, uids);
        });
    });
}

UidSet SqlMailStore::with_keyword(MailboxId mailbox, std::string_view keyword, UidRange uids)
{
    return database_.read([&](db::Reader& reader) {
        std::vector<Uid> found_uids;
        auto found = reader.query("SELECT uid, keywords FROM message WHERE mailbox_id = ? AND uid BETWEEN ? AND ? "
                                  "AND keywords <> '' ORDER BY uid",
                                  mailbox, uids.first, uids.last);
        while (auto const row = found.next()) {
            auto const keywords = parse_keywords(row->view(1));
            auto const is_it = [&](auto const& one) { return base::equal_ignoring_case(one, keyword); };
            if (std::any_of(keywords.begin(), keywords.end(), is_it))
                found_uids.push_back(static_cast<Uid>(row->integer(0)));
        }
        return UidSet(std::move(found_uids));
    });
}

std::vector<MailStore::Saved> SqlMailStore::saved_dates(MailboxId mailbox, UidRange uids)
{
    return database_.read([&](db::Reader& reader) {
        std::vector<Saved> saved;
        auto found = reader.query("SELECT uid, saved FROM message WHERE mailbox_id = ? AND uid BETWEEN ? AND ? "
                                  "ORDER BY uid",
                                  mailbox, uids.first, uids.last);
        while (auto const row = found.next()) saved.push_back({static_cast<Uid>(row->integer(0)), row->integer(1)});
        return saved;
    });
}

std::vector<std::int64_t> SqlMailStore::threads(AccountId account, std::span<BodyId const> bodies)
{
    return database_.read([&](db::Reader& reader) {
        std::vector<std::int64_t> threads;
        threads.reserve(bodies.size());
        for (auto const body : bodies) threads.push_back(thread_of_body(reader, account, body));
        return threads;
    });
}

/// A message without a Message-ID, or with a broken index, is a thread of its own.
std::int64_t SqlMailStore::thread_of_body(db::Reader& reader, AccountId account, BodyId body)
{
    auto stored = rows::read_thread_index(reader, body);
    if (!stored) note_unindexed(body);
    auto const index = stored ? std::move(*stored) : search_index_from_header(reader, body);
    if (index.message_id == 0 && index.parents.empty()) return body;
    return rows::thread_of(reader, account, index);
}

} // namespace maild::mailbox
