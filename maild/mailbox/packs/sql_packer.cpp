#include "maild/mailbox/packs/packer.h"

#include "maild/mailbox/listed_header.h"
#include "maild/mailbox/search_index.h"

namespace maild::mailbox::packs
{

namespace
{
/// What is long is read some hundred messages at a time (imap/limits.h: index_batch), so it is cut into shorter
/// packs.
constexpr std::uint32_t long_text_messages = 256;
constexpr std::uint64_t run_bytes_max = std::uint64_t{16} << 20; ///< what a run may hold in memory

constexpr std::int64_t all_indexed = -1; // sql_search_rows.cpp

/// So many new messages are worth making a run of that size anew: each is packed some 20 times at most.
std::uint32_t enough_for(std::uint32_t messages) { return 32 + messages / 16; }

/// The packs of one kind within a run.
class Column
{
public:
    Column(Kind kind, std::uint32_t pack_messages, Uid first)
        : kind_(kind), pack_messages_(pack_messages), next_(first)
    {
    }

    void add(Uid uid, std::optional<std::string_view> text)
    {
        if (writer_.messages() == pack_messages_) close(last_);
        writer_.add(uid, text);
        last_ = uid;
    }
    /// The run ends with this UID.
    std::vector<PackFile::NewPack> take(Uid last)
    {
        close(last);
        return std::move(packs_);
    }

private:
    void close(Uid last)
    {
        auto const messages = writer_.messages();
        packs_.push_back({kind_, {next_, last}, messages, compress(writer_.take())});
        writer_ = {};
        next_ = last + 1;
    }

    Kind const kind_;
    std::uint32_t const pack_messages_;
    Uid next_;
    Uid last_ = 0;
    PackWriter writer_;
    std::vector<PackFile::NewPack> packs_;
};

constexpr std::string_view run_query =
    "SELECT m.uid, m.body_id, m.size, m.internal_date, s.version, s.sent, s.sent_day, s.message_id, s.is_reply, "
    "s.parents, s.subject_key, s.from_key, s.to_key, s.cc_key, s.from_shown, s.to_shown, s.from_text, s.to_text, "
    "s.cc_text, s.bcc_text, s.subject_text, s.type_text, b.envelope, b.body_structure, b.plain_body, b.preview, "
    "b.header_complete, b.header FROM message m JOIN body b ON b.body_id = m.body_id "
    "LEFT JOIN body_search s ON s.body_id = m.body_id WHERE m.mailbox_id = ? AND m.uid >= ? ORDER BY m.uid LIMIT ?";
enum RunColumn { uid, body, size, arrived, version, sent, sent_day, message_id, is_reply, parents, texts };
enum { envelope = texts + static_cast<int>(text_kinds), structure, plain_body, preview, header_complete, header };

/// All packs of a run, filled row by row.
class RunWriter
{
public:
    explicit RunWriter(Uid first) : first_(first)
    {
        for (auto kind = 0; kind < static_cast<int>(Kind::texts) + static_cast<int>(text_kinds); ++kind)
            columns_.emplace_back(static_cast<Kind>(kind), Packer::run_messages, first);
        for (auto const kind : {Kind::envelope, Kind::structure, Kind::plain_body, Kind::preview, Kind::header})
            columns_.emplace_back(kind, long_text_messages, first);
    }

    void add(db::Row const& row)
    {
        last_ = static_cast<Uid>(row.integer(uid));
        ++messages_;
        column_ = columns_.begin();
        put(fixed({{row.integer(body), 8}, {row.integer(size), 4}, {row.integer(arrived), 8}}));
        auto const when = row.is_null(sent) ? SentColumn::unknown : row.integer(sent);
        put(fixed({{when, 8}, {row.integer(sent_day), 4}}));
        put(fixed({{row.integer(message_id), 8}, {row.integer(is_reply), 1}}) += row.view(parents));
        for (std::size_t i = 0; i < text_kinds; ++i) {
            auto const text = row.view(texts + static_cast<int>(i));
            put(text.size() <= TextColumn::longest ? std::optional(text) : std::nullopt);
        }
        put(row.view(envelope));
        put(row.view(structure));
        put(row.view(plain_body));
        put(row.is_null(preview) ? std::nullopt : std::optional(row.view(preview)));
        auto const listed = row.integer(header_complete) != 0 ? listed_header(row.view(header)) : std::nullopt;
        put(listed ? std::optional<std::string_view>(*listed) : std::nullopt);
    }
    /// No message is behind the last one up to this UID.
    void end_at(Uid uid) { last_ = uid; }
    std::uint32_t messages() const { return messages_; }
    std::uint64_t bytes() const { return bytes_; }
    Run run() const { return {{first_, last_}, messages_}; }

