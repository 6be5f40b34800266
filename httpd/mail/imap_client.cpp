#include "httpd/mail/imap_client.h"

#include "appliance/base/error.h"
#include "appliance/base/text.h"
#include "appliance/imap_client/modified_utf7.h"
#include "httpd/limits.h"
#include "httpd/mail/imap_reading.h"

#include <algorithm>
#include <thread>

namespace httpd::mail
{

namespace
{
constexpr std::size_t largest_response = std::size_t{256} << 20;

/// RFC 5530's codes, as our server sends them.
MailFault::Kind kind_of(ImapResponse const& status)
{
    if (status.text == base::disk_full_text) return MailFault::Kind::disk_full;
    auto const code = base::upper(status.code.substr(0, status.code.find(' ')));
    if (code == "OVERQUOTA") return MailFault::Kind::over_quota;
    if (code == "NONEXISTENT" || code == "TRYCREATE") return MailFault::Kind::no_folder;
    if (code == "AUTHENTICATIONFAILED" || code == "EXPIRED") return MailFault::Kind::login;
    if (code == "UNAVAILABLE" || code == "SERVERBUG" || code == "INUSE" || status.keyword == "BYE")
        return MailFault::Kind::unavailable;
    return MailFault::Kind::refused;
}

std::string_view flag_name(Flag flag)
{
    switch (flag) {
    case Flag::seen: return "\\Seen";
    case Flag::answered: return "\\Answered";
    case Flag::forwarded: return "$Forwarded";
    case Flag::flagged: return "\\Flagged";
    }
    return {};
}

std::string body_item(std::string const& section) { return "BODY.PEEK[" + section + "]"; }

/// RFC 4315: "APPENDUID 1 7", "COPYUID 1 3 7"; 0 when it is something else.
Uid last_uid(std::string_view code, std::string_view name)
{
    if (!code.starts_with(name)) return 0;
    return static_cast<Uid>(base::parse_number(code.substr(code.rfind(' ') + 1), UINT32_MAX).value_or(0));
}
} // namespace

std::string folder_argument(std::string const& folder)
{
    return imap_argument(imap_client::to_modified_utf7(folder));
}

std::string sequence_set(std::vector<Uid> uids)
{
    std::sort(uids.begin(), uids.end());
    std::string set;
    for (std::size_t i = 0; i < uids.size();) {
        std::size_t last = i;
        while (last + 1 < uids.size() && uids[last + 1] <= uids[last] + 1) ++last;
        set += (set.empty() ? "" : ",") + std::to_string(uids[i]);
        if (uids[last] != uids[i]) set += ":" + std::to_string(uids[last]);
        i = last + 1;
    }
    return set;
}

std::vector<Uid> read_sequence_set(std::string_view set, std::size_t most)
{
    std::vector<Uid> uids;
    for (auto const piece : base::split(set, ',')) {
        auto const colon = piece.find(':');
        auto const first = base::parse_number(piece.substr(0, colon), UINT32_MAX).value_or(0);
        auto const last = colon == std::string_view::npos
                              ? first
                              : base::parse_number(piece.substr(colon + 1), UINT32_MAX).value_or(0);
        if (first == 0) continue;
        for (auto uid = first; uid <= last && uids.size() < most; ++uid) uids.push_back(static_cast<Uid>(uid));
    }
    std::sort(uids.begin(), uids.end());
    return uids;
}

std::string imap_argument(std::string_view text)
{
    std::string quoted = "\"";
    for (char const c : text) {
        if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) > 0x7e) {
            std::string literal(text);
            std::erase(literal, '\0');
            return "{" + std::to_string(literal.size()) + "+}\r\n" + literal;
        }
        if (c == '"' || c == '\\') quoted += '\\';
        quoted += c;
    }
    return quoted + "\"";
}

net::Stream connect_patiently(std::string const& socket)
{
    constexpr int attempts = 20;
    constexpr auto pause = std::chrono::milliseconds(50);
    for (int i = 1;; ++i) {
        try { // a daemon that was restarted is back within a second
            return net::Stream::connect_unix(socket, net::after(limits::mail_answer));
        } catch (net::Disconnected const&) {
            if (i == attempts) throw;
        }
        std::this_thread::sleep_for(pause);
    }
}

