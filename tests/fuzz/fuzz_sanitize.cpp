// Whatever the bytes are, the sanitized HTML holds nothing dangerous when it is parsed again.

#include "httpd/html/sanitize.h"
#include "httpd/html/to_text.h"
#include "tests/httpd/safe_html_check.h"
#include "tests/support/fuzz.h"

#include <cstdio>
#include <cstdlib>

FUZZ_TARGET(sanitize)
{
    httpd::html::SanitizeOptions options;
    options.remote_images = bytes.size() % 2 == 0;
    options.cid_address = [](std::string_view) { return std::string("/part/1"); };
    auto const result = httpd::html::sanitize(bytes, options);
    static_cast<void>(httpd::html::to_text(bytes));
    if (!result) return;
    if (auto const danger = support::danger_in(result->html.text()); !danger.empty() && danger != "too complex") {
        std::fprintf(stderr, "came through: %s\n", danger.c_str());
        std::abort();
    }
}
