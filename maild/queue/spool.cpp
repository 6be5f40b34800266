#include "maild/queue/spool.h"

namespace maild::queue
{

bool wants_failure(unsigned notify) { return notify == notify_unsaid || (notify & notify_failure) != 0; }

bool wants_delay(unsigned notify) { return notify == notify_unsaid || (notify & notify_delay) != 0; }

std::string lines_of(std::vector<NewRecipient> const& recipients)
{
    if (recipients.size() == 1) return recipients.front().address;
    std::string lines;
    for (auto const& recipient : recipients) lines += recipient.address + '\n';
    if (!lines.empty()) lines.pop_back();
    return lines;
}

std::string_view show(MailClass mail_class)
{
    switch (mail_class) {
    case MailClass::premium: return "premium";
    case MailClass::standard: return "standard";
    case MailClass::bulk: return "bulk";
    }
    return "";
}

std::optional<MailClass> parse_mail_class(std::string_view text)
{
    for (auto const mail_class : {MailClass::premium, MailClass::standard, MailClass::bulk})
        if (text == show(mail_class)) return mail_class;
    return std::nullopt;
}

} // namespace maild::queue
