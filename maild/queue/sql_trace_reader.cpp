// The trace is searched by walking over the days asked for: an index on addresses would cost every delivery more than
// a search now and then (a month of 20,000 mails a day takes about a second, a day nothing that is felt).

#include "appliance/base/text.h"
#include "appliance/db/database.h"
#include "appliance/directory/directory.h"
#include "appliance/message/address.h"
#include "maild/queue/spool.h"
#include "maild/queue/trace_reader.h"

#include <algorithm>
#include <filesystem>
#include <limits>

namespace maild::queue
{

namespace
{
constexpr auto end_of_time = std::numeric_limits<std::int64_t>::max();

/// The first id of that moment.
std::int64_t id_at(base::Timestamp when)
{
    return when >= end_of_time >> trace_id_bits ? end_of_time : when << trace_id_bits;
}

bool contains_ignoring_case(std::string_view text, std::string_view lower_part)
{
    auto const lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; };
    return std::search(text.begin(), text.end(), lower_part.begin(), lower_part.end(),
                       [&](char a, char b) { return lower(a) == b; }) != text.end();
}

/// Somebody who is looked for. What it is asked about are addresses or logins, a line each.
class Wanted
{
public:
    Wanted(directory::Directory& directory, std::string_view text) : text_(base::lower(base::trim(text)))
    {
        is_whole_ = text_.find('@') != std::string::npos;
        auto const address = is_whole_ ? message::Address::parse(text_, message::Utf8::allow) : std::nullopt;
        if (!address || !directory.is_local_domain(address->domain)) return;
        auto const meaning = directory.resolve(address->local_part, address->domain);
        if (!meaning.list && meaning.users.size() == 1) login_ = meaning.users.front().login;
    }

    bool is_anybody() const { return text_.empty(); }
    bool is_in(std::string_view lines) const
    {
        if (is_anybody()) return true;
        if (!is_whole_) return contains_ignoring_case(lines, text_);
        for (std::size_t at = 0; at <= lines.size();) {
            auto const end = std::min(lines.find('\n', at), lines.size());
            if (is(lines.substr(at, end - at))) return true;
            at = end + 1;
        }
        return false;
    }

private:
    bool is(std::string_view line) const
    {
        auto const beginning = line.substr(0, text_.size());
        return base::equal_ignoring_case(beginning, text_) || (!login_.empty() && line == login_);
    }

    std::string text_;
    bool is_whole_ = false; ///< an address or its beginning, not any part of one
    std::string login_;     ///< a person of this school
};

std::vector<std::string> lines_of(std::string_view text)
{
    std::vector<std::string> lines;
    for (std::size_t at = 0; at < text.size();) {
        auto const end = std::min(text.find('\n', at), text.size());
        lines.emplace_back(text.substr(at, end - at));
        at = end + 1;
    }
    return lines;
}

/// Half open, in ids.
struct Range {
    std::int64_t first = 0;
    std::int64_t end = 0;
};

Range range_of(TraceQuery const& query)
{
    auto const end = query.until == 0 ? end_of_time : id_at(query.until);
    return {id_at(query.since), query.before == 0 ? end : std::min(end, query.before)};
}

/// Walks over the events of a range beside the messages, from the newest to the oldest: who else got the message.
class Addressees
{
public:
    Addressees(db::Reader& reader, Range range)
        : rows_(reader.query("SELECT message_id, recipient, place, kind FROM event WHERE message_id >= ? AND "
                             "message_id < ? ORDER BY message_id DESC, event_id DESC",
                             range.first, range.end)),
          row_(rows_.next())
    {
    }

    /// Messages must be asked about in falling order.
    bool include(MessageId message, Wanted const& wanted)
    {
        while (row_ && row_->integer(0) > message) row_ = rows_.next();
        bool found = false;
        for (; row_ && row_->integer(0) == message; row_ = rows_.next()) found = found || names(wanted);
        return found;
    }

private:
    bool names(Wanted const& wanted) const
    {
        auto const kind = static_cast<TraceKind>(row_->integer(3));
        if (kind == TraceKind::reported) return false; // that is the sender
        bool const has_people = kind == TraceKind::expanded || kind == TraceKind::delivered;
        return wanted.is_in(row_->view(1)) || (has_people && wanted.is_in(row_->view(2)));
    }

