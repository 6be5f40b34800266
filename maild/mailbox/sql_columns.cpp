// Reading many messages for SEARCH, SORT and THREAD.

#include "maild/mailbox/flags.h"
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
            all[i] = "SELECT m.uid, s.version, CASE WHEN length(" + column +
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
    ColumnReader(SqlMailStore& store, db::Reader& reader, MailboxId mailbox)
        : store_(store), reader_(reader), mailbox_(mailbox)
    {
    }

    void fill(ColumnParts& parts, ColumnSet wanted, UidRange span)
    {
        add_rows(parts.rows, span);
        auto const& rows = *parts.rows;
        if (wanted.sent) add_sent(parts.sent, rows);
        if (wanted.threads) add_threads(parts.threads, rows);
        for (std::size_t i = 0; i < text_kinds; ++i)
            if (wanted.has(static_cast<TextKind>(i))) add_texts(parts.texts[i], static_cast<TextKind>(i), rows);
    }

private:
    void add_rows(std::shared_ptr<RowColumn>& column, UidRange span)
    {
        auto const known = column->uids.empty() ? 0 : column->uids.back();
        if (known >= span.last) return;
        span.first = std::max(known + 1, span.first);
        RowColumn* rows = nullptr;
        auto const add = [&](Uid uid, BodyId body, std::int64_t size, base::Timestamp arrived) {
            if (rows == nullptr) rows = &writable(column);
            rows->uids.push_back(uid);
            rows->bodies.push_back(body);
            rows->sizes.push_back(static_cast<std::uint32_t>(size));
            rows->arrived.push_back(arrived);
        };
        auto const packed =
            store_.packs_.read(mailbox_, packs::Kind::rows, span, [&](Uid uid, std::optional<std::string_view> text) {
                auto rest = text.value_or("");
                auto const body = packs::must_take_number(rest);
                auto const size = packs::must_take_number(rest, 4);
                add(uid, body, size, packs::must_take_number(rest));
            });
        if (packed >= span.last) return;
        auto const last = column->uids.empty() ? 0 : column->uids.back(); // also where a pack ended in damage
        auto found = reader_.query("SELECT uid, body_id, size, internal_date FROM message "
                                   "WHERE mailbox_id = ? AND uid BETWEEN ? AND ? ORDER BY uid",
                                   mailbox_, std::max(packed, last) + 1, span.last);
        while (auto const row = found.next())
            add(static_cast<Uid>(row->integer(0)), row->integer(1), row->integer(2), row->integer(3));
    }

    /// Calls one of the two for every message from `begin` on: `unpack` with what is packed, the other as each_row.
    template <class Unpack, class Take>
    void each(packs::Kind kind, std::string_view sql, RowColumn const& rows, std::size_t begin, Unpack const& unpack,
              Take const& take)
    {
        if (begin == rows.uids.size()) return;
        auto at = begin;
        store_.packs_.read(mailbox_, kind, {rows.uids[begin], rows.uids.back()},
                           [&](Uid uid, std::optional<std::string_view> text) {
                               auto next = at;
                               while (rows.uids[next] < uid) ++next; // the last one is not below `uid`
                               each_row(sql, rows, at, next, take);
                               at = next;
                               if (rows.uids[at] != uid) return; // packed, and gone before the rows were read
                               unpack(text);
                               ++at;
                           });
        each_row(sql, rows, at, rows.uids.size(), take);
    }

    /// Calls `take` with the row of every message of [begin, end); `take` gets no row for those that went meanwhile,
    /// and the index from the header for those without a stored one.
    template <class Take>
    void each_row(std::string_view sql, RowColumn const& rows, std::size_t begin, std::size_t end, Take const& take)
    {
        if (begin == end) return;
        SearchIndex const nothing{};
        auto found = reader_.query(sql, mailbox_, rows.uids[begin], rows.uids[end - 1]);
        auto row = found.next();
        for (auto i = begin; i < end; ++i) {
            bool const is_here = row && row->integer(0) == std::int64_t{rows.uids[i]};
            if (!is_here) {
                take(nullptr, nothing);
                continue;
            }
            if (!row->is_null(1) && row->integer(1) == search_index_version) {
                take(&*row, nothing);
            } else {
                store_.note_unindexed(rows.bodies[i]);
                auto const index = store_.search_index_from_header(reader_, rows.bodies[i]);
                take(nullptr, index);
            }
            row = found.next();
        }
    }

    void add_sent(std::shared_ptr<SentColumn>& column, RowColumn const& rows)
    {
        auto const size = column ? column->when.size() : 0;
        if (column && size == rows.uids.size()) return;
        auto& sent = writable(column);
        auto const unpack = [&](std::optional<std::string_view> text) {
            auto rest = text.value_or("");
            auto const when = packs::must_take_number(rest);
            add_row(sent, when, packs::must_take_number(rest, 4));
        };
        auto const take = [&](db::Row const* row, SearchIndex const& index) {
            if (row == nullptr) return add_row(sent, index.sent, index.sent_day);
            add_row(sent, row->is_null(2) ? std::nullopt : std::optional(row->integer(2)), row->integer(3));
        };
        each(packs::Kind::sent,
             "SELECT m.uid, s.version, s.sent, s.sent_day FROM message m LEFT JOIN body_search s "
             "ON s.body_id = m.body_id WHERE m.mailbox_id = ? AND m.uid BETWEEN ? AND ? ORDER BY m.uid",
             rows, size, unpack, take);
    }

    void add_threads(std::shared_ptr<ThreadColumn>& column, RowColumn const& rows)
    {
        auto const size = column ? column->message_ids.size() : 0;
        if (column && size == rows.uids.size()) return;
        auto& threads = writable(column);
        auto const unpack = [&](std::optional<std::string_view> text) {
            auto rest = text.value_or("");
            auto const message_id = packs::must_take_number(rest);
            bool const is_reply = packs::must_take_number(rest, 1) != 0;
            add_row(threads, message_id, is_reply, rest);
        };
        auto const take = [&](db::Row const* row, SearchIndex const& index) {
            if (row == nullptr) return add_row(threads, index);
            add_row(threads, row->integer(2), row->integer(3) != 0, row->view(4));
        };
        each(packs::Kind::threads,
             "SELECT m.uid, s.version, s.message_id, s.is_reply, s.parents FROM message m LEFT JOIN body_search s "
             "ON s.body_id = m.body_id WHERE m.mailbox_id = ? AND m.uid BETWEEN ? AND ? ORDER BY m.uid",
             rows, size, unpack, take);
    }

    void add_texts(std::shared_ptr<TextColumn>& column, TextKind kind, RowColumn const& rows)
    {
        auto const size = column ? column->size() : 0;
        if (column && size == rows.uids.size()) return;
        auto& texts = writable(column);
        auto const unpack = [&](std::optional<std::string_view> text) { add_row(texts, kind, text); };
        auto const take = [&](db::Row const* row, SearchIndex const& index) {
            if (row == nullptr) return add_row(texts, kind, text_of(index, kind));
            add_row(texts, kind, row->is_null(2) ? std::nullopt : std::optional(row->view(2)));
        };
        each(packs::kind_of(kind), text_query(kind), rows, size, unpack, take);
        if (is_sort_key(kind)) texts.rank();
    }

    SqlMailStore& store_;
    db::Reader& reader_;
    MailboxId const mailbox_;
};

