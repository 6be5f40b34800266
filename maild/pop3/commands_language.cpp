// RFC 2449 and RFC 6856: what can be done here, and in which language it is answered.

#include "appliance/base/text.h"
#include "maild/pop3/limits.h"
#include "maild/pop3/session.h"
#include "maild/sasl/exchange.h"

namespace maild::pop3
{

namespace
{
struct Language {
    std::string_view tag;
    std::string_view name; ///< in itself (RFC 6856 3.2)
};
constexpr Language languages[] = {{"en", "English"}, {"id", "Bahasa Indonesia"}};

constexpr base::ByteSet tag_chars = base::letters | base::digits | base::ByteSet("-*");

/// The best of ours: "id-ID" is "id" (RFC 4647 3.4). Empty: none.
std::string_view find_language(std::string range)
{
    for (;;) {
        for (auto const& language : languages)
            if (base::equal_ignoring_case(language.tag, range)) return language.tag;
        auto const dash = range.rfind('-');
        if (dash == std::string::npos) return {};
        range.resize(dash);
    }
}
} // namespace

/// RFC 2449 section 5: what holds in this state.
void Session::capa(base::Cursor& arguments)
{
    must_end(arguments);
    bool const before_login = state() == authorization;
    ok("Here is what can be done");
    answer("TOP");
    answer("UIDL");
    if (before_login && may_send_password()) {
        answer("USER");
        answer("SASL " + sasl::offered());
    }
    if (before_login && offers_tls() && !utf8_) answer("STLS");
    answer("RESP-CODES");
    answer("AUTH-RESP-CODE");
    answer("PIPELINING");
    answer("UTF8 USER");
    answer("LANG");
    answer("EXPIRE NEVER");
    answer("LOGIN-DELAY 0");
    answer("IMPLEMENTATION Kotakpos");
    answer(".");
}

/// RFC 6856 section 2. Messages are given back byte for byte with and without it, as every other server does: who
/// refused or changed a mail for clients that do not say UTF8 would hide it from those who never will.
void Session::utf8(base::Cursor& arguments)
{
    must_end(arguments);
    utf8_ = true;
    ok("UTF-8 is welcome");
}

/// RFC 6856 section 3. "*" is the school's language.
void Session::lang(base::Cursor& arguments)
{
    if (arguments.at_end()) {
        ok("The languages");
        for (auto const& language : languages) answer(std::string(language.tag) + ' ' + std::string(language.name));
        answer("i-default English");
        return answer(".");
    }
    std::string const range(arguments.take_while(tag_chars, limits::language_tag));
    must_end(arguments);
    bool const is_default = base::equal_ignoring_case(range, "i-default");
    auto const tag =
        range == "*" ? find_language(context_.config.language) : find_language(is_default ? "en" : range);
    if (tag.empty()) throw ClientError("", "This language is not spoken here; LANG lists those that are");
    catalog_ = &i18n::catalog(tag);
    answer("+OK " + (is_default ? range : std::string(tag)) + ' ' + in_language("So be it", {}));
}

} // namespace maild::pop3
