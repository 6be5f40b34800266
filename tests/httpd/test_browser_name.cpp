#include "httpd/browser_name.h"
#include "tests/support/catch.h"

TEST_CASE("Browsers are called what their owners call them", "[httpd]")
{
    using httpd::browser_name;
    CHECK(browser_name("Mozilla/5.0 (Android 13; Mobile; rv:128.0) Gecko/128.0 Firefox/128.0") ==
          "Firefox (Android)");
    CHECK(browser_name("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
                       "Chrome/124.0.0.0 Safari/537.36 Edg/124.0") == "Edge (Windows)");
    CHECK(browser_name("Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 "
                       "Mobile Safari/537.36") == "Chrome (Android)");
    CHECK(browser_name("Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
                       "Gecko) Version/17.4 Mobile/15E148 Safari/604.1") == "Safari (iPhone)");
    CHECK(browser_name("Lynx/2.9.0dev.12 libwww-FM/2.14") == "Lynx");
    CHECK(browser_name("").empty());
    CHECK(browser_name("<script>alert(1)</script>").empty());
}