Columns SqlMailStore::columns(MailboxId mailbox, ColumnSet wanted, UidRange uids)
{
    return database_.read([&](db::Reader& reader) {
        ColumnReader columns(*this, reader, mailbox);
        auto const count = static_cast<std::size_t>(
            reader.number("SELECT messages FROM mailbox WHERE mailbox_id = ?", mailbox).value_or(0));
        bool const is_whole = uids == all_uids;
        if (!is_whole || count > ColumnCache::rows_max) {
            ColumnParts parts;
            columns.fill(parts, wanted, uids);
            return parts.snapshot(wanted);
        }
        return column_cache_.get(mailbox, wanted, [&](ColumnParts& parts) {
            constexpr std::size_t tolerated = 1000;
            if (parts.rows->uids.size() > 2 * count + tolerated) parts = {}; // most of it was expunged
            columns.fill(parts, wanted, uids);
        });
    });
}

std::vector<FlagRow> SqlMailStore::flag_rows(MailboxId mailbox, UidRange uids)
{
    return database_.read([&](db::Reader& reader) {
        std::vector<FlagRow> flags;
        auto found =
            reader.query("SELECT uid, flags, modseq FROM message WHERE mailbox_id = ? AND uid BETWEEN ? AND ? "
                         "ORDER BY uid",
                         mailbox, uids.first, uids.last);
        while (auto const row = found.next())
            flags.push_back({static_cast<Uid>(row->integer(0)), static_cast<std::uint32_t>(row->integer(1)),
                             static_cast<ModSeq>(row->integer(2))});
        return flags;
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
