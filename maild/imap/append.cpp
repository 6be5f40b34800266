// APPEND (RFC 3501 6.3.11) with MULTIAPPEND (RFC 3502), APPENDLIMIT (RFC 7889) and APPENDUID (RFC 4315). Everything
// that can be refused is refused before the client is told to send the message.

#include "maild/imap/session.h"

#include "appliance/base/clock.h"
#include "appliance/base/file.h"
#include "maild/imap/limits.h"

#include <algorithm>
#include <cstdlib>
#include <fcntl.h>
#include <unistd.h>

namespace maild::imap
{

namespace
{
/// A message on its way in: in memory, or in a file when it is large. The file goes when this goes.
class Incoming
{
public:
    Incoming(std::string const& folder, std::uint64_t size)
    {
        if (size <= limits::append_in_memory) return;
        source_.file = folder + "/append-XXXXXX";
        fd_ = base::Fd(::mkostemp(source_.file.data(), O_CLOEXEC));
        if (!fd_) {
            source_.file.clear();
            base::throw_store_error("making a file for a message");
        }
    }
    Incoming(Incoming const&) = delete;
    Incoming& operator=(Incoming const&) = delete;
    ~Incoming()
    {
        if (!source_.file.empty()) ::unlink(source_.file.c_str());
    }

    void add(std::string_view piece)
    {
        has_nul_ = has_nul_ || piece.find('\0') != std::string_view::npos;
        if (fd_)
            base::write_all(fd_.get(), piece);
        else
            source_.bytes += piece;
    }
    bool has_nul() const { return has_nul_; }
    mailbox::BodySource const& source() const { return source_; }

private:
    mailbox::BodySource source_;
    base::Fd fd_;
    bool has_nul_ = false;
};

struct AppendMessage {
    std::unique_ptr<Incoming> incoming;
    mailbox::Flags flags;
    base::Timestamp internal_date = 0;
};

/// [SP flag-list] [SP date-time] SP, up to the literal.
AppendMessage must_append_options(Parser& parser)
{
    AppendMessage message;
    message.internal_date = base::system_clock().now();
    parser.must_space();
    if (parser.peek() == '(') {
        message.flags = parser.must_flag_list();
        parser.must_space();
    }
    if (parser.peek() == '"') {
        message.internal_date = parser.must_date_time();
        parser.must_space();
    }
    return message;
}

std::unique_ptr<Incoming> must_read_message(Parser& parser, Literal const& literal, std::string const& folder)
{
    auto incoming = std::make_unique<Incoming>(folder, literal.size);
    auto& source = parser.source();
    source.accept(literal);
    for (auto piece = source.read_piece(limits::body_piece); !piece.empty();
         piece = source.read_piece(limits::body_piece))
        incoming->add(piece);
    parser.next_line();
    if (incoming->has_nul()) throw_no("CANNOT", "A message may not contain NUL bytes");
    return incoming;
}

std::vector<mailbox::MailStore::NewMessage> to_store(std::vector<AppendMessage> const& messages)
{
    std::vector<mailbox::MailStore::NewMessage> list;
    for (auto const& message : messages)
        list.push_back({message.incoming->source(), message.flags, message.internal_date});
    return list;
}
} // namespace

Reply Session::append(Parser& parser)
{
    parser.must_space();
    auto const name = parser.must_mailbox();
    auto const limit = context_.config.message_size_max;
    auto const allowed = quota();
    auto used = allowed == 0 ? 0 : context_.store.usage(account()).bytes;
    std::vector<AppendMessage> messages;
    do {
        auto message = must_append_options(parser);
        auto const literal = parser.must_literal_size();
        if (!context_.store.find(account(), name)) throw_no("TRYCREATE", "There is no such mailbox");
        if (literal.size > limit)
            throw_no("TOOBIG", "The largest message allowed has " + std::to_string(limit) + " bytes");
        if (literal.size == 0) throw_no("CANNOT", "A message cannot be empty");
        if (messages.size() >= limits::messages_per_append) throw_no("LIMIT", "Too many messages at once");
        used += literal.size;
        if (allowed != 0 && used > allowed) return refused(mailbox::Refusal::over_quota);
        message.incoming = must_read_message(parser, literal, context_.temporary);
        messages.push_back(std::move(message));
    } while (!parser.at_end());

    auto const appended = context_.store.append_all(account(), name, to_store(messages), allowed);
    std::vector<mailbox::Uid> uids;
    for (auto const& one : appended) {
        if (one.refusal == mailbox::Refusal::missing) throw_no("TRYCREATE", "There is no such mailbox");
        if (one.refusal != mailbox::Refusal::none) return refused(one.refusal);
        uids.push_back(one.uid);
    }
    if (uids.empty()) return ok("Nothing was appended");
    return ok("Appended", "APPENDUID " + std::to_string(appended[0].uid_validity) + ' ' + show_uid_set(uids));
}

} // namespace maild::imap
