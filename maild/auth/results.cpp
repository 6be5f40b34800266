#include "maild/auth/results.h"

#include "appliance/base/cursor.h"
#include "appliance/base/text.h"

namespace maild::auth
{

namespace
{
constexpr std::string_view field_name = "Authentication-Results";
/// RFC 2045 token without what would end a value.
constexpr base::ByteSet token = base::ByteSet::range(0x21, 0x7E).without(base::ByteSet("()<>@,;:\\\"/[]?="));
constexpr base::ByteSet bare_value = token | base::ByteSet("@/+=");
constexpr std::size_t longest_value = 256;

/// A value that cannot break out: as it is where it can be, else quoted; control characters and 8-bit go.
std::string value(std::string_view text)
{
    text = text.substr(0, longest_value);
    bool bare = !text.empty();
    for (char const c : text) bare = bare && bare_value.contains(c);
    if (bare) return std::string(text);
    std::string quoted = "\"";
    for (char const c : text) {
        if (c == '"' || c == '\\') quoted += '\\';
        if (c >= 0x20 && c < 0x7F) quoted += c;
    }
    return quoted + '"';
}

class Clause
{
public:
    Clause(std::string_view method, Verdict verdict)
        : text_(";\r\n\t" + std::string(method) + '=' + std::string(show(verdict)))
    {
    }
    Clause& reason(std::string_view why)
    {
        if (!why.empty()) text_ += " reason=" + quoted(why);
        return *this;
    }
    Clause& property(std::string_view name, std::string_view what)
    {
        if (!what.empty()) text_ += "\r\n\t " + std::string(name) + '=' + value(what);
        return *this;
    }
    Clause& comment(std::string_view words)
    {
        if (!words.empty()) text_ += " (" + std::string(words) + ')';
        return *this;
    }
    std::string const& text() const { return text_; }

private:
    static std::string quoted(std::string_view why)
    {
        auto const text = value(why);
        return text.starts_with('"') ? text : '"' + text + '"';
    }
    std::string text_;
};

std::string dkim_clauses(std::vector<DkimResult> const& results)
{
    if (results.empty()) return Clause("dkim", Verdict::none).text();
    std::string text;
    for (auto const& one : results)
        text += Clause("dkim", one.verdict)
                    .reason(one.reason)
                    .property("header.d", one.domain)
                    .property("header.i", one.identity)
                    .property("header.s", one.selector)
                    .property("header.a", one.algorithm)
                    .property("header.b", one.mark)
                    .text();
    return text;
}

void skip_space_and_comments(base::Cursor& cursor)
{
    constexpr base::ByteSet space = base::ByteSet(" \t\r\n");
    for (std::size_t depth = 0; !cursor.at_end();) {
        if (depth == 0) cursor.take_while(space);
        if (cursor.take('(')) {
            ++depth;
        } else if (depth == 0) {
            return;
        } else if (cursor.take(')')) {
            --depth;
        } else {
            cursor.take('\\');
            cursor.take_bytes(1);
        }
    }
}
} // namespace

std::string results_field(std::string_view authserv_id, Findings const& findings)
{
    std::string text = std::string(field_name) + ": " + std::string(authserv_id);
    text += Clause("spf", findings.spf.verdict)
                .reason(findings.spf.explanation)
                .property(findings.sender.empty() ? "smtp.helo" : "smtp.mailfrom",
                          findings.sender.empty() ? findings.helo : findings.sender)
                .text();
    if (!findings.sender.empty())
        text += Clause("spf", findings.spf_helo.verdict).property("smtp.helo", findings.helo).text();
    text += dkim_clauses(findings.dkim);
    text += Clause("dmarc", findings.dmarc.verdict)
                .comment(findings.dmarc.verdict == Verdict::none ? std::string()
                                                                 : "p=" + std::string(show(findings.dmarc.asked)))
                .reason(findings.dmarc.reason)
                .property("header.from", findings.dmarc.domain)
                .text();
    if (findings.arc.verdict != Verdict::none)
        text += Clause("arc", findings.arc.verdict)
                    .comment("i=" + std::to_string(findings.arc.sets))
                    .reason(findings.arc.reason)
                    .property("header.d", findings.arc.sealer)
                    .text();
    return text + "\r\n";
}

std::string no_results_field(std::string_view authserv_id)
{
    return std::string(field_name) + ": " + std::string(authserv_id) + "; none\r\n";
}

std::string authserv_id_of(std::string_view text)
{
    base::Cursor cursor(text);
    skip_space_and_comments(cursor);
    if (!cursor.take('"')) {
        constexpr base::ByteSet end = base::ByteSet(" \t\r\n;(/");
        return base::lower(cursor.take_until(end));
    }
    std::string id;
    while (!cursor.at_end() && !cursor.take('"')) {
        cursor.take('\\');
        if (auto const byte = cursor.take_bytes(1)) id += *byte;
    }
    return base::lower(id);
}

std::vector<Place> forged_results(std::string_view header, std::string_view authserv_id)
{
    std::vector<Place> places;
    auto const parsed = message::Header::parse(header);
    for (auto const& field : parsed.fields()) {
        if (!base::equal_ignoring_case(field.name, field_name)) continue;
        auto id = authserv_id_of(field.raw_value);
        if (id.ends_with('.')) id.pop_back();
        if (base::equal_ignoring_case(id, authserv_id)) places.push_back({field.begin, field.end});
    }
    return places;
}

} // namespace maild::auth
