// Posted forms: multipart in pieces of every size gives the same form, urlencoded survives everything, hosts and
// cookies too.

#include "httpd/form.h"
#include "httpd/request.h"
#include "httpd/response.h"
#include "tests/support/fuzz.h"

#include <cstdlib>

namespace
{
std::optional<httpd::Form> parse_in_pieces(std::string_view bytes, std::size_t piece)
{
    httpd::MultipartParser parser("----WebKitFormBoundaryX");
    while (!bytes.empty()) {
        auto const size = std::min(piece, bytes.size());
        parser.feed(bytes.substr(0, size));
        bytes.remove_prefix(size);
    }
    return parser.finish();
}

void must(bool condition)
{
    if (!condition) std::abort();
}
} // namespace

FUZZ_TARGET(http_form)
{
    auto const whole = parse_in_pieces(bytes, bytes.size() + 1);
    auto const pieces = parse_in_pieces(bytes, bytes.size() % 7 + 1);
    must(whole.has_value() == pieces.has_value());
    if (whole) {
        must(whole->fields() == pieces->fields());
        must(whole->files().size() == pieces->files().size());
        for (std::size_t i = 0; i < whole->files().size(); ++i)
            must(whole->files()[i].content.bytes() == pieces->files()[i].content.bytes());
    }
    static_cast<void>(httpd::parse_urlencoded(bytes));
    static_cast<void>(httpd::parse_cookies(bytes));
    static_cast<void>(httpd::Host::parse(bytes));
    static_cast<void>(httpd::path_segments(bytes));
    must(httpd::percent_decoded(httpd::percent_encoded(bytes)) == bytes);
    auto const name = httpd::safe_file_name(bytes);
    must(!name.empty() && name.size() <= 120 &&
         name.find_first_of(std::string_view("/\\\r\n\"\0", 6)) == std::string::npos);
}
