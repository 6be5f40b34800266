// The form's fields: from a post, and in a draft's own header field.

#include "appliance/base/secret.h"
#include "appliance/base/text.h"
#include "httpd/webmail/compose_form.h"

namespace httpd::webmail
{

namespace
{
constexpr std::size_t token_bytes = 16;
constexpr std::size_t longest_field = 512 << 10;

bool is_token(std::string_view text) { return text.size() == 2 * token_bytes && base::from_hex(text).has_value(); }
} // namespace

std::string_view word(ComposeForm::Origin origin)
{
    switch (origin) {
    case ComposeForm::Origin::reply: return "reply";
    case ComposeForm::Origin::forward: return "forward";
    case ComposeForm::Origin::none: return "";
    }
    return "";
}

std::string new_form_token() { return base::random_hex(token_bytes); }

std::string message_id_of(Exchange const& exchange, std::string const& token)
{
    return "<" + token + "@" + exchange.services.school.facts().domain + ">";
}

ComposeForm read_compose_form(Form const& from)
{
    ComposeForm form;
    form.token = is_token(from.value("token")) ? from.value("token") : new_form_token();
    auto const field = [&](std::string_view name) { return from.value(name).substr(0, longest_field); };
    form.to = field("to");
    form.cc = field("cc");
    form.bcc = field("bcc");
    form.subject = field("subject");
    form.text = from.value("text");
    form.html = from.value("html");
    form.from = field("from");
    form.priority = from.value("priority") == "high" || from.value("priority") == "low" ? from.value("priority") : "";
    form.later = from.value("later").substr(0, 40);
    form.wants_receipt = from.value("receipt") == "1";
    form.wants_report = from.value("report") == "1";
    form.origin_folder = from.value("origin_folder");
    form.origin_uid = static_cast<mail::Uid>(base::parse_number(from.value("origin_uid"), UINT32_MAX).value_or(0));
    if (from.value("origin") == "reply") form.origin = ComposeForm::Origin::reply;
    if (from.value("origin") == "forward") form.origin = ComposeForm::Origin::forward;
    form.forwarded = from.all("forwarded");
    return form;
}

std::string form_field_value(ComposeForm const& form)
{
    std::string query;
    auto const add = [&](std::string_view name, std::string_view value) {
        if (value.empty()) return;
        query.append(query.empty() ? "" : "&").append(name).append("=").append(percent_encoded(value));
    };
    add("token", form.token);
    add("to", form.to);
    add("cc", form.cc);
    add("bcc", form.bcc);
    add("from", form.from);
    add("priority", form.priority);
    add("later", form.later);
    add("receipt", form.wants_receipt ? "1" : "");
    add("report", form.wants_report ? "1" : "");
    add("origin", word(form.origin));
    add("origin_folder", form.origin_folder);
    add("origin_uid", form.origin_uid == 0 ? "" : std::to_string(form.origin_uid));
    for (auto const& section : form.forwarded) add("forwarded", section);
    constexpr std::size_t line = 70; // a place to fold every so often
    auto const coded = base::base64(query);
    std::string value;
    for (std::size_t at = 0; at < coded.size(); at += line) value.append(at == 0 ? "" : " ").append(coded, at, line);
    return value;
}

std::optional<ComposeForm> parse_form_field(std::string_view value)
{
    std::string coded;
    for (char const c : value)
        if (c > ' ') coded += c;
    auto const query = base::from_base64(coded);
    if (!query || query->empty()) return std::nullopt;
    auto const fields = parse_urlencoded(*query);
    if (!is_token(fields.value("token"))) return std::nullopt;
    return read_compose_form(fields);
}

} // namespace httpd::webmail
