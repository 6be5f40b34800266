// One message over an open connection: what the server can take decides the commands and the bytes.

#include "appliance/base/clock.h"
#include "appliance/base/text.h"
#include "maild/dns/answer.h"
#include "maild/limits.h"
#include "maild/remote/conversion.h"
#include "maild/remote/smtp_client.h"
#include "maild/smtp/grammar.h"

#include <algorithm>
#include <limits>

namespace maild::remote
{

using queue::BodyType;
using queue::Returns;

namespace
{
constexpr std::size_t body_piece = 64 << 10;

/// RFC 3461 5.2.
std::string show_notify(unsigned notify)
{
    if ((notify & queue::notify_never) != 0) return "NEVER";
    std::vector<std::string> words;
    if ((notify & queue::notify_success) != 0) words.emplace_back("SUCCESS");
    if ((notify & queue::notify_failure) != 0) words.emplace_back("FAILURE");
    if ((notify & queue::notify_delay) != 0) words.emplace_back("DELAY");
    return base::join(words, ",");
}

[[noreturn]] void cannot(int code, char const* enhanced, char const* why)
{
    throw ServerRefusal({code, enhanced, why, true});
}

/// With the domain as A-labels when that makes it ASCII (RFC 5890 lets old servers be reached so).
std::string plain_address(std::string const& address)
{
    auto const at = address.rfind('@');
    if (base::is_ascii(address) || at == std::string::npos) return address;
    auto const domain = dns::to_dns_name(std::string_view(address).substr(at + 1));
    return domain.empty() ? address : address.substr(0, at + 1) + domain;
}

std::string domain_of(Recipient const& recipient)
{
    return base::lower(std::string_view(recipient.address).substr(recipient.address.rfind('@') + 1));
}

bool is_too_many(ServerReply const& reply)
{
    return reply.code == 452 && (reply.enhanced.empty() || reply.enhanced == "4.5.3");
}
} // namespace

struct SmtpClient::Plan {
    Content content;
    BodyType body_type = BodyType::seven_bit;
    bool smtputf8 = false;
};

std::uint64_t Content::size() const
{
    return head.size() + (rewritten ? rewritten->size() : message_.size - message_.return_path);
}

std::string Content::read(std::uint64_t offset, std::size_t most) const
{
    if (offset < head.size()) return head.substr(static_cast<std::size_t>(offset), most);
    auto const behind = offset - head.size();
    if (!rewritten) return message_.body.read(message_.return_path + behind, most);
    return behind < rewritten->size() ? rewritten->substr(static_cast<std::size_t>(behind), most) : std::string();
}

SmtpClient::Plan SmtpClient::plan(Message const& message, std::vector<Recipient> const& recipients,
                                  OutgoingHeaders const& headers) const
{
    auto const& envelope = message.envelope;
    Plan plan{Content(message), envelope.body_type};
    if (envelope.require_tls && !offers("REQUIRETLS"))
        cannot(550, "5.7.30", "the other server does not promise to keep the mail encrypted on its further way");
    bool const can_utf8 = offers("SMTPUTF8") && offers("8BITMIME");
    bool const can_8bit = offers("8BITMIME");
    bool const can_binary = offers("BINARYMIME") && offers("CHUNKING") && can_8bit;
    plan.smtputf8 = envelope.smtputf8 && can_utf8;
    bool const must_look =
        (envelope.smtputf8 && !can_utf8) || !can_8bit || (plan.body_type == BodyType::binary && !can_binary);
    if (must_look) {
        auto const whole = plan.content.read(0, static_cast<std::size_t>(plan.content.size()));
        auto const kind = look_at(whole);
        bool ascii = base::is_ascii(plain_address(envelope.sender)) && !kind.utf8_header;
        for (auto const& recipient : recipients) ascii = ascii && base::is_ascii(plain_address(recipient.address));
        if (envelope.smtputf8 && !can_utf8 && !ascii)
            cannot(550, "5.6.7", "the other server cannot take addresses in UTF-8");
        bool const too_wide = (plan.body_type == BodyType::binary && !can_binary) || (kind.eight_bit && !can_8bit);
        if (too_wide) {
            plan.content.rewritten = to_seven_bit(whole);
            if (!plan.content.rewritten)
                cannot(554, "5.6.3", "the other server takes only 7-bit mail, and this mail may not be changed");
        }
        if (too_wide || !can_8bit) plan.body_type = BodyType::seven_bit;
    }
    if (headers) plan.content.head = headers(plan.content);
    auto const said = extensions_.find("SIZE");
    auto const size_max = said == extensions_.end() ? 0 : base::parse_number(said->second).value_or(0);
    if (size_max > 0 && plan.content.size() > size_max)
        cannot(552, "5.3.4", "the message is larger than the other server takes");
    return plan;
}

std::string SmtpClient::mail_command(Message const& message, Plan const& plan) const
{
    auto const& envelope = message.envelope;
    std::string line = "MAIL FROM:<" + (plan.smtputf8 ? envelope.sender : plain_address(envelope.sender)) + ">";
    if (offers("SIZE")) line += " SIZE=" + std::to_string(plan.content.size());
    if (plan.body_type == BodyType::eight_bit && offers("8BITMIME")) line += " BODY=8BITMIME";
    if (plan.body_type == BodyType::binary) line += " BODY=BINARYMIME";
    if (plan.smtputf8) line += " SMTPUTF8";
    if (envelope.require_tls) line += " REQUIRETLS";
    if (envelope.priority != 0 && offers("MT-PRIORITY")) line += " MT-PRIORITY=" + std::to_string(envelope.priority);
    if (envelope.deliver_by && offers("DELIVERBY")) {
        auto const left = (envelope.deliver_by->until - base::system_clock().now()) / 1'000'000;
        line += " BY=" + std::to_string(envelope.deliver_by->returns ? std::max<long>(left, 1) : left) + ';' +
                (envelope.deliver_by->returns ? 'R' : 'N') + (envelope.deliver_by->trace ? "T" : "");
    }
    if (!offers("DSN")) return line;
    if (envelope.returns != Returns::unsaid) line += envelope.returns == Returns::full ? " RET=FULL" : " RET=HDRS";
    if (!envelope.envelope_id.empty()) line += " ENVID=" + smtp::encode_xtext(envelope.envelope_id);
    return line;
}

std::string SmtpClient::recipient_command(Recipient const& recipient, Plan const& plan) const
{
    std::string line = "RCPT TO:<" + (plan.smtputf8 ? recipient.address : plain_address(recipient.address)) + ">";
    if (!offers("DSN")) return line;
    if (recipient.notify != queue::notify_unsaid) line += " NOTIFY=" + show_notify(recipient.notify);
    auto const semicolon = recipient.original.find(';');
    // RFC 6533: a UTF-8 address would need utf-8-addr, which a server without SMTPUTF8 does not know.
    if (semicolon != std::string::npos && base::is_ascii(recipient.original))
        line += " ORCPT=" + recipient.original.substr(0, semicolon + 1) +
                smtp::encode_xtext(recipient.original.substr(semicolon + 1));
    return line;
}

/// How many, from the first, one transaction takes.
std::size_t SmtpClient::takes_of(std::vector<Recipient> const& recipients) const
{
    auto const most = limit("RCPTMAX", recipients_most_);
    auto const domains_most = limit("RCPTDOMAINMAX", std::numeric_limits<std::uint32_t>::max());
    auto domains = domains_;
    std::size_t count = 0;
    for (; count < std::min(most, recipients.size()); ++count) {
        domains.insert(domain_of(recipients[count]));
        if (domains.size() > domains_most) break;
    }
    return count;
}

std::vector<ServerReply> SmtpClient::send(Message const& message, std::vector<Recipient> const& recipients,
                                          OutgoingHeaders const& headers)
{
    auto const how = plan(message, recipients, headers);
    auto const count = std::max<std::size_t>(takes_of(recipients), 1);
    auto replies = transaction(message, how, {recipients.begin(), recipients.begin() + static_cast<long>(count)});
    bool const any_taken = std::any_of(replies.begin(), replies.end(), [](auto const& one) { return one.is_good(); });
    auto const too_many = static_cast<std::size_t>(std::count_if(replies.begin(), replies.end(), is_too_many));
    if (any_taken && too_many > 0) { // RFC 5321 4.5.3.1.10: the rest is welcome in a transaction of its own
        recipients_most_ = std::max<std::size_t>(count - too_many, 1);
        for (auto& reply : replies)
            if (is_too_many(reply)) reply = {};
    }
    replies.resize(recipients.size());
    return replies;
}

/// MAIL and RCPTs, in one go where the server can (RFC 2920), then DATA as well. The replies: first MAIL's.
std::vector<ServerReply> SmtpClient::envelope(Plan const& plan, std::vector<std::string> const& commands,
                                              bool* data_sent)
{
    std::vector<ServerReply> replies;
    auto const group = offers("PIPELINING") ? limits::pipelined_commands : 1;
    *data_sent = group > 1 && plan.body_type != BodyType::binary;
    for (std::size_t at = 0; at < commands.size();) {
        auto const end = std::min(at + group, commands.size());
        for (auto i = at; i < end; ++i) stream_.write(commands[i] + "\r\n");
        if (end == commands.size() && *data_sent) stream_.write("DATA\r\n");
        for (; at < end; ++at) {
            replies.push_back(read_reply(at == 0 ? limits::mail_reply_wait : limits::recipient_reply_wait));
            if (replies.back().code == 421) throw ServerRefusal(replies.back());
        }
        if (!replies.front().is_good() && at < commands.size()) break; // MAIL refused: no more RCPTs
    }
    if (replies.size() < commands.size()) *data_sent = false;
    return replies;
}

std::vector<ServerReply> SmtpClient::transaction(Message const& message, Plan const& plan,
                                                 std::vector<Recipient> const& recipients)
{
    ++transactions_;
    begin_budget(plan.content.size());
    std::vector<std::string> commands = {mail_command(message, plan)};
    for (auto const& recipient : recipients) {
        commands.push_back(recipient_command(recipient, plan));
        domains_.insert(domain_of(recipient));
    }
    bool data_sent = false;
    auto replies = envelope(plan, commands, &data_sent);
    auto const mail = replies.front();
    replies.erase(replies.begin());
    bool const any =
        mail.is_good() && std::any_of(replies.begin(), replies.end(), [](auto const& r) { return r.is_good(); });
    if (!any) {
        give_up_transaction(data_sent);
        if (!mail.is_good()) throw ServerRefusal(mail);
        return replies;
    }
    auto const end = send_content(plan, data_sent);
    for (auto& reply : replies)
        if (reply.is_good()) reply = end;
    return replies;
}

/// The refusals are said: what goes wrong now changes none of them.
void SmtpClient::give_up_transaction(bool data_sent)
{
    try {
        // RFC 2920 3.1: a server that says 354 all the same gets an empty message.
        if (data_sent && read_reply(limits::data_start_wait).code == 354) command(".", limits::final_reply_wait);
        command("RSET", limits::command_reply_wait);
    } catch (net::Disconnected const&) { // the next transaction needs another connection
        is_broken_ = true;
    }
}

ServerReply SmtpClient::send_content(Plan const& plan, bool is_started)
{
    bool const in_chunks = plan.body_type == BodyType::binary;
    if (!in_chunks) {
        auto const start =
            is_started ? read_reply(limits::data_start_wait) : command("DATA", limits::data_start_wait);
        if (start.code == 421) throw ServerRefusal(start);
        if (start.is_good() && start.code != 354) throw net::Disconnected("this server does not speak SMTP");
        if (start.code != 354) return start;
    }
    try {
        in_chunks ? send_chunks(plan.content) : send_data(plan.content);
    } catch (net::Disconnected const&) { // it may have said why before it hung up
        auto const last_words = read_reply(limits::rset_wait);
        if (last_words.is_good()) throw;
        return last_words;
    }
    return final_reply();
}

/// RFC 1047: when it does not come nobody knows whether the message was taken.
ServerReply SmtpClient::final_reply()
{
    budget_ = net::after(limits::final_reply_wait);
    try {
        return read_reply(limits::final_reply_wait);
    } catch (net::Disconnected const& error) {
        is_broken_ = true;
        return {.code = 451, .enhanced = "4.4.2", .text = error.what(), .is_doubtful = true};
    }
}

void SmtpClient::send_data(Content const& content)
{
    DotStuffer stuffer;
    for (std::uint64_t at = 0; at < content.size();) {
        auto const piece = content.read(at, body_piece);
        if (piece.empty()) throw net::Disconnected("the message has become shorter");
        if (std::chrono::steady_clock::now() > budget_) throw net::Disconnected("the server takes it too slowly");
        at += piece.size();
        stream_.write(stuffer.feed(piece));
    }
    stream_.write(stuffer.finish());
    stream_.flush();
}

/// RFC 3030: every chunk but the last is answered; they are sent one by one, so that a refusal stops them.
void SmtpClient::send_chunks(Content const& content)
{
    for (std::uint64_t at = 0; at < content.size();) {
        auto const piece = content.read(at, limits::chunk);
        if (piece.empty()) throw net::Disconnected("the message has become shorter");
        at += piece.size();
        bool const is_last = at >= content.size();
        stream_.write("BDAT " + std::to_string(piece.size()) + (is_last ? " LAST\r\n" : "\r\n"));
        stream_.write(piece);
        stream_.flush();
        if (is_last) return;
        if (auto const reply = read_reply(limits::chunk_reply_wait); !reply.is_good()) throw ServerRefusal(reply);
    }
}

} // namespace maild::remote
