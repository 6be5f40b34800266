// MAIL, RCPT, DATA, BDAT: how a message gets into the spool. `250` at its end means: it is on stable storage.

#include "appliance/base/log.h"
#include "appliance/base/text.h"
#include "maild/limits.h"
#include "maild/smtp/binary_mime.h"
#include "maild/smtp/session.h"
#include "maild/smtp/verification.h"

#include <algorithm>

namespace maild::smtp
{

void Session::must_know_extensions(bool has_parameters) const
{
    if (has_parameters && !extended_) throw ClientError(555, "5.5.4", "Parameters need EHLO instead of HELO");
}

/// RFC 5321 4.1.1.2, RFC 1870 (SIZE), RFC 3461 (RET, ENVID), RFC 6531 (SMTPUTF8), and the wishes of extensions.cpp.
net::Next Session::mail_from(std::string_view arguments)
{
    auto const command = must_parse_mail(arguments);
    must_know_extensions(command.has_parameters);
    put_in_question(command.sender.show(), "");
    auto const limit = shared_->message_size();
    if (command.size.value_or(0) > limit)
        throw ClientError(552, "5.3.4", "The message is larger than this box takes");
    if (user_)
        shared_->policy.must_own_sender(*user_, command.sender);
    else if (!shared_->context.config.lab) // a class that practises types whole mails by telnet
        shared_->policy.must_be_foreign(command.sender);
    if (is_counted()) shared_->users.must_allow_message(*user_);
    if (!shared_->context.spool.has_space(command.size.value_or(0)))
        throw ClientError(452, "4.3.1", "The mail system is full, try again later");

    Transaction transaction;
    transaction.sender = command.sender;
    transaction.announced = command.size.value_or(0);
    transaction.envelope = {.sender = command.sender.show(),
                            .login = user_ ? user_->login : "",
                            .envelope_id = command.envelope_id,
                            .returns = command.returns,
                            .smtputf8 = command.smtputf8,
                            .body_type = command.body_type};
    must_grant(command.wishes, transaction.envelope);
    transaction_ = std::move(transaction);
    auto const priority = transaction_->envelope.priority;
    if (priority != command.wishes.priority.value_or(priority)) // RFC 6710 4.1
        answer(250, "2.3.6", std::to_string(priority) + " is the new priority assigned to the mail");
    else
        answer(250, "2.1.0", "Sender OK");
    return net::Next::park;
}

/// RFC 5321 4.1.1.3, RFC 3461 (NOTIFY, ORCPT).
net::Next Session::rcpt_to(std::string_view arguments)
{
    auto const utf8 = transaction_->envelope.smtputf8 ? message::Utf8::allow : message::Utf8::refuse;
    auto const command = must_parse_recipient(arguments, utf8);
    must_know_extensions(command.has_parameters);
    auto& recipients = transaction_->recipients;
    if (recipients.size() >= shared_->settings.number("mail.limit.recipients")) {
        // Not counted as an error: RFC 5321 4.5.3.1.10 has the client send the rest in a further mail.
        answer(452, "4.5.3", "Too many recipients, send the rest in another mail");
        return net::Next::park;
    }
    put_in_question(transaction_->envelope.sender, shared_->policy.complete(command.recipient));
    shared_->policy.must_accept_recipient(user_, command.recipient, transaction_->announced);
    auto const address = shared_->policy.complete(command.recipient);
    bool const is_new = std::none_of(recipients.begin(), recipients.end(),
                                     [&](auto const& known) { return known.address == address; });
    if (is_new && is_counted()) shared_->users.must_allow_recipient(*user_, recipients.size());
    if (is_new) recipients.push_back({address, command.original, command.notify});
    answer(250, "2.1.5", "Recipient OK");
    return net::Next::park;
}

/// RFC 5321 4.1.1.4. The whole message is read before anything is judged, so that both sides agree where it ends.
net::Next Session::data(std::string_view arguments)
{
    must_be_empty(arguments);
    if (transaction_->envelope.body_type == queue::BodyType::binary)
        throw ClientError(503, "5.5.1", "A binary mail comes with BDAT"); // RFC 3030 section 3
    begin_message(DataReader(shared_->message_size(), limits::drain));
    answer(354, "", "End the mail with a line that holds only a dot");
    return net::Next::park;
}

/// RFC 3030 section 2: the octets follow at once, whatever becomes of the command.
net::Next Session::bdat(std::string_view arguments)
{
    auto const command = parse_bdat(arguments);
    if (!command)
        return hang_up({501, "5.5.4", "Syntax: BDAT octets [LAST]; nobody knows now where a command begins"});
    auto const limit = shared_->message_size();
    if (command->octets > limit + limits::drain)
        return hang_up({552, "5.3.4", "The message is far larger than this box takes"});
    if (incoming_ && std::chrono::steady_clock::now() >= incoming_->until()) return hang_up("The mail took too long");
    auto refusal = attempt([&] {
        must_meet(hello | login | mail | recipient);
        bool const binary = transaction_->envelope.body_type == queue::BodyType::binary;
        auto const content = binary ? ChunkReader::Content::binary : ChunkReader::Content::text;
        if (!incoming_) begin_message(ChunkReader(limit, limits::drain, content));
    });
    if (refusal && command->octets > 0) {
        skipped_ = Skipped{command->octets, std::move(*refusal)};
        return net::Next::park;
    }
    if (refusal) return refuse(*refusal);
    transaction_->chunk = command->octets;
    incoming_->expect(command->octets, command->chunk);
    return incoming_->wants_octets() ? net::Next::park : octets_taken();
}

/// What may throw is asked here, before the client begins to send.
void Session::begin_message(std::variant<DataReader, ChunkReader> reader)
{
    Slot slot(shared_->incoming);
    if (slot.taken() > limits::incoming_messages)
        throw ClientError(451, "4.3.2", "Too many messages are coming in at once, try again later");
    auto body = shared_->context.spool.begin();
    body.add_return_path(transaction_->envelope.sender);
    body.add_head(received_line(body));
    auto const domain = user_ ? shared_->context.directory.domain() : "";
    incoming_ = std::make_unique<Incoming>(
        std::move(body),
        [this, domain, host = host_name()](std::string_view header) {
            if (user_) return complete_submission(header, {*user_, domain, host}, shared_->context.clock.now());
            return without_forged_results(header, host);
        },
        std::move(reader), std::move(slot), net::after(limits::data_wait));
}

net::Next Session::octets_taken()
{
    put_in_question(transaction_->envelope.sender, queue::lines_of(transaction_->recipients));
    if (incoming_->is_endless()) return hang_up({552, "5.3.4", "The message is far larger than this box takes"});
    if (incoming_->is_complete() || incoming_->fault() != DataFault::none) return finish_message();
    answer(250, "2.0.0", std::to_string(transaction_->chunk) + " octets received");
    return net::Next::park;
}

net::Next Session::finish_message()
{
    auto const incoming = std::move(incoming_); // over, whatever becomes of it
    auto transaction = *std::exchange(transaction_, std::nullopt);
    incoming->finish();
    transaction.envelope.arrival = arrival(transaction.envelope, incoming->facts().message_id);
    if (auto refusal = judge(*incoming, transaction)) throw ClientError(*refusal);
    if (transaction.envelope.body_type == queue::BodyType::binary) must_convert(*incoming, transaction.envelope);
    accept(incoming->body(), transaction);
    return net::Next::park;
}

void Session::must_convert(Incoming& incoming, queue::Envelope& envelope) const
{
    std::lock_guard const one_at_a_time(shared_->converting);
    auto& body = incoming.body();
    auto const text = without_binary(body.read(0, static_cast<std::size_t>(body.size() - body.head().size())));
    if (!text) throw ClientError(554, "5.6.3", "Binary octets stand where only text can; encode them in base64");
    body.replace(*text);
    envelope.body_type = queue::BodyType::eight_bit;
}

std::optional<Reply> Session::judge(Incoming& incoming, Transaction& transaction) const
{
    switch (incoming.fault()) {
    case DataFault::none: break;
    case DataFault::bare_line_end:
        return Reply{550, "5.6.11", "The mail has a bare CR or LF; every line must end with CR LF"};
    case DataFault::nul: return Reply{550, "5.6.0", "The mail has a NUL byte"};
    case DataFault::endless:
    case DataFault::too_large: return Reply{552, "5.3.4", "The message is larger than this box takes"};
    }
    if (incoming.facts().is_cut) return Reply{552, "5.3.4", "The header of the mail is larger than this box takes"};
    if (auto refusal = refuse_solicitation(incoming.facts().solicitations)) return refusal;
    if (incoming.facts().hops > limits::hops)
        return Reply{554, "5.4.6", "The mail has passed too many servers: it is going round"};
    if (user_) return shared_->policy.refuse_from(*user_, incoming.facts());
    return verify(incoming.body(), transaction);
}

std::optional<Reply> Session::verify(queue::SpoolBody& body, Transaction& transaction) const
{
    auto& directory = shared_->context.directory;
    if (!shared_->context.verification || is_exempt() || directory.is_offline()) return std::nullopt;
    auto const mode = parse_dmarc_mode(directory.setting("mail.dmarc").value_or(""));
    if (mode == DmarcMode::off) return std::nullopt;
    auto const verified = shared_->context.verification->run(
        {stream_.peer(), hello_, transaction.envelope.sender, host_name()}, body, mode);
    body.add_head(verified.results);
    transaction.envelope.sender_verified = verified.sender_verified;
    transaction.envelope.junk = verified.junk;
    return verified.refusal;
}

void Session::accept(queue::SpoolBody& body, Transaction const& transaction)
{
    if (is_counted()) shared_->users.must_take(*user_, transaction.recipients.size());
    auto const committed = shared_->context.spool.commit(body, transaction.envelope, transaction.recipients);
    if (!shared_->context.poke.empty()) service::poke(shared_->context.poke);
    auto const id = queue::show(committed);
    bool const is_new = committed == body.id();
    answer(250, "2.0.0", (is_new ? "Accepted as " : "Accepted before as ") + id);
    stream_.flush(); // before the log line: nobody waits for that
    idle_commands_ = 0;
    base::log(base::Level::info, id_, is_new ? "accepted" : "accepted-before",
              {{"id", id},
               {"from", '<' + transaction.envelope.sender + '>'},
               {"to", transaction.recipients.front().address},
               {"recipients", std::to_string(transaction.recipients.size())},
               {"size", std::to_string(body.size())},
               {"user", user_ ? user_->login : "-"}});
}

std::string Session::protocol(queue::Envelope const& envelope) const
{
    return protocol_name(
        {.extended = extended_, .utf8 = envelope.smtputf8, .tls = stream_.is_tls(), .login = user_.has_value()});
}

queue::Arrival Session::arrival(queue::Envelope const& envelope, std::string message_id) const
{
    return {.peer = peer_name(),
            .hello = hello_,
            .protocol = protocol(envelope),
            .tls = stream_.tls_description(),
            .header_id = std::move(message_id)};
}

std::string Session::received_line(queue::SpoolBody const& body) const
{
    auto const& recipients = transaction_->recipients;
    bool const hidden = user_ && shared_->settings.yes("mail.hide-client");
    return smtp::show(ReceivedLine{.hello = hidden ? "" : hello_,
                                   .peer = stream_.is_local() ? "local" : '[' + stream_.peer().show() + ']',
                                   .host = host_name(),
                                   .protocol = protocol(transaction_->envelope),
                                   .tls = stream_.tls_description(),
                                   .id = queue::show(body.id()),
                                   .recipient = recipients.size() == 1 ? recipients.front().address : "",
                                   .when = shared_->context.clock.now()});
}

} // namespace maild::smtp
