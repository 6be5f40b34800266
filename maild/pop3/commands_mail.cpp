// RFC 1939 sections 4 to 7: the messages.

#include "appliance/base/log.h"
#include "maild/pop3/dot_text.h"
#include "maild/pop3/limits.h"
#include "maild/pop3/session.h"

#include <limits>

namespace maild::pop3
{

/// RFC 1939 section 6: only QUIT makes deletions happen, and an error in it is told.
void Session::quit(base::Cursor& arguments)
{
    must_end(arguments);
    closing_ = true;
    if (!maildrop_) return ok("Goodbye");
    auto const done = maildrop_->update();
    base::log(
        base::Level::info, id_, "pop3-quit",
        {{"user", user_}, {"retrieved", std::to_string(done.retrieved)}, {"deleted", std::to_string(done.deleted)}});
    ok("Goodbye ({1} deleted)", {std::to_string(done.deleted)});
}

void Session::stat(base::Cursor& arguments)
{
    must_end(arguments);
    auto const total = maildrop_->total();
    answer("+OK " + std::to_string(total.messages) + ' ' + std::to_string(total.octets));
}

void Session::list(base::Cursor& arguments)
{
    if (!arguments.at_end()) {
        auto const number = must_number(arguments);
        must_end(arguments);
        return answer("+OK " + show_size(number));
    }
    auto const& total = maildrop_->total();
    ok("{1} messages ({2} octets)", {std::to_string(total.messages), std::to_string(total.octets)});
    send_listing(&Session::show_size);
}

void Session::retr(base::Cursor& arguments)
{
    auto const number = must_number(arguments);
    must_end(arguments);
    auto const body = must_open(number);
    ok("{1} octets", {std::to_string(body->size())});
    send_body(*body, std::nullopt);
    maildrop_->mark_retrieved(number);
}

void Session::dele(base::Cursor& arguments)
{
    auto const number = must_number(arguments);
    must_end(arguments);
    maildrop_->mark_deleted(number);
    ok("Message {1} will be deleted", {std::to_string(number)});
}

void Session::noop(base::Cursor& arguments)
{
    must_end(arguments);
    answer("+OK");
}

void Session::rset(base::Cursor& arguments)
{
    must_end(arguments);
    maildrop_->undelete_all();
    ok("{1} messages", {std::to_string(maildrop_->total().messages)});
}

void Session::top(base::Cursor& arguments)
{
    auto const number = must_number(arguments);
    if (!arguments.take(' ')) throw ClientError("", "TOP needs a message number and a number of lines");
    auto const lines = arguments.take_number(std::numeric_limits<std::uint32_t>::max());
    if (!lines) throw ClientError("", "TOP needs a number of lines");
    must_end(arguments);
    auto const body = must_open(number);
    ok("The top of message {1}", {std::to_string(number)});
    send_body(*body, *lines);
}

void Session::uidl(base::Cursor& arguments)
{
    if (!arguments.at_end()) {
        auto const number = must_number(arguments);
        must_end(arguments);
        return answer("+OK " + show_unique_id(number));
    }
    ok("The unique ids");
    send_listing(&Session::show_unique_id);
}

/// The number of a message that is there and not marked as deleted.
std::size_t Session::must_number(base::Cursor& arguments) const
{
    auto const number = arguments.take_number(std::numeric_limits<std::uint32_t>::max());
    if (!number) throw ClientError("", "A message number is missing");
    if (*number == 0 || *number > maildrop_->size()) throw ClientError("", "There is no such message");
    if (maildrop_->is_deleted(*number)) throw ClientError("", "That message is marked as deleted");
    return *number;
}

std::unique_ptr<mailbox::BodyReader> Session::must_open(std::size_t number)
{
    auto body = maildrop_->open(number);
    if (!body) throw ClientError("", "That message was removed by another session");
    return body;
}

void Session::send_listing(std::string (Session::*show)(std::size_t number) const)
{
    for (std::size_t number = 1; number <= maildrop_->size(); ++number)
        if (!maildrop_->is_deleted(number)) answer((this->*show)(number));
    answer(".");
}

std::string Session::show_size(std::size_t number) const
{
    return std::to_string(number) + ' ' + std::to_string(maildrop_->octets(number));
}

std::string Session::show_unique_id(std::size_t number) const
{
    return std::to_string(number) + ' ' + maildrop_->unique_id(number);
}

/// The message, or its header and so many lines of its body. The "+OK" is on its way: an error now can only end the
/// connection, so that half a message is never taken for a whole one.
void Session::send_body(mailbox::BodyReader& body, std::optional<std::uint64_t> body_lines)
{
    DotText text;
    TopLines top(body_lines.value_or(0));
    for (std::uint64_t at = 0; at < body.size() && !(body_lines && top.is_done()); at += limits::body_piece) {
        std::string piece;
        try {
            piece = body.read(at, limits::body_piece);
        } catch (base::StoreError const& error) { // see above
            base::log(base::Level::error, id_, "store-failed", {{"user", user_}, {"why", error.what()}});
            throw net::Disconnected("a message could not be read to its end");
        }
        stream_.write(text.stuff(body_lines ? top.take(piece) : piece));
    }
    stream_.write(text.end());
}

} // namespace maild::pop3
