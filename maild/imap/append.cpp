// APPEND (RFC 3501 6.3.11) with MULTIAPPEND (RFC 3502), CATENATE (RFC 4469), literal8 (RFC 3516), UTF8 (RFC 6855),
// APPENDLIMIT (RFC 7889) and APPENDUID (RFC 4315); REPLACE (RFC 8508). Everything that can be refused is refused
// before the client is told to send the message, and all messages of a command come in together or not at all.

#include "maild/imap/session.h"

#include "appliance/base/clock.h"
#include "maild/imap/append.h"
#include "maild/imap/limits.h"
#include "maild/mailbox/flags.h"

#include <algorithm>

namespace maild::imap
{

void AppendRoom::must_have(std::uint64_t before, std::uint64_t more) const
{
    if (before > largest || more > largest - before)
        throw_no("TOOBIG", "The largest message allowed has " + std::to_string(largest) + " bytes");
    if (allowed != 0 && (used + before > allowed || more > allowed - used - before))
        throw ClientError(refused(mailbox::Refusal::over_quota));
}

void must_read_into(Parser& parser, Literal const& literal, Incoming& incoming)
{
    auto& source = parser.source();
    source.accept(literal);
    for (auto piece = source.read_piece(limits::body_piece); !piece.empty();
         piece = source.read_piece(limits::body_piece))
        incoming.add(piece);
    parser.next_line();
    if (incoming.has_nul() && !literal.is_binary) throw_no("CANNOT", "A message may not contain NUL bytes");
}

/// [SP flag-list] [SP date-time] SP, up to the message.
AppendMessage Session::must_append_options(Parser& parser)
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

/// A literal, "UTF8 (" literal8 ")" or "CATENATE (" parts ")".
void Session::must_append_data(Parser& parser, AppendMessage& message, AppendRoom const& room)
{
    if (parser.take("CATENATE (")) return must_catenate(parser, message, room);
    bool const is_utf8 = parser.take("UTF8 (");
    if (is_utf8 && !is_enabled(feature_utf8)) throw_bad("Enable UTF8=ACCEPT first");
    auto const literal = parser.must_literal_size();
    room.must_have(0, literal.size);
    if (literal.size == 0) throw_no("CANNOT", "A message cannot be empty");
    message.incoming = std::make_unique<Incoming>(context_.temporary, literal.size);
    must_read_into(parser, literal, *message.incoming);
    if (is_utf8) parser.must_take(')');
}

/// [SP flags] [SP date] SP data, once or, for APPEND, several times.
std::vector<AppendMessage> Session::must_append_messages(Parser& parser, SeenMailbox const& into, Several several)
{
    auto const owner = into.mailbox.account;
    AppendRoom room{context_.config.message_size_max, quota_of(owner), 0};
    if (room.allowed != 0) room.used = context_.store.usage(owner).bytes;
    std::vector<AppendMessage> messages;
    do {
        auto const most = std::min(limits::messages_per_append, context_.messages_per_command);
        if (messages.size() >= most)
            throw_no("MESSAGELIMIT " + std::to_string(most), "Too many messages at once; send fewer");
        auto message = must_append_options(parser);
        must_append_data(parser, message, room);
        room.used += message.incoming->size();
        messages.push_back(std::move(message));
    } while (several == Several::yes && !parser.at_end());
    parser.must_end();
    return messages;
}

/// Stores them; gives "APPENDUID ..." for the answer.
std::string Session::store_appended(std::vector<AppendMessage> const& messages, SeenMailbox const& into,
                                    std::optional<mailbox::MailStore::Replaced> const& replaced)
{
    auto mask = changeable(into.rights);
    if (!into.is_own) mask.system &= ~std::uint32_t{mailbox::flag_seen}; // the owner's
    std::vector<mailbox::MailStore::NewMessage> list;
    for (auto const& message : messages)
        list.push_back({message.incoming->source(), mailbox::masked({}, message.flags, mask), message.internal_date});
    auto const appended = context_.store.append_all(into.mailbox.account, into.mailbox.name, list,
                                                    quota_of(into.mailbox.account), replaced);
    mailbox::UidSet uids;
    mailbox::UidSet seen;
    for (std::size_t i = 0; i < appended.size(); ++i) {
        if (appended[i].refusal == mailbox::Refusal::missing) throw_no("TRYCREATE", "There is no such mailbox");
        if (appended[i].refusal != mailbox::Refusal::none) throw ClientError(refused(appended[i].refusal));
        uids.add(appended[i].uid);
        if ((messages[i].flags.system & mailbox::flag_seen) != 0) seen.add(appended[i].uid);
    }
    if (!into.is_own && !seen.empty())
        context_.store.set_seen_by(into.mailbox.id, account(), seen, mailbox::MailStore::Seen::yes);
    return "APPENDUID " + std::to_string(appended.front().uid_validity) + ' ' + show_uid_set(uids);
}

Reply Session::append(Parser& parser)
{
    parser.must_space();
    auto const into = places_->must_find(parser.must_mailbox(), mailbox::right_insert, "TRYCREATE");
    auto const messages = must_append_messages(parser, into, Several::yes);
    return ok("Appended", store_appended(messages, into, std::nullopt));
}

/// RFC 8508. The EXPUNGE comes from the dispatch, like all news.
Reply Session::replace(Parser& parser)
{
    parser.must_space();
    SequenceSet one;
    auto const number = parser.must_sequence_number();
    one.add(number, number);
    parser.must_space();
    auto const into = places_->must_find(parser.must_mailbox(), mailbox::right_insert, "TRYCREATE");
    auto const old = view_->must_resolve(one, numbers());
    if (old.empty()) throw_no("NONEXISTENT", "There is no message with that UID");
    auto const messages = must_append_messages(parser, into, Several::no);
    untagged("OK [" + store_appended(messages, into, mailbox::MailStore::Replaced{view_->id(), old.last()}) +
             "] The new one is there");
    return expunged("Replaced");
}

} // namespace maild::imap
