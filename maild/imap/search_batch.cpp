#include "maild/imap/search_batch.h"

#include "appliance/base/text.h"
#include "appliance/message/charset.h"
#include "appliance/message/fold.h"
#include "appliance/message/header.h"
#include "appliance/message/words.h"
#include "maild/imap/limits.h"

#include <algorithm>
#include <chrono>

namespace maild::imap
{

namespace
{
using Kind = SearchKey::Kind;

Truth truth(bool value) { return value ? Truth::yes : Truth::no; }

Truth opposite(Truth value)
{
    if (value == Truth::open) return value;
    return truth(value == Truth::no);
}

bool holds(std::string_view haystack, std::string_view needle)
{
    return haystack.find(needle) != std::string_view::npos;
}

int number_of(message::Day const& day) { return (day.year * 100 + day.month) * 100 + day.day; }

/// The moments at which that day and the next one begin, in UTC.
struct DayBounds {
    base::Timestamp begin;
    base::Timestamp end;
};
DayBounds bounds_of(message::Day const& day)
{
    namespace chrono = std::chrono;
    auto const midnight = chrono::sys_days(chrono::year(day.year) / day.month / day.day);
    auto const microseconds = [](chrono::sys_days when) {
        return chrono::duration_cast<base::Microseconds>(when.time_since_epoch()).count();
    };
    return {microseconds(midnight), microseconds(midnight + chrono::days(1))};
}

/// RFC 9051 6.4.4: the day of a moment, in UTC.
Truth test_day(base::Timestamp when, message::Day const& day, Kind before, Kind on, Kind kind)
{
    auto const bounds = bounds_of(day);
    if (kind == before) return truth(when < bounds.begin);
    if (kind == on) return truth(when >= bounds.begin && when < bounds.end);
    return truth(when >= bounds.begin);
}

/// Answered from the message's row.
bool is_row_key(Kind kind)
{
    return kind == Kind::larger || kind == Kind::smaller || kind == Kind::before || kind == Kind::on ||
           kind == Kind::since || kind == Kind::older || kind == Kind::younger || kind == Kind::email_id;
}

bool is_sent_key(Kind kind) { return kind == Kind::sent_before || kind == Kind::sent_on || kind == Kind::sent_since; }

message::SearchScope scope_of(SearchKey const& key)
{
    return key.kind == Kind::body ? message::SearchScope::body : message::SearchScope::header_and_body;
}

/// Calls `take` for every key of the program.
template <class Take>
void each_key(SearchKey const& key, Take const& take)
{
    take(key);
    for (auto const& child : key.children) each_key(child, take);
}

/// Those that are asked of every message.
mailbox::ColumnSet first_columns(SearchKey const& program, mailbox::ColumnSet wanted)
{
    each_key(program, [&](SearchKey const& key) { wanted.rows = wanted.rows || is_row_key(key.kind); });
    return wanted;
}
} // namespace

SearchBatch::SearchBatch(mailbox::MailStore& store, SearchScope const& scope, SearchKey const& program,
                         mailbox::UidRange uids, mailbox::ColumnSet first)
    : store_(store),
      scope_(scope),
      program_(program),
      uids_(uids),
      columns_(store.columns(scope.mailbox, first_columns(program, first), uids))
{
}

std::vector<mailbox::Uid> SearchBatch::run(Progress& progress)
{
    if (program_.uses(Kind::has_flag) || program_.uses(Kind::modseq)) load_flags();
    if (program_.uses(Kind::has_keyword)) load_keywords(program_);
    if (program_.uses(Kind::saved_before) || program_.uses(Kind::saved_on) || program_.uses(Kind::saved_since))
        load_saved();
    std::vector<mailbox::Uid> found;
    auto const rows = rows_in_scope();
    auto open = ask(rows, found);
    // A look with the texts, and where that leaves anything open, what it takes to look into the messages.
    auto wanted = columns_for(program_);
    for (bool is_all = false; !open.empty() && !is_all; wanted.rows = true) {
        if (!load_texts(open, wanted)) return SearchBatch(store_, scope_, program_, uids_, wanted).run(progress);
        is_all = wanted.rows;
        open = ask(open, found);
    }
    progress.advance(rows.size() - open.size());
    ask_messages(open, found, progress);
    std::sort(found.begin(), found.end());
    return found;
}

/// Those that the client knows of and, as far as flags were read, that are still there.
SearchBatch::Rows SearchBatch::rows_in_scope() const
{
    Rows rows;
    auto const& uids = *columns_.uids;
    auto const known = scope_.map.uids();
    rows.reserve(uids.size());
    auto range = known.ranges().begin();
    for (Row row = 0; row < uids.size(); ++row) {
        while (range != known.ranges().end() && range->last < uids[row]) ++range;
        if (range == known.ranges().end()) break;
        bool const is_gone = !flags_.empty() && flags_[row].uid == 0;
        if (range->first <= uids[row] && !is_gone) rows.push_back(row);
    }
    return rows;
}

void SearchBatch::load_flags()
{
    auto const& uids = *columns_.uids;
    flags_.resize(uids.size());
    std::size_t row = 0;
    for (auto const& flags : store_.flag_rows(scope_.mailbox, uids_)) {
        while (row < uids.size() && uids[row] < flags.uid) ++row;
        if (row < uids.size() && uids[row] == flags.uid) flags_[row] = flags;
    }
}

void SearchBatch::load_keywords(SearchKey const& program)
{
    each_key(program, [&](SearchKey const& key) {
        if (key.kind == Kind::has_keyword && !keywords_.contains(key.text))
            keywords_.emplace(key.text, store_.with_keyword(scope_.mailbox, key.text, uids_));
    });
}

void SearchBatch::load_saved()
{
    auto const& uids = *columns_.uids;
    saved_.resize(uids.size());
    std::size_t row = 0;
    for (auto const& saved : store_.saved_dates(scope_.mailbox, uids_)) {
        while (row < uids.size() && uids[row] < saved.uid) ++row;
        if (row < uids.size() && uids[row] == saved.uid) saved_[row] = saved.when;
    }
}

/// Adds those that match to `found`, and gives those whose answer is open.
SearchBatch::Rows SearchBatch::ask(Rows const& rows, std::vector<mailbox::Uid>& found) const
{
    Rows open;
    for (auto const row : rows) {
        auto const answer = test(program_, row);
        if (answer == Truth::yes) found.push_back((*columns_.uids)[row]);
        if (answer == Truth::open) open.push_back(row);
    }
    return open;
}

mailbox::ColumnSet SearchBatch::columns_for(SearchKey const& program) const
{
    mailbox::ColumnSet wanted;
    each_key(program, [&](SearchKey const& key) {
        if (is_sent_key(key.kind)) wanted.sent = true;
        bool const needs_body = key.kind == Kind::body || key.kind == Kind::text || key.kind == Kind::thread_id;
        if (needs_body || is_row_key(key.kind)) wanted.rows = true;
        if (key.kind != Kind::header) return;
        if (auto const field = mailbox::search_field(key.name))
            wanted.add(mailbox::text_kind(*field));
        else
            wanted.rows = true;
    });
    return wanted;
}

/// False: the rows have moved, because the mailbox was read anew. Then all must begin again.
bool SearchBatch::load_texts(Rows const& open, mailbox::ColumnSet wanted)
{
    auto const before = columns_.uids;
    columns_ = store_.columns(scope_.mailbox, wanted, uids_);
    auto const& uids = *columns_.uids;
    for (auto const row : open)
        if (row >= uids.size() || uids[row] != (*before)[row]) return false;
    if (program_.uses(Kind::thread_id)) load_threads(open);
    return true;
}

void SearchBatch::load_threads(Rows const& rows)
{
    std::vector<mailbox::BodyId> bodies;
    for (auto const row : rows) bodies.push_back(columns_.rows->bodies[row]);
    auto const threads = store_.threads(scope_.account, bodies);
    for (std::size_t i = 0; i < rows.size(); ++i) threads_.emplace(rows[i], threads[i]);
}

Truth SearchBatch::test(SearchKey const& key, Row row) const
{
    auto const uid = (*columns_.uids)[row];
    auto const& rows = columns_.rows; // there, if a key asks it
    auto const seconds = [](std::uint64_t count) {
        return static_cast<base::Timestamp>(std::min<std::uint64_t>(count, INT64_MAX / 1000000)) * 1000000;
    };
    switch (key.kind) {
    case Kind::all: return Truth::yes;
    case Kind::both: return test_all(key, row);
    case Kind::either: return test_any(key, row);
    case Kind::none_of: return opposite(test(key.children[0], row));
    case Kind::sequence:
    case Kind::uid: return truth(key.uids.contains(uid));
    case Kind::has_flag: return truth((flags_[row].system & key.number) != 0);
    case Kind::has_keyword: return truth(keywords_.at(key.text).contains(uid));
    case Kind::recent: return truth(scope_.is_recent(uid));
    case Kind::larger: return truth(rows->sizes[row] > key.number);
    case Kind::smaller: return truth(rows->sizes[row] < key.number);
    case Kind::before:
    case Kind::on:
    case Kind::since: return test_day(rows->arrived[row], key.day, Kind::before, Kind::on, key.kind);
    case Kind::saved_before:
    case Kind::saved_on:
    case Kind::saved_since: return test_day(saved_[row], key.day, Kind::saved_before, Kind::saved_on, key.kind);
    case Kind::older: return truth(rows->arrived[row] <= scope_.now - seconds(key.number));
    case Kind::younger: return truth(rows->arrived[row] >= scope_.now - seconds(key.number));
    case Kind::modseq: return truth(flags_[row].modseq >= key.number);
    case Kind::email_id: return truth(rows->bodies[row] == static_cast<mailbox::BodyId>(key.number));
    case Kind::thread_id: {
        auto const thread = threads_.find(row);
        if (thread == threads_.end()) return Truth::open;
        return truth(key.number != 0 && thread->second == static_cast<std::int64_t>(key.number));
    }
    case Kind::sent_before:
    case Kind::sent_on:
    case Kind::sent_since: return test_sent(key, row);
    case Kind::header: return test_header(key, row);
    case Kind::body:
    case Kind::text: return test_text(key, row);
    }
    return Truth::no;
}

Truth SearchBatch::test_all(SearchKey const& key, Row row) const
{
    auto result = Truth::yes;
    for (auto const& child : key.children) {
        auto const one = test(child, row);
        if (one == Truth::no) return Truth::no;
        if (one == Truth::open) result = Truth::open;
    }
    return result;
}

Truth SearchBatch::test_any(SearchKey const& key, Row row) const
{
    auto result = Truth::no;
    for (auto const& child : key.children) {
        auto const one = test(child, row);
        if (one == Truth::yes) return Truth::yes;
        if (one == Truth::open) result = Truth::open;
    }
    return result;
}

/// RFC 9051 6.4.4: the Date field's own day, whatever the zone; a message without a good one is never found.
Truth SearchBatch::test_sent(SearchKey const& key, Row row) const
{
    if (!columns_.sent) return Truth::open;
    auto const day = columns_.sent->day[row];
    if (day == 0) return Truth::no;
    if (key.kind == Kind::sent_before) return truth(day < number_of(key.day));
    if (key.kind == Kind::sent_on) return truth(day == number_of(key.day));
    return truth(day >= number_of(key.day));
}

/// The column holds a line end and the text for every such field.
Truth SearchBatch::test_header(SearchKey const& key, Row row) const
{
    auto const field = mailbox::search_field(key.name);
    if (!field) return Truth::open;
    auto const& column = columns_.texts[static_cast<std::size_t>(mailbox::text_kind(*field))];
    if (!column) return Truth::open;
    auto const text = column->at(row);
    if (!text) return Truth::open;
    if (key.text.empty()) return truth(!text->empty());
    return truth(!holds(key.text, "\n") && holds(*text, key.text));
}

Truth SearchBatch::test_text(SearchKey const& key, Row row) const
{
    auto const answers = texts_.find(&key);
    if (answers == texts_.end()) return Truth::open;
    auto const answer = answers->second.find(columns_.rows->bodies[row]);
    return answer == answers->second.end() ? Truth::no : answer->second;
}

/// The full-text index first, then one message after the other.
void SearchBatch::ask_messages(Rows const& rows, std::vector<mailbox::Uid>& found, Progress& progress)
{
    for (std::size_t begin = 0; begin < rows.size(); begin += limits::search_part) {
        auto const end = std::min(rows.size(), begin + limits::search_part);
        std::vector<mailbox::BodyId> bodies;
        for (auto i = begin; i < end; ++i) bodies.push_back(columns_.rows->bodies[rows[i]]);
        texts_.clear();
        ask_text_index(program_, bodies);
        Rows const part(rows.begin() + static_cast<std::ptrdiff_t>(begin),
                        rows.begin() + static_cast<std::ptrdiff_t>(end));
        auto const open = ask(part, found);
        progress.advance(part.size() - open.size());
        for (std::size_t i = 0; i < open.size(); ++i) {
            if (i % limits::index_batch == 0) load_headers(open, i);
            if (certain(program_, open[i])) found.push_back((*columns_.uids)[open[i]]);
            progress.advance(1);
        }
    }
}

/// Of the next messages, if a key needs them.
void SearchBatch::load_headers(Rows const& rows, std::size_t begin)
{
    headers_.clear();
    if (!program_.uses(Kind::header)) return;
    std::vector<mailbox::BodyId> bodies;
    for (auto i = begin; i < std::min(rows.size(), begin + limits::index_batch); ++i)
        bodies.push_back(columns_.rows->bodies[rows[i]]);
    std::sort(bodies.begin(), bodies.end());
    bodies.erase(std::unique(bodies.begin(), bodies.end()), bodies.end());
    for (auto& texts : store_.index(bodies)) {
        auto const body = texts.body;
        headers_.emplace(body, std::move(texts));
    }
}

void SearchBatch::ask_text_index(SearchKey const& program, std::vector<mailbox::BodyId> const& bodies)
{
    each_key(program, [&](SearchKey const& key) {
        if (key.kind != Kind::body && key.kind != Kind::text) return;
        auto& answers = texts_[&key];
        auto const candidates = store_.text_candidates(scope_.mailbox, bodies, key.text, scope_of(key));
        for (auto const body : candidates.certain) answers.emplace(body, Truth::yes);
        for (auto const body : candidates.unsure) answers.emplace(body, Truth::open);
    });
}

/// Reads what is needed, and nothing for keys that are certain without it.
bool SearchBatch::certain(SearchKey const& key, Row row)
{
    auto const known = test(key, row);
    if (known != Truth::open) return known == Truth::yes;
    auto const holds_below = [&](SearchKey const& child) { return certain(child, row); };
    switch (key.kind) {
    case Kind::both: return std::all_of(key.children.begin(), key.children.end(), holds_below);
    case Kind::either: return std::any_of(key.children.begin(), key.children.end(), holds_below);
    case Kind::none_of: return !certain(key.children[0], row);
    case Kind::header: return header_holds(key, row);
    case Kind::body:
    case Kind::text: return store_.text_holds(columns_.rows->bodies[row], key.text, scope_of(key));
    default: return false;
    }
}

/// Parsed once for all keys. Empty: expunged meanwhile.
message::Header const& SearchBatch::header_of(mailbox::BodyId body)
{
    if (header_ && header_->body == body) return header_->fields;
    header_ = std::make_unique<OneHeader>();
    header_->body = body;
    auto const texts = headers_.find(body);
    if (texts == headers_.end()) return header_->fields;
    header_->text = texts->second.header;
    if (!texts->second.header_complete) {
        auto const reader = store_.open(body);
        header_->text = reader ? reader->read(0, static_cast<std::size_t>(reader->size())) : std::string();
    }
    header_->fields = message::Header::parse(header_->text);
    return header_->fields;
}

bool SearchBatch::header_holds(SearchKey const& key, Row row)
{
    auto const fields = header_of(columns_.rows->bodies[row]).all(key.name);
    return std::any_of(fields.begin(), fields.end(), [&](message::HeaderField const* field) {
        if (key.text.empty()) return true;
        return holds(message::fold(message::scrub_utf8(message::decode_words(field->value()))), key.text);
    });
}

} // namespace maild::imap
