// What is indexed for SORT, THREAD and header SEARCH: written with a new body, and for older bodies in the
// background.

#include "maild/mailbox/sql_rows.h"
#include "maild/mailbox/sql_store.h"
#include "maild/mailbox/whole_message.h"

#include <algorithm>

namespace maild::mailbox
{

namespace
{
/// So many bodies per transaction: a delivery never waits long for it.
constexpr int bodies_per_step = 200;
constexpr std::int64_t all_walked = -1;

std::string pack(std::vector<MessageIdHash> const& ids)
{
    std::string bytes;
    for (auto const id : ids)
        for (int shift = 56; shift >= 0; shift -= 8)
            bytes += static_cast<char>(static_cast<std::uint64_t>(id) >> shift & 0xFFU);
    return bytes;
}

/// Older bodies that are to be indexed, and how far the walk is then; nothing when it came to its end.
struct Step {
    std::vector<BodyId> bodies;
    std::optional<std::int64_t> walked;
};

Step next_step(db::Reader& reader)
{
    bool const same =
        reader.number("SELECT value FROM counter WHERE name = 'search_version'") == search_index_version;
    auto const walked =
        same ? reader.number("SELECT value FROM counter WHERE name = 'search_walked'").value_or(0) : 0;
    if (walked == all_walked) return {};
    Step step;
    auto found = reader.query("SELECT b.body_id, s.version FROM body b LEFT JOIN body_search s "
                              "ON s.body_id = b.body_id WHERE b.body_id > ? ORDER BY b.body_id LIMIT ?",
                              walked, bodies_per_step);
    int count = 0;
    while (auto const row = found.next()) {
        ++count;
        step.walked = row->integer(0);
        if (row->is_null(1) || row->integer(1) != search_index_version) step.bodies.push_back(row->integer(0));
    }
    if (count < bodies_per_step) step.walked = all_walked;
    return step;
}

void note_walked(db::Transaction& transaction, std::int64_t walked)
{
    transaction.exec("UPDATE counter SET value = ? WHERE name = 'search_version'", search_index_version);
    transaction.exec("UPDATE counter SET value = ? WHERE name = 'search_walked'", walked);
}

std::vector<AccountId> owners_of(db::Reader& reader, BodyId body)
{
    std::vector<AccountId> owners;
    auto found = reader.query("SELECT DISTINCT b.account_id FROM message m JOIN mailbox b "
                              "ON b.mailbox_id = m.mailbox_id WHERE m.body_id = ?",
                              body);
    while (auto const row = found.next()) owners.push_back(row->integer(0));
    return owners;
}

void replace(db::Transaction& transaction, BodyId body, SearchIndex const& index)
{
    if (!transaction.number("SELECT 1 FROM body WHERE body_id = ?", body)) return; // swept meanwhile
    transaction.exec("DELETE FROM body_search WHERE body_id = ?", body);
    rows::insert_search_index(transaction, body, index);
    for (auto const account : owners_of(transaction, body)) rows::join_thread(transaction, account, index);
}
} // namespace

void rows::insert_search_index(db::Transaction& transaction, BodyId body, SearchIndex const& index)
{
    auto const text = [&](SearchField field) { return db::Blob{index.texts[static_cast<std::size_t>(field)]}; };
    auto const parents = pack(index.parents);
    transaction.exec(
        "INSERT INTO body_search (body_id, version, sent, sent_day, is_reply, message_id, parents, subject_key, "
        "from_key, to_key, cc_key, from_shown, to_shown, from_text, to_text, cc_text, bcc_text, subject_text, "
        "type_text) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        body, search_index_version, index.sent, index.sent_day, index.is_reply, index.message_id, db::Blob{parents},
        db::Blob{index.subject}, db::Blob{index.from}, db::Blob{index.to}, db::Blob{index.cc},
        db::Blob{index.shown_from}, db::Blob{index.shown_to}, text(SearchField::from), text(SearchField::to),
        text(SearchField::cc), text(SearchField::bcc), text(SearchField::subject), text(SearchField::content_type));
}

void rows::unpack_parents(std::string_view packed, std::vector<MessageIdHash>& parents)
{
    for (std::size_t i = 0; i + 8 <= packed.size(); i += 8) {
        std::uint64_t id = 0;
        for (char const byte : packed.substr(i, 8)) id = id << 8 | static_cast<unsigned char>(byte);
        parents.push_back(static_cast<MessageIdHash>(id));
    }
}

std::optional<SearchIndex> rows::read_thread_index(db::Reader& reader, BodyId body)
{
    auto found = reader.query("SELECT message_id, parents, subject_key FROM body_search "
                              "WHERE body_id = ? AND version = ?",
                              body, search_index_version);
    auto const row = found.next();
    if (!row) return std::nullopt;
    SearchIndex index;
    index.message_id = row->integer(0);
    unpack_parents(row->view(1), index.parents);
    index.subject = row->text(2);
    return index;
}

void rows::join_thread(db::Transaction& transaction, AccountId account, SearchIndex const& index)
{
    if (index.parents.empty() || index.message_id == 0) return;
    auto const own = thread_key(index.message_id, index.subject);
    constexpr std::string_view find = "SELECT thread FROM thread_member WHERE account_id = ? AND key = ?";
    if (transaction.number(find, account, own)) return; // a thread never changes
    transaction.exec("INSERT INTO thread_member (account_id, key, thread) VALUES (?, ?, ?)", account, own,
                     thread_of(transaction, account, index));
}

std::int64_t rows::thread_of(db::Reader& reader, AccountId account, SearchIndex const& index)
{
    constexpr std::string_view find = "SELECT thread FROM thread_member WHERE account_id = ? AND key = ?";
    if (index.parents.empty()) return thread_key(index.message_id, index.subject);
    if (auto const own = reader.number(find, account, thread_key(index.message_id, index.subject))) return *own;
    // The nearest ancestor that is known as an answer, else the oldest one begins the thread.
    constexpr std::size_t looked_at = 10;
    auto const count = std::min(index.parents.size(), looked_at);
    for (std::size_t i = 0; i < count; ++i)
        if (auto const thread =
                reader.number(find, account, thread_key(index.parents[index.parents.size() - 1 - i], index.subject)))
            return *thread;
    return thread_key(index.parents.front(), index.subject);
}

void SqlMailStore::note_unindexed(BodyId body)
{
    std::lock_guard const lock(unindexed_mutex_);
    if (unindexed_.size() < bodies_per_step) unindexed_.insert(body);
}

SearchIndex SqlMailStore::search_index_from_header(db::Reader& reader, BodyId body)
{
    auto found = reader.query("SELECT header, header_complete FROM body WHERE body_id = ?", body);
    auto const row = found.next();
    if (!row) return {};
    if (row->integer(1) != 0) return make_search_index(row->view(0));
    auto const bytes = open(body);
    return bytes ? make_search_index(WholeMessage(*bytes).bytes()) : SearchIndex{};
}

bool SqlMailStore::index_step()
{
    std::set<BodyId> due;
    {
        std::lock_guard const lock(unindexed_mutex_);
        due.swap(unindexed_);
    }
    std::vector<std::pair<BodyId, SearchIndex>> indexes;
    auto const step = database_.read([&](db::Reader& reader) {
        auto next = next_step(reader);
        due.insert(next.bodies.begin(), next.bodies.end());
        for (auto const body : due) indexes.emplace_back(body, search_index_from_header(reader, body));
        return next;
    });
    if (indexes.empty() && !step.walked) return false;
    database_.run([&](db::Transaction& transaction) {
        for (auto const& [body, index] : indexes) replace(transaction, body, index);
        if (step.walked) note_walked(transaction, *step.walked);
    });
    return true;
}

} // namespace maild::mailbox