ImapClient::ImapClient(std::string const& socket, std::string const& login, std::string const& password)
    : stream_(connect_patiently(socket))
{
    if (auto const greeting = read_response(); greeting.keyword != "OK")
        throw MailFault(kind_of(greeting), greeting.text);
    auto const answer = run("LOGIN " + imap_argument(login) + " " + imap_argument(password));
    if (answer.status.keyword == "OK") return;
    auto const kind = kind_of(answer.status);
    bool const is_trouble = kind == MailFault::Kind::unavailable || kind == MailFault::Kind::disk_full;
    throw MailFault(is_trouble ? kind : MailFault::Kind::login, answer.status.text);
}

ImapClient::~ImapClient() { stream_.close(); }

std::string ImapClient::send(std::string_view command)
{
    auto const tag = "A" + std::to_string(++commands_);
    stream_.write(tag);
    stream_.write(" ");
    stream_.write(command);
    stream_.write("\r\n");
    return tag;
}

ImapClient::Answer ImapClient::receive(std::string const& tag)
{
    stream_.flush();
    Answer answer;
    for (;;) {
        auto response = read_response();
        if (response.tag == tag) {
            answer.status = std::move(response);
            return answer;
        }
        if (response.keyword == "BYE") throw net::Disconnected("the mail daemon said goodbye: " + response.text);
        notice(response);
        if (behind_.empty())
            answer.data.push_back(std::move(response));
        else if (response.tag == behind_) // nobody has asked for what came until here
            behind_.clear();
    }
}

ImapClient::Answer ImapClient::must_receive(std::string const& tag)
{
    auto answer = receive(tag);
    must_be_ok(answer);
    return answer;
}

void ImapClient::must_be_ok(Answer const& answer)
{
    if (answer.status.keyword != "OK") throw MailFault(kind_of(answer.status), answer.status.text);
}

ImapClient::Answer ImapClient::must_run(std::string_view command) { return must_receive(send(command)); }

ImapResponse ImapClient::read_response()
{
    auto const deadline = net::after(limits::mail_answer);
    std::string text;
    for (;;) {
        auto line = stream_.read_line(limits::imap_line, limits::mail_answer, deadline);
        if (line.state != net::Line::State::complete) throw net::Disconnected("the mail daemon does not answer");
        text += line.text;
        auto const literal = imap_client::announced_literal(line.text);
        if (!literal) break;
        if (text.size() + *literal > largest_response)
            throw net::Disconnected("the mail daemon's answer is too large");
        text += "\r\n";
        stream_.read_exactly(text, *literal, deadline);
    }
    auto response = imap_client::parse_imap_response(std::move(text));
    if (!response) throw net::Disconnected("the mail daemon's answer is not understood");
    return std::move(*response);
}

void ImapClient::notice(ImapResponse const& response)
{
    if (response.keyword == "EXISTS")
        exists_ = response.number;
    else if (response.keyword == "EXPUNGE" && exists_ > 0)
        --exists_;
}

std::string ImapClient::send_open(std::string const& folder)
{
    if (open_folder_ == folder) return send("NOOP");
    forget_folder(); // a SELECT that fails leaves none open
    return send("SELECT " + folder_argument(folder));
}

void ImapClient::must_be_open(std::string const& tag, std::string const& folder)
{
    auto const answer = receive(tag);
    if (answer.status.keyword != "OK") {
        auto const kind = kind_of(answer.status);
        throw MailFault(kind == MailFault::Kind::refused ? MailFault::Kind::no_folder : kind, answer.status.text);
    }
    open_folder_ = folder;
}

std::optional<Message> ImapClient::message(std::string const& folder, Uid uid)
{
    open(folder);
    if (uid == 0) return std::nullopt; // no message has it, and IMAP would call the command wrong
    for (auto const& line : must_run("UID FETCH " + std::to_string(uid) + " " + std::string(message_items)).data)
        if (line.keyword == "FETCH" && fetch_item(line, "ENVELOPE").is_list()) return read_message(line);
    return std::nullopt;
}

std::string ImapClient::header(std::string const& folder, Uid uid)
{
    return part(folder, uid, "HEADER", limits::shown_text);
}

std::string ImapClient::part(std::string const& folder, Uid uid, std::string const& section, std::size_t most)
{
    open(folder);
    auto const range = "<0." + std::to_string(most) + ">";
    auto const answer = must_run("UID FETCH " + std::to_string(uid) + " (" + body_item(section) + range + ")");
    for (auto const& line : answer.data)
        if (auto const& bytes = fetch_item(line, "BODY["); line.keyword == "FETCH" && bytes.is_string())
            return std::string(bytes.text);
    return {};
}

