#include "maild/queue/vacation.h"

#include "appliance/base/text.h"
#include "appliance/message/address_list.h"
#include "appliance/message/compose.h"

#include <algorithm>

namespace maild::queue
{

namespace
{
constexpr std::size_t references_kept = 20;

/// RFC 3834 section 2: nobody reads what is sent to these.
bool is_program(std::string_view address)
{
    auto const name = base::lower(address.substr(0, address.rfind('@')));
    for (std::string_view const word :
         {"mailer-daemon", "postmaster", "noreply", "no-reply", "do-not-reply", "bounce"})
        if (name == word || name.starts_with(std::string(word) + '-') || name.starts_with(std::string(word) + '+'))
            return true;
    return name.starts_with("owner-") || name.ends_with("-request") || name.ends_with("-owner") ||
           name.ends_with("-bounces");
}

bool is_automatic(message::Header const& header)
{
    auto const submitted = header.first("Auto-Submitted");
    auto const word = base::trim(std::string_view(submitted).substr(0, submitted.find(';')));
    if (!word.empty() && !base::equal_ignoring_case(word, "no")) return true;
    for (auto const& field : header.fields())
        if (base::lower(field.name).starts_with("list-")) return true;
    for (auto const name : {"X-Auto-Response-Suppress", "X-Autoreply", "X-Loop"})
        if (header.find(name)) return true;
    auto const precedence = base::lower(header.first("Precedence"));
    return precedence == "bulk" || precedence == "list" || precedence == "junk";
}

bool names(message::Header const& header, std::string_view address)
{
    for (auto const name : {"To", "Cc"})
        for (auto const* field : header.all(name))
            for (auto const& item : message::parse_address_list(field->value()))
                if (base::equal_ignoring_case(item.address(), address)) return true;
    return false;
}

std::string domain_of(std::string const& address) { return address.substr(address.rfind('@') + 1); }
} // namespace

bool is_to_be_answered(Absent const& absent, Message const& message, MailView const& mail)
{
    auto const& envelope = message.envelope;
    if (envelope.sender.empty() || envelope.junk || is_program(envelope.sender)) return false;
    if (envelope.login.empty() && !envelope.sender_verified) return false; // it may be forged: no backscatter
    bool const from_school = base::equal_ignoring_case(domain_of(envelope.sender), domain_of(absent.address));
    if (absent.vacation.only_school && (envelope.login.empty() || !from_school)) return false;
    if (base::equal_ignoring_case(envelope.sender, absent.address)) return false;
    if (is_automatic(mail.header())) return false;
    return names(mail.header(), absent.address) || names(mail.header(), absent.reached);
}

std::string vacation_answer(Absent const& absent, Message const& message, MailView const& mail,
                            std::string const& message_id, base::Timestamp now)
{
    auto const& header = mail.header();
    message::Draft draft;
    auto const at = absent.address.rfind('@');
    draft.from = {{.name = absent.user.name,
                   .route = {},
                   .mailbox = absent.address.substr(0, at),
                   .host = absent.address.substr(at + 1)}};
    draft.to = message::parse_address_list(message.envelope.sender);
    auto const subject = header.first_decoded("Subject");
    draft.subject = absent.vacation.subject.empty() ? "Auto: " + subject : absent.vacation.subject;
    draft.date = now;
    draft.message_id = message_id;
    draft.in_reply_to = header.first("Message-ID");
    draft.references = message::parse_message_ids(header.first("References"), references_kept);
    if (!draft.in_reply_to.empty()) draft.references.push_back(draft.in_reply_to);
    draft.text = absent.vacation.text;
    draft.more = {{"Auto-Submitted", "auto-replied (vacation)"}};
    return message::compose(draft);
}

} // namespace maild::queue