    db::Rows rows_;
    std::optional<db::Row> row_;
};

TracedMessage message_from(db::Row const& row)
{
    return {.id = row.integer(0),
            .accepted = row.integer(1),
            .sender = row.text(2),
            .login = row.text(3),
            .recipients = lines_of(row.view(4)),
            .size = static_cast<std::uint64_t>(row.integer(5)),
            .arrival = {.peer = row.text(7),
                        .hello = row.text(8),
                        .protocol = row.text(9),
                        .tls = row.text(10),
                        .header_id = row.text(6),
                        .about = row.integer(11)},
            .lines = {},
            .queued = {}};
}

void read_queued(db::Reader& reader, TracedMessage& message)
{
    auto rows = reader.query("SELECT address, state, destination, MAX(next_try, COALESCE((SELECT until FROM "
                             "destination d WHERE d.destination = recipient.destination), 0)), attempts, last_reply "
                             "FROM recipient "
                             "WHERE message_id = ? ORDER BY number",
                             message.id);
    while (auto const row = rows.next())
        message.queued.push_back({.recipient = row->text(0),
                                  .is_held = static_cast<State>(row->integer(1)) == State::held,
                                  .destination = row->text(2),
                                  .next_try = row->integer(3),
                                  .attempts = static_cast<unsigned>(row->integer(4)),
                                  .reply = row->text(5)});
}

void read_events(db::Reader& reader, TracedMessage& message)
{
    auto rows = reader.query("SELECT event_id, kind, recipient, place, status, reply, next_try FROM event "
                             "WHERE message_id = ? ORDER BY event_id",
                             message.id);
    while (auto const row = rows.next())
        message.lines.push_back({.at = row->integer(0) >> trace_id_bits,
                                 .kind = static_cast<TraceKind>(row->integer(1)),
                                 .recipient = row->text(2),
                                 .places = lines_of(row->view(3)),
                                 .status = row->text(4),
                                 .reply = row->text(5),
                                 .next_try = row->integer(6)});
}

/// A mail can be read a moment before the queue has noted its delivery: told in the order in which it happened.
base::Timestamp after_delivery(std::vector<TraceLine> const& lines, TraceLine const& reading)
{
    auto at = reading.at;
    for (auto const& line : lines) {
        auto const& places = line.places;
        bool const is_it = line.kind == TraceKind::delivered &&
                           std::find(places.begin(), places.end(), reading.places.front()) != places.end();
        if (is_it) at = std::max(at, line.at);
    }
    return at;
}

class SqlTraceReader final : public TraceReader
{
public:
    SqlTraceReader(directory::Directory& directory, std::string const& spool, std::string const& mail)
        : directory_(directory)
    {
        auto const open = [](std::string const& path, char const* schema) {
            return std::filesystem::exists(path)
                       ? std::make_unique<db::Database>(db::Options{path, schema, db::Mode::read_only})
                       : nullptr;
        };
        spool_ = open(spool + "/spool.db", "spool");
        mail_ = open(mail + "/mail.db", "mail");
    }

    TraceFound find(TraceQuery const& query) override
    {
        if (!spool_) return {}; // before the first start
        auto found = spool_->read([&](db::Reader& reader) {
            TraceFound all;
            if (query.id.empty())
                search(reader, query, all);
            else
                look_up(reader, query.id, all);
            for (auto& message : all.messages) {
                read_events(reader, message);
                read_queued(reader, message);
            }
            if (query.id.empty() && query.before == 0) all.refused = refused(reader, query);
            return all;
        });
        if (mail_) mail_->read([&](db::Reader& reader) { add_readings(reader, found.messages); });
        return found;
    }

private:
    void search(db::Reader& reader, TraceQuery const& query, TraceFound& all)
    {
        Wanted const from(directory_, query.from);
        Wanted const to(directory_, query.to);
        auto const range = range_of(query);
        std::optional<Addressees> addressees;
        if (!to.is_anybody()) addressees.emplace(reader, range);
        auto rows = reader.query("SELECT message_id, accepted, sender, login, recipients, size, header_id, peer, "
                                 "hello, protocol, tls, about FROM traced WHERE message_id >= ? AND message_id < ? "
                                 "ORDER BY message_id DESC",
                                 range.first, range.end);
        while (auto const row = rows.next()) {
            if (!from.is_in(row->view(2)) && !from.is_in(row->view(3))) continue;
            if (addressees && !to.is_in(row->view(4)) && !addressees->include(row->integer(0), to)) continue;
            if (all.messages.size() == query.most) {
                all.has_more = true;
                break;
            }
            all.messages.push_back(message_from(*row));
        }
        std::reverse(all.messages.begin(), all.messages.end());
    }