void ImapClient::stream_part(std::string const& folder, Uid uid, std::string const& section,
                             std::function<void(std::string_view)> const& take)
{
    constexpr std::size_t piece_size = std::size_t{512} << 10;
    open(folder);
    for (std::size_t offset = 0;; offset += piece_size) {
        auto const range = "<" + std::to_string(offset) + "." + std::to_string(piece_size) + ">";
        std::size_t got = 0;
        for (auto const& line :
             must_run("UID FETCH " + std::to_string(uid) + " (" + body_item(section) + range + ")").data) {
            auto const& bytes = fetch_item(line, "BODY[");
            if (line.keyword != "FETCH" || !bytes.is_string()) continue;
            got = bytes.text.size();
            take(bytes.text);
        }
        if (got < piece_size) return;
    }
}

void ImapClient::mark_read(std::string const& folder, Uid uid)
{
    open(folder);
    behind_ = send("UID STORE " + std::to_string(uid) + " +FLAGS.SILENT (\\Seen)");
    stream_.flush();
}

void ImapClient::set_flag(std::string const& folder, std::vector<Uid> const& uids, Flag flag, bool on)
{
    if (uids.empty()) return;
    open(folder);
    must_run("UID STORE " + sequence_set(uids) + (on ? " +" : " -") + "FLAGS.SILENT (" +
             std::string(flag_name(flag)) + ")");
}

void ImapClient::set_keyword(std::string const& folder, std::vector<Uid> const& uids, std::string const& keyword,
                             bool on)
{
    if (uids.empty()) return;
    open(folder);
    must_run("UID STORE " + sequence_set(uids) + (on ? " +" : " -") + "FLAGS.SILENT (" + keyword + ")");
}

std::vector<Uid> ImapClient::move(std::string const& folder, std::vector<Uid> const& uids, std::string const& to)
{
    if (uids.empty()) return {};
    open(folder);
    auto const answer = must_run("UID MOVE " + sequence_set(uids) + " " + folder_argument(to));
    for (auto const& line : answer.data) { // RFC 4315: "COPYUID validity from to"
        auto const words = base::split(line.code, ' ');
        if (words.size() == 4 && base::equal_ignoring_case(words[0], "COPYUID"))
            return read_sequence_set(words[3], uids.size());
    }
    return {};
}

void ImapClient::remove(std::string const& folder, std::vector<Uid> const& uids)
{
    if (uids.empty()) return;
    open(folder);
    auto const set = sequence_set(uids);
    must_run("UID STORE " + set + " +FLAGS.SILENT (\\Deleted)");
    must_run("UID EXPUNGE " + set);
}

Uid ImapClient::append(std::string const& folder, message::Content const& message, Kept as)
{
    auto const tag = "A" + std::to_string(++commands_);
    stream_.write(tag + " APPEND " + folder_argument(folder) +
                  (as == Kept::draft ? " (\\Seen \\Draft) {" : " (\\Seen) {") + std::to_string(message.size()) +
                  "+}\r\n");
    message.read([this](std::string_view piece) { stream_.write(piece); });
    stream_.write("\r\n");
    auto const answer = receive(tag);
    if (answer.status.keyword != "OK") throw MailFault(kind_of(answer.status), answer.status.text);
    return last_uid(answer.status.code, "APPENDUID");
}

Uid ImapClient::copy_as_draft(std::string const& folder, Uid uid, std::string const& to)
{
    open(folder);
    auto const answer = must_run("UID COPY " + std::to_string(uid) + " " + folder_argument(to));
    auto const copy = last_uid(answer.status.code, "COPYUID");
    if (copy == 0) return 0;
    open(to);
    must_run("UID STORE " + std::to_string(copy) + " +FLAGS.SILENT (\\Draft \\Seen)");
    return copy;
}

void ImapClient::mark_receipt_sent(std::string const& folder, Uid uid)
{
    open(folder);
    must_run("UID STORE " + std::to_string(uid) + " +FLAGS.SILENT ($MDNSent)");
}

std::vector<Uid> ImapClient::find_id(std::string const& folder, std::string const& message_id)
{
    open(folder);
    std::vector<Uid> found;
    for (auto const& line : must_run("UID SEARCH HEADER Message-ID " + imap_argument(message_id)).data)
        if (line.keyword == "SEARCH")
            for (auto const& value : line.values) found.push_back(static_cast<Uid>(value.number()));
    return found;
}

} // namespace httpd::mail