    std::vector<PackFile::NewPack> take()
    {
        std::vector<PackFile::NewPack> packs;
        for (auto& column : columns_)
            for (auto& pack : column.take(last_)) packs.push_back(std::move(pack));
        return packs;
    }

private:
    struct Number {
        std::int64_t value;
        std::size_t bytes;
    };
    static std::string fixed(std::initializer_list<Number> numbers)
    {
        std::string text;
        for (auto const& number : numbers) append_number(text, number.value, number.bytes);
        return text;
    }
    void put(std::optional<std::string_view> text)
    {
        if (text) bytes_ += text->size();
        (column_++)->add(last_, text);
    }

    std::vector<Column> columns_;
    std::vector<Column>::iterator column_;
    Uid const first_;
    Uid last_ = 0;
    std::uint32_t messages_ = 0;
    std::uint64_t bytes_ = 0;
};
} // namespace

bool Packer::step()
{
    try {
        if (due_.empty() && flags_due_.empty()) begin_round();
        if (!due_.empty()) {
            auto const due = due_.back();
            due_.pop_back();
            pack(due);
        } else if (!flags_due_.empty()) {
            auto const mailbox = flags_due_.back();
            flags_due_.pop_back();
            flags_.pack(mailbox);
        }
        return !due_.empty() || !flags_due_.empty();
    } catch (base::StoreError const&) { // what is packed is not known for sure
        due_.clear();
        flags_due_.clear();
        look_at_all();
        throw;
    }
}

void Packer::begin_round()
{
    auto const version = mail_.data_version();
    if (!is_full_round_due_ && version == seen_version_) return;
    if (!Background::has_room(folder_))
        throw base::StoreError(base::StoreFault::full, folder_ + ": too little free space for packing mailboxes");
    if (!packs_.open()) throw base::StoreError(base::StoreFault::unavailable, folder_ + ": no packs");
    bool const is_full = std::exchange(is_full_round_due_, false);
    if (is_full) {
        runs_ = packs_.runs();
        flags_.look_at_all();
    }
    auto gone = runs_;
    mail_.read([&](db::Reader& reader) {
        if (reader.number("SELECT value FROM counter WHERE name = 'search_walked'") != all_indexed)
            return gone.clear();
        auto found = reader.query("SELECT mailbox_id, uid_next, messages, highest_modseq FROM mailbox");
        while (auto const row = found.next()) {
            FlagPacker::Counters const now{row->integer(0), static_cast<Uid>(row->integer(1)),
                                           static_cast<std::uint32_t>(row->integer(2)),
                                           static_cast<ModSeq>(row->integer(3))};
            compare(now);
            if (flags_.is_due(reader, now)) flags_due_.push_back(now.mailbox);
            gone.erase(now.mailbox);
        }
    });
    for (auto const& [mailbox, runs] : gone) {
        packs_.remove(mailbox);
        runs_.erase(mailbox);
        flags_.forget(mailbox);
    }
    seen_version_ = version;
}

/// Notes what is due of the mailbox.
void Packer::compare(FlagPacker::Counters const& now)
{
    auto& runs = runs_[now.mailbox];
    std::uint64_t packed = 0;
    for (auto const& run : runs) packed += run.messages;
    auto const next = runs.empty() ? 1 : runs.back().uids.last + 1;
    constexpr std::uint64_t tolerated = 64;
    bool const is_older = next > now.uid_next; // mail.db is: it came from a backup
    bool const is_mostly_gone = packed > now.messages + now.messages / 8 + tolerated;
    if (is_older || is_mostly_gone) {
        due_.push_back({now.mailbox, 1});
        return;
    }
    bool const is_last_full = runs.empty() || runs.back().messages >= run_messages;
    auto const in_last = is_last_full ? 0 : runs.back().messages;
    if (std::min(now.uid_next - next, now.messages) < enough_for(in_last)) return;
    due_.push_back({now.mailbox, is_last_full ? next : runs.back().uids.first});
}

/// One run; nothing while its messages are not all indexed.
void Packer::pack(Due const& due)
{
    RunWriter writer(due.from);
    bool is_rest = false;
    bool const is_indexed = mail_.read([&](db::Reader& reader) {
        auto found = reader.query(run_query, due.mailbox, due.from, run_messages);
        auto row = found.next();
        for (; row && writer.bytes() <= run_bytes_max; row = found.next()) {
            if (row->is_null(version) || row->integer(version) != search_index_version) return false;
            writer.add(*row);
        }
        is_rest = !row && writer.messages() < run_messages;
        auto const uid_next = reader.number("SELECT uid_next FROM mailbox WHERE mailbox_id = ?", due.mailbox);
        if (is_rest && uid_next) writer.end_at(static_cast<Uid>(*uid_next - 1));
        return true;
    });
    auto& runs = runs_[due.mailbox];
    while (!runs.empty() && runs.back().uids.first >= due.from) runs.pop_back();
    if (!is_indexed || writer.run().uids.last < due.from) return packs_.put(due.mailbox, due.from, {});
    packs_.put(due.mailbox, due.from, writer.take());
    runs.push_back(writer.run());
    if (!is_rest) due_.push_back({due.mailbox, writer.run().uids.last + 1}); // perhaps there is more
}

} // namespace maild::mailbox::packs