    /// By our id, else by the Message-ID field; several may have the same one. With what came of it: reports, and
    /// what an alias or list passed on.
    static void look_up(db::Reader& reader, std::string_view text, TraceFound& all)
    {
        auto const id = parse_message_id(base::lower(text));
        auto const bare = base::trim(text);
        auto const bracketed = bare.starts_with('<') ? std::string(bare) : '<' + std::string(bare) + '>';
        auto rows = reader.query("SELECT message_id, accepted, sender, login, recipients, size, header_id, peer, "
                                 "hello, protocol, tls, about FROM traced WHERE message_id = ? OR header_id = ? "
                                 "OR about IN (SELECT message_id FROM traced WHERE message_id = ? OR header_id = ?) "
                                 "ORDER BY message_id",
                                 id.value_or(-1), bracketed, id.value_or(-1), bracketed);
        while (auto const row = rows.next()) all.messages.push_back(message_from(*row));
    }

    std::vector<RefusedMail> refused(db::Reader& reader, TraceQuery const& query)
    {
        Wanted const from(directory_, query.from);
        Wanted const to(directory_, query.to);
        auto const range = range_of(query);
        auto rows = reader.query("SELECT refused_id, last, count, peer, hello, login, sender, recipient, reply "
                                 "FROM refused WHERE refused_id >= ? AND refused_id < ? ORDER BY refused_id DESC",
                                 range.first, range.end);
        std::vector<RefusedMail> all;
        for (auto row = rows.next(); row && all.size() < query.most; row = rows.next()) {
            if (!from.is_in(row->view(6)) && !from.is_in(row->view(5))) continue;
            if (!to.is_in(row->view(7))) continue;
            all.push_back({.first = row->integer(0) >> trace_id_bits,
                           .last = row->integer(1),
                           .count = static_cast<std::uint64_t>(row->integer(2)),
                           .peer = row->text(3),
                           .hello = row->text(4),
                           .login = row->text(5),
                           .sender = row->text(6),
                           .recipient = row->text(7),
                           .reply = row->text(8)});
        }
        std::reverse(all.begin(), all.end());
        return all;
    }

    void add_readings(db::Reader& reader, std::vector<TracedMessage>& messages)
    {
        for (auto& message : messages) {
            auto rows = reader.query("SELECT account_id, at, means FROM reading WHERE origin = ?", message.id);
            while (auto const row = rows.next()) {
                auto const user = directory_.find_user(directory::UserId{row->integer(0)});
                message.lines.push_back({.at = row->integer(1),
                                         .kind = std::nullopt,
                                         .means = static_cast<TraceLine::Means>(row->integer(2)),
                                         .recipient = {},
                                         .places = {user ? user->login : "?"},
                                         .status = {},
                                         .reply = {}});
            }
            for (auto& line : message.lines)
                if (!line.kind) line.at = after_delivery(message.lines, line);
            std::stable_sort(message.lines.begin(), message.lines.end(),
                             [](auto const& a, auto const& b) { return a.at < b.at; });
        }
    }

    directory::Directory& directory_;
    std::unique_ptr<db::Database> spool_;
    std::unique_ptr<db::Database> mail_;
};
} // namespace

std::unique_ptr<TraceReader> make_trace_reader(directory::Directory& directory, std::string const& spool,
                                               std::string const& mail)
{
    return std::make_unique<SqlTraceReader>(directory, spool, mail);
}

} // namespace maild::queue
