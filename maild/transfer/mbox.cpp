#include "maild/transfer/mbox.h"

#include "appliance/base/text.h"
#include "maild/transfer/line_ends.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>

namespace maild::transfer
{

namespace
{
constexpr std::size_t piece = 64 << 10;
/// Our own sender in "From " lines: what stands between it and the message is known exactly.
constexpr std::string_view own = "From kotakpos ";
/// The same for messages with other line ends than CRLF, which are written as they are; `cut`: without an LF at
/// their end.
constexpr std::string_view own_raw = "From kotakpos-raw ";
constexpr std::string_view own_cut = "From kotakpos-cut ";
/// The last of our own fields: what follows is the message's.
constexpr std::string_view own_end = "X-Kotakpos: 1\n";
constexpr std::array<std::string_view, 12> months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

bool is_blank(std::string_view line) { return line == "\n" || line == "\r\n"; }

std::string_view without_end(std::string_view line)
{
    if (!line.empty() && line.back() == '\n') line.remove_suffix(1);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    return line;
}

/// The parts of a "From " line's date.
struct FromDate {
    std::tm time{};
    int zone_minutes = 0;
    bool has_month = false, has_time = false, has_year = false;
    bool is_whole() const { return has_month && has_time && has_year; }
};

bool read_time(std::string_view word, std::tm& time)
{
    auto const parts = base::split(word, ':');
    if (parts.size() < 2 || parts.size() > 3) return false;
    auto const hour = base::parse_number(parts[0], 23), minute = base::parse_number(parts[1], 59);
    auto const second = parts.size() == 3 ? base::parse_number(parts[2], 60) : 0;
    if (!hour || !minute || !second) return false;
    time.tm_hour = static_cast<int>(*hour);
    time.tm_min = static_cast<int>(*minute);
    time.tm_sec = static_cast<int>(*second);
    return true;
}

FromDate read_from_date(std::string_view line)
{
    FromDate date;
    for (auto const word : base::split(without_end(line), ' ')) {
        auto const month = std::find(months.begin(), months.end(), word);
        if (month != months.end()) {
            date.time.tm_mon = static_cast<int>(month - months.begin());
            date.has_month = true;
        } else if (read_time(word, date.time)) {
            date.has_time = true;
        } else if (word.size() == 5 && (word[0] == '+' || word[0] == '-')) {
            auto const zone = base::parse_number(word.substr(1), 1400);
            if (zone)
                date.zone_minutes = (word[0] == '-' ? -1 : 1) * static_cast<int>(*zone / 100 * 60 + *zone % 100);
        } else if (auto const number = base::parse_number(word, 9999);
                   number && word.size() == 4 && *number >= 1970) {
            date.time.tm_year = static_cast<int>(*number) - 1900;
            date.has_year = true;
        } else if (number && word.size() <= 2 && *number >= 1 && *number <= 31) {
            date.time.tm_mday = static_cast<int>(*number);
        }
    }
    return date;
}

/// Where the header ends: behind its blank line.
std::size_t header_end(std::string_view bytes)
{
    if (bytes.starts_with("\n")) return 1;
    if (bytes.starts_with("\r\n")) return 2;
    auto const lf = bytes.find("\n\n"), crlf = bytes.find("\n\r\n");
    if (lf == std::string_view::npos && crlf == std::string_view::npos) return bytes.size();
    return lf < crlf ? lf + 2 : crlf + 3;
}

/// ">From ", ">>From ", ...
bool is_quoted_from(std::string_view line)
{
    auto const from = line.find_first_not_of('>');
    return from != 0 && from != std::string_view::npos && line.substr(from).starts_with("From ");
}

std::string unquoted(std::string_view body)
{
    std::string text;
    text.reserve(body.size());
    for (std::size_t at = 0; at < body.size();) {
        auto const end = std::min(body.find('\n', at), body.size() - 1) + 1;
        auto line = body.substr(at, end - at);
        if (is_quoted_from(line)) line.remove_prefix(1);
        text += line;
        at = end;
    }
    return text;
}

void read_status(std::string_view value, mailbox::Flags& flags)
{
    for (char const c : value) {
        if (c == 'R') flags.system |= mailbox::flag_seen;
        if (c == 'A') flags.system |= mailbox::flag_answered;
        if (c == 'F') flags.system |= mailbox::flag_flagged;
        if (c == 'T') flags.system |= mailbox::flag_draft;
        if (c == 'D') flags.system |= mailbox::flag_deleted;
    }
}

/// The mail programs' own fields, which are no part of the message.
bool read_own_field(std::string_view line, MboxMessage& message)
{
    auto const colon = line.find(':');
    if (colon == std::string_view::npos) return false;
    auto const name = base::lower(base::trim(line.substr(0, colon)));
    auto const value = base::trim(without_end(line.substr(colon + 1)));
    auto const numbers = base::split(value, ' ');
    if (name == "status" || name == "x-status") {
        read_status(value, message.flags);
    } else if (name == "x-keywords") {
        for (auto const keyword : base::split(value, ' '))
            if (!keyword.empty()) message.flags.keywords.emplace_back(keyword);
    } else if (name == "x-uid") {
        message.uid = static_cast<mailbox::Uid>(base::parse_number(numbers[0], UINT32_MAX - 1).value_or(0));
    } else if (name == "x-imapbase" || name == "x-imap") {
        message.uid_validity = static_cast<std::uint32_t>(base::parse_number(numbers[0], UINT32_MAX).value_or(0));
    } else {
        return false;
    }
    return true;
}

/// Takes those fields out of the header. `only_first`: our own file has them at the very beginning, and what stands
/// behind them belongs to the message.
std::string take_own_fields(std::string_view header, MboxMessage& message, bool only_first)
{
    std::string rest;
    bool is_taken = false;
    for (std::size_t at = 0; at < header.size();) {
        auto const end = std::min(header.find('\n', at), header.size() - 1) + 1;
        auto const line = header.substr(at, end - at);
        if (only_first && line == own_end) return std::string(header.substr(end));
        bool const is_folded = line.front() == ' ' || line.front() == '\t';
        if (!is_folded) is_taken = read_own_field(line, message);
        if (!is_taken) rest += line;
        at = end;
    }
    return rest;
}

std::optional<std::uint64_t> content_length(std::string_view header)
{
    for (auto const line : base::split(header, '\n'))
        if (base::lower(line.substr(0, 15)) == "content-length:")
            return base::parse_number(base::trim(line.substr(15)), UINT32_MAX);
    return std::nullopt;
}

std::string asctime_utc(base::Timestamp when)
{
    constexpr std::array<char const*, 7> days = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    std::time_t const seconds = when / 1000000;
    std::tm time{};
    ::gmtime_r(&seconds, &time);
    char text[64];
    std::snprintf(text, sizeof text, "%s %s %2d %02d:%02d:%02d %04d", days[static_cast<std::size_t>(time.tm_wday)],
                  std::string(months[static_cast<std::size_t>(time.tm_mon)]).c_str(), time.tm_mday, time.tm_hour,
                  time.tm_min, time.tm_sec, time.tm_year + 1900);
    return text;
}
} // namespace

bool is_from_line(std::string_view line) { return line.starts_with("From ") && read_from_date(line).is_whole(); }

base::Timestamp date_of_from_line(std::string_view line)
{
    auto date = read_from_date(line);
    if (!date.is_whole()) return 0;
    if (date.time.tm_mday == 0) date.time.tm_mday = 1;
    return (static_cast<base::Timestamp>(::timegm(&date.time)) - date.zone_minutes * 60) * 1000000;
}

MboxReader::MboxReader(ReadAt read_at, std::size_t largest_message)
    : read_at_(std::move(read_at)), largest_message_(largest_message)
{
}

bool MboxReader::fill()
{
    buffer_.resize(piece);
    buffer_.resize(read_at_(offset_, buffer_.data(), piece));
    used_ = 0;
    return !buffer_.empty();
}

bool MboxReader::read_line(std::string& line)
{
    line.clear();
    for (;;) {
        if (used_ == buffer_.size() && !fill()) return !line.empty();
        auto const end = buffer_.find('\n', used_);
        auto const stop = end == std::string::npos ? buffer_.size() : end + 1;
        if (line.size() <= largest_message_) line.append(buffer_, used_, stop - used_);
        offset_ += stop - used_;
        used_ = stop;
        if (end != std::string::npos) return true;
    }
}

bool MboxReader::is_mbox()
{
    if (!is_started_) {
        is_started_ = true;
        std::string line;
        do {
            if (!read_line(line)) return false;
        } while (is_blank(line));
        if (line.starts_with("From ")) from_ = line;
    }
    return !from_.empty();
}

bool MboxReader::is_boundary_at(std::uint64_t offset)
{
    char text[512];
    auto const got = read_at_(offset, text, sizeof text);
    std::string_view rest(text, got);
    while (rest.starts_with("\n") || rest.starts_with("\r\n")) rest.remove_prefix(rest.front() == '\n' ? 1 : 2);
    return rest.empty() ? got < sizeof text : is_from_line(rest.substr(0, rest.find('\n')));
}

bool MboxReader::read_counted(std::string& raw, std::uint64_t length, MboxMessage& message)
{
    if (raw.size() + length > largest_message_ || !is_boundary_at(offset_ + length)) return false;
    auto const begin = raw.size();
    raw.resize(begin + static_cast<std::size_t>(length));
    std::size_t have = 0;
    while (have < length) {
        auto const got = read_at_(offset_ + have, raw.data() + begin + have, static_cast<std::size_t>(length) - have);
        if (got == 0) break;
        have += got;
    }
    raw.resize(begin + have);
    offset_ += have;
    buffer_.clear();
    used_ = 0;
    from_.clear();
    std::string line;
    while (read_line(line))
        if (!is_blank(line)) {
            from_ = line;
            break;
        }
    // Whoever counts may leave "From " lines as they are (mboxcl2): then nothing was quoted either.
    std::string_view const body = std::string_view(raw).substr(begin);
    bool const is_bare = body.starts_with("From ") || body.find("\nFrom ") != std::string_view::npos;
    message.bytes = raw.substr(0, begin) + (is_bare ? std::string(body) : unquoted(body));
    return true;
}

void MboxReader::read_message(std::string& raw, MboxMessage& message)
{
    bool is_own = from_.starts_with(own) || from_.starts_with(own_raw) || from_.starts_with(own_cut);
    std::string line;
    bool was_blank = false, in_header = true;
    from_.clear();
    while (read_line(line)) {
        if (was_blank && is_from_line(line)) {
            from_ = line;
            break;
        }
        was_blank = is_blank(line);
        message.size += line.size();
        if (raw.size() + line.size() > largest_message_) message.is_too_large = true;
        if (message.is_too_large) {
            raw.clear();
            continue;
        }
        raw += line;
        if (!in_header || !was_blank) continue;
        in_header = false;
        auto const length = is_own ? std::nullopt : content_length(raw);
        if (length && read_counted(raw, *length, message)) {
            message.size = raw.size();
            return;
        }
    }
    auto const end = header_end(raw);
    message.bytes = raw.substr(0, end) + unquoted(std::string_view(raw).substr(end));
}

std::optional<MboxMessage> MboxReader::next()
{
    if (!is_mbox()) return std::nullopt;
    auto const from = from_;
    MboxMessage message;
    message.date = date_of_from_line(from);
    std::string raw;
    read_message(raw, message);
    if (message.is_too_large) {
        message.bytes.clear();
        return message;
    }
    bool const is_own = from.starts_with(own) || from.starts_with(own_raw) || from.starts_with(own_cut);
    auto& bytes = message.bytes;
    // The blank line before the next "From " line belongs to the format.
    if (bytes.ends_with("\r\n\r\n") && !is_own)
        bytes.resize(bytes.size() - 2);
    else if (bytes.ends_with("\n\n") || (is_own && bytes.ends_with('\n')))
        bytes.resize(bytes.size() - 1);
    if (from.starts_with(own_cut) && bytes.ends_with('\n')) bytes.resize(bytes.size() - 1);
    auto const end = header_end(bytes);
    bytes = take_own_fields(std::string_view(bytes).substr(0, end), message, is_own) + bytes.substr(end);
    if (!from.starts_with(own_raw) && !from.starts_with(own_cut)) bytes = with_crlf(bytes);
    return message;
}

std::string show_mbox(MboxEntry const& entry)
{
    auto const& flags = entry.info.flags;
    bool const is_plain = is_plain_crlf(entry.bytes) && entry.bytes.ends_with('\n');
    bool const is_cut = !is_plain && !entry.bytes.ends_with('\n');
    auto const sender = is_plain ? own : is_cut ? own_cut : own_raw;
    std::string text = std::string(sender) + asctime_utc(entry.info.internal_date) + "\n";
    auto const letter = [&](mailbox::Flag flag, char c) {
        return (flags.system & flag) != 0 ? std::string(1, c) : std::string();
    };
    if (entry.uid_validity != 0)
        text += "X-IMAPbase: " + std::to_string(entry.uid_validity) + " " + std::to_string(entry.uid_next - 1) + "\n";
    text += "X-UID: " + std::to_string(entry.info.uid) + "\n";
    text += "Status: " + letter(mailbox::flag_seen, 'R') + "O\n";
    auto const more = letter(mailbox::flag_answered, 'A') + letter(mailbox::flag_flagged, 'F') +
                      letter(mailbox::flag_draft, 'T') + letter(mailbox::flag_deleted, 'D');
    if (!more.empty()) text += "X-Status: " + more + "\n";
    if (!flags.keywords.empty()) text += "X-Keywords: " + base::join(flags.keywords, " ") + "\n";
    text += own_end;
    auto const body = is_plain ? with_lf(entry.bytes) : std::string(entry.bytes);
    auto const header = header_end(body);
    text += body.substr(0, header);
    for (std::size_t at = header; at < body.size();) {
        auto const end = std::min(body.find('\n', at), body.size() - 1) + 1;
        std::string_view const line(body.data() + at, end - at);
        if (line.starts_with("From ") || is_quoted_from(line)) text += '>';
        text += line;
        at = end;
    }
    return text + (is_cut ? "\n\n" : "\n");
}

} // namespace maild::transfer
