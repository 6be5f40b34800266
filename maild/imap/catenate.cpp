// CATENATE (RFC 4469): a message put together from texts and from messages that are here already.

#include "maild/imap/session.h"

#include "appliance/base/text.h"
#include "maild/imap/append.h"
#include "maild/imap/limits.h"
#include "maild/imap/message_url.h"
#include "maild/mailbox/whole_message.h"

#include <algorithm>

namespace maild::imap
{

namespace
{
/// One section in memory; nothing when there is no such section.
std::optional<std::string> section_bytes(mailbox::BodyReader& body, Section const& section)
{
    mailbox::WholeMessage const whole(body);
    auto const range = message::find_section(message::scan(whole.bytes()), section.part, section.text);
    if (!range) return std::nullopt;
    auto const text = range->of(whole.bytes());
    return section.fields == Section::Fields::all ? std::string(text) : filter_header(text, section);
}

/// RFC 4469 section 5: what is behind BADURL may not end the code.
[[noreturn]] void throw_bad_url(std::string url)
{
    url.erase(std::remove_if(url.begin(), url.end(), [](char c) { return c <= ' ' || c > '~' || c == ']'; }),
              url.end());
    throw_no("BADURL " + url, "That is no message of yours");
}
} // namespace

void Session::must_catenate(Parser& parser, AppendMessage& message, AppendRoom const& room)
{
    message.incoming = std::make_unique<Incoming>(context_.temporary);
    std::size_t parts = 0;
    do {
        if (++parts > limits::catenate_parts) throw_no("LIMIT", "Too many parts in one message");
        if (parser.take("URL ")) {
            append_url(parser.must_astring(), *message.incoming, room);
            continue;
        }
        if (!parser.take("TEXT ")) throw_bad("Expected TEXT or URL");
        bool const is_utf8 = parser.take("UTF8 (");
        if (is_utf8 && !is_enabled(feature_utf8)) throw_bad("Enable UTF8=ACCEPT first");
        auto const literal = parser.must_literal_size();
        room.must_have(message.incoming->size(), literal.size);
        must_read_into(parser, literal, *message.incoming);
        if (is_utf8) parser.must_take(')');
    } while (parser.take(' '));
    parser.must_take(')');
    if (message.incoming->size() == 0) throw_no("CANNOT", "A message cannot be empty");
}

/// "ali@mail.sekolah.example:143" of an URL: this server, and nobody else.
bool Session::is_me(std::string_view server) const
{
    auto const at = server.rfind('@');
    auto const person = at == std::string_view::npos ? std::string_view() : server.substr(0, at);
    auto host = server.substr(at == std::string_view::npos ? 0 : at + 1);
    if (!host.starts_with('[')) host = host.substr(0, host.find(':'));
    auto const login = base::lower(person.substr(0, person.find_first_of(";%@")));
    return (login.empty() || login == user_->login) && context_.directory.is_local_domain(host);
}

/// Where the bytes are that an URL names, if this person may read them.
void Session::append_url(std::string const& text, Incoming& incoming, AppendRoom const& room)
{
    auto const url = parse_message_url(text);
    if (!url || (!url->server.empty() && !is_me(url->server))) throw_bad_url(text);
    auto found = url->mailbox.empty() ? std::nullopt : places_->find(url->mailbox);
    if (url->mailbox.empty() && view_) found = SeenMailbox{{}, view_->mailbox(), rights_, true};
    bool const is_readable = found && (found->rights & mailbox::right_read) != 0;
    if (!is_readable || url->uid_validity.value_or(found->mailbox.uid_validity) != found->mailbox.uid_validity)
        throw_bad_url(text);
    auto const messages = context_.store.messages(found->mailbox.id, std::vector{url->uid}, 1, 1);
    auto const body = messages.empty() ? nullptr : context_.store.open(messages.front().body);
    if (!body) throw_bad_url(text);
    auto const bytes = url->section ? section_bytes(*body, *url->section) : std::nullopt;
    if (url->section && !bytes) throw_bad_url(text);

    auto const size = bytes ? bytes->size() : body->size();
    auto const begin = std::min<std::uint64_t>(size, url->partial ? url->partial->offset : 0);
    auto const count = std::min<std::uint64_t>(size - begin, url->partial ? url->partial->count : size);
    room.must_have(incoming.size(), count);
    if (bytes) return incoming.add(std::string_view(*bytes).substr(begin, count));
    for (auto at = begin; at < begin + count;) {
        auto const piece = body->read(at, std::min<std::uint64_t>(limits::body_piece, begin + count - at));
        if (piece.empty()) throw base::StoreError(base::StoreFault::corrupt, "a message is shorter than its record");
        incoming.add(piece);
        at += piece.size();
    }
}

} // namespace maild::imap
