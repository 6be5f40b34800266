#include "maild/auth/dkim.h"

#include "appliance/base/text.h"
#include "maild/auth/limits.h"

#include <algorithm>
#include <array>

namespace maild::auth
{

namespace
{
/// RFC 6376 5.4.1. Those in front are named once more than they occur: nobody can add another.
constexpr std::array<std::string_view, 10> oversigned = {
    "From", "Reply-To",   "Subject",      "Date",         "To",
    "Cc",   "Message-ID", "MIME-Version", "Content-Type", "Content-Transfer-Encoding"};
constexpr std::array<std::string_view, 9> signed_when_there = {
    "Sender",           "In-Reply-To", "References", "Content-Disposition",  "Resent-From",
    "List-Unsubscribe", "List-Post",   "List-Id",    "List-Unsubscribe-Post"};
constexpr std::size_t line_width = 76;

std::vector<std::string> fields_to_sign(message::Header const& header)
{
    std::vector<std::string> names;
    for (auto const name : oversigned)
        for (std::size_t i = 0; i <= header.all(name).size() && names.size() < limits::signed_fields; ++i)
            names.emplace_back(name);
    for (auto const name : signed_when_there)
        for (std::size_t i = 0; i < header.all(name).size() && names.size() < limits::signed_fields; ++i)
            names.emplace_back(name);
    return names;
}

/// "h=From:From:To" over lines.
std::string folded_names(std::vector<std::string> const& names)
{
    std::string text = "h=";
    std::size_t width = 1 + text.size();
    for (auto const& name : names) {
        bool const first = &name == &names.front();
        if (!first) text += ':';
        if (width + name.size() + 1 > line_width) {
            text += "\r\n\t";
            width = 1;
        }
        text += name;
        width += name.size() + 1;
    }
    return text;
}

std::string folded(std::string_view value)
{
    std::string text;
    for (std::size_t at = 0; at < value.size(); at += line_width - 2) {
        text += "\r\n\t";
        text += value.substr(at, line_width - 2);
    }
    return text;
}
} // namespace

std::string sign_dkim(Message const& message, std::string const& domain, std::vector<Signer const*> const& signers,
                      base::Timestamp now)
{
    BodyHash body(Hash::sha256, Canonical::relaxed);
    message.each_body_piece([&](std::string_view piece) { body.add(piece); });
    auto const body_hash = base::base64(body.finish());
    auto const names = fields_to_sign(message.header());
    constexpr base::Timestamp second = 1'000'000;

    std::string fields;
    for (auto const* signer : signers) {
        std::string field = "DKIM-Signature: v=1; a=" + std::string(show(signer->key.algorithm())) +
                            "; c=relaxed/relaxed;\r\n\td=" + domain + "; s=" + signer->selector +
                            ";\r\n\tt=" + std::to_string(now / second) + "; bh=" + body_hash + ";\r\n\t" +
                            folded_names(names) + ";\r\n\tb=";
        Signature signature;
        signature.algorithm = signer->key.algorithm();
        signature.header_form = Canonical::relaxed;
        for (auto const& name : names) signature.fields.push_back(base::lower(name));
        auto const value = signer->key.sign(header_digest(message, signature, field));
        fields += field + folded(base::base64(value)) + "\r\n";
    }
    return fields;
}

} // namespace maild::auth
