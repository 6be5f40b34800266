// SMTP from every state of a session, and the DATA reader against a plain reading of RFC 5321 4.5.2. The first byte
// of the input chooses.

#include "maild/remote/smtp_client.h"
#include "tests/maild/smtp_fixture.h"
#include "tests/support/fuzz.h"

#include <cstdlib>

namespace
{
using maild::smtp::DataFault;
using maild::smtp::DataReader;

/// What a session does in one go must fit into the socket's buffers: nobody reads meanwhile.
constexpr std::size_t session_input_max = 4096;

struct Start {
    maild::smtp::Purpose purpose;
    char const* commands;
};
constexpr auto relay = maild::smtp::Purpose::relay;
constexpr auto submission = maild::smtp::Purpose::submission;
constexpr Start starts[] = {
    {relay, ""},
    {relay, "EHLO c\r\n"},
    {relay, "EHLO c\r\nMAIL FROM:<a@b.c> SMTPUTF8\r\n"},
    {relay, "EHLO c\r\nMAIL FROM:<a@b.c>\r\nRCPT TO:<budi>\r\n"},
    {relay, "HELO c\r\nMAIL FROM:<>\r\nRCPT TO:<budi>\r\nDATA\r\n"},
    {submission, "EHLO c\r\n"},
    {submission, "EHLO c\r\nAUTH LOGIN\r\n"},
    {submission, "EHLO c\r\nAUTH PLAIN AGFsaQAxMjM=\r\n"},
    {submission,
     "EHLO c\r\nAUTH PLAIN AGFsaQAxMjM=\r\nMAIL FROM:<ali@school.example>\r\nRCPT TO:<x@y.z>\r\nDATA\r\n"},
};

void session(Start const& start, std::string_view bytes)
{
    static support::SmtpPlace place;
    place.spool.kept.clear();
    place.spool.kept.shrink_to_fit();
    auto const over = start.purpose == submission ? support::Over::local_socket : support::Over::network;
    place.talk_at_once(start.purpose, start.commands + std::string(bytes.substr(0, session_input_max)), over);
    for (auto const& kept : place.spool.kept)
        if (kept.recipients.empty() || kept.bytes.find('\0') != std::string::npos) std::abort();
}

void must(bool holds)
{
    if (!holds) std::abort();
}

/// The message as a plain reading of the RFC has it.
std::string unstuffed(std::string_view lines)
{
    std::string text;
    for (bool at_start = true; !lines.empty(); lines.remove_prefix(1)) {
        if (!at_start || lines.front() != '.') text += lines.front();
        at_start = text.ends_with("\r\n") && lines.front() == '\n';
    }
    return text;
}

bool has_bare_line_end(std::string_view text)
{
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\r' && (i + 1 == text.size() || text[i + 1] != '\n')) return true;
        if (text[i] == '\n' && (i == 0 || text[i - 1] != '\r')) return true;
    }
    return false;
}

void data_reader(std::string_view bytes)
{
    if (bytes.empty()) return;
    auto const cut = std::min<std::size_t>(static_cast<unsigned char>(bytes.front()), bytes.size() - 1);
    bytes.remove_prefix(1);
    DataReader reader(1 << 30, 1 << 30);
    std::string got;
    auto const sink = [&](std::string_view piece) { got += piece; };
    auto taken = reader.feed(bytes.substr(0, cut), sink);
    if (taken == cut) taken += reader.feed(bytes.substr(cut), sink);

    std::string const framed = "\r\n" + std::string(bytes);
    auto const end = framed.find("\r\n.\r\n");
    must(reader.is_finished() == (end != std::string::npos));
    must(taken == (reader.is_finished() ? end + 3 : bytes.size()));
    if (!reader.is_finished()) return;
    auto const message = bytes.substr(0, end);
    bool const bare = has_bare_line_end(message);
    bool const nul = message.find('\0') != std::string_view::npos;
    must((reader.fault() != DataFault::none) == (bare || nul));
    if (reader.fault() == DataFault::none) must(got == unstuffed(message));
}

/// What the client sends, the server must read back as it was.
void stuffed_round_trip(std::string_view bytes)
{
    if (has_bare_line_end(bytes) || bytes.find('\0') != std::string_view::npos) return;
    maild::remote::DotStuffer stuffer;
    auto const half = bytes.size() / 2;
    auto wire = stuffer.feed(bytes.substr(0, half));
    wire += stuffer.feed(bytes.substr(half));
    wire += stuffer.finish();
    DataReader reader(1 << 30, 1 << 30);
    std::string got;
    must(reader.feed(wire, [&](std::string_view piece) { got += piece; }) == wire.size());
    must(reader.is_finished() && got.starts_with(bytes) && got.size() <= bytes.size() + 2);
}
} // namespace

FUZZ_TARGET(smtp)
{
    if (bytes.empty()) return;
    auto const choice = static_cast<unsigned char>(bytes.front()) % (std::size(starts) + 2);
    bytes.remove_prefix(1);
    if (choice < std::size(starts))
        session(starts[choice], bytes);
    else if (choice == std::size(starts))
        data_reader(bytes);
    else
        stuffed_round_trip(bytes);
}
