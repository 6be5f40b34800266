#include "appliance/base/file.h"
#include "httpd/html/css.h"
#include "httpd/html/sanitize.h"
#include "httpd/html/to_text.h"
#include "tests/httpd/safe_html_check.h"
#include "tests/support/catch.h"
#include "tests/support/linear_time.h"

#include <filesystem>

namespace
{
using httpd::html::sanitize;

std::string clean(std::string_view html, bool remote_images = false)
{
    httpd::html::SanitizeOptions options;
    options.remote_images = remote_images;
    options.cid_address = [](std::string_view id) { return id == "logo@x" ? "/part/2" : ""; };
    auto const result = sanitize(html, options);
    return result ? result->html.text() : "(too complex)";
}

std::filesystem::path corpus()
{
    return std::filesystem::path(__FILE__).parent_path().parent_path() / "corpus" / "sanitize";
}
} // namespace

TEST_CASE("Nothing of the attack corpus comes through", "[httpd][sanitize]")
{
    int count = 0;
    for (auto const& entry : std::filesystem::directory_iterator(corpus())) {
        auto const attack = base::read_file(entry.path().string()).value();
        INFO(entry.path().filename().string());
        auto const result = clean(attack);
        INFO(result);
        CHECK(support::danger_in(result) == "");
        CHECK(support::danger_in(clean(attack, true)) == "");
        ++count;
    }
    CHECK(count >= 400);
}

TEST_CASE("Without being asked no picture from elsewhere is named", "[httpd][sanitize]")
{
    for (auto const& entry : std::filesystem::directory_iterator(corpus())) {
        INFO(entry.path().filename().string());
        auto const result = clean(base::read_file(entry.path().string()).value());
        CHECK(result.find("src=\"http") == std::string::npos);
    }
    auto const result = sanitize("<img src=https://x.example/a.png>");
    CHECK(result->has_remote_images);
    CHECK(clean("<img src=https://x.example/a.png alt=foto>", true) ==
          "<img src=\"https://x.example/a.png\" alt=\"foto\">");
}

TEST_CASE("An ordinary letter stays as it was meant", "[httpd][sanitize]")
{
    CHECK(clean("<p align=center>Isi <b>tebal</b> &amp; <i>miring</i>") ==
          "<p align=\"center\">Isi <b>tebal</b> &amp; <i>miring</i></p>");
    CHECK(clean("<span style='color: #FF0000; Font-Weight: bold'>x</span>") ==
          "<span style=\"color: #ff0000; font-weight: bold\">x</span>");
    CHECK(clean("<table border=1 cellpadding=6><tr><td colspan=2 bgcolor=#ffe>1</table>") ==
          "<table border=\"1\" cellpadding=\"6\"><tbody><tr><td colspan=\"2\" "
          "bgcolor=\"#ffe\">1</td></tr></tbody></table>");
    CHECK(clean("<img src=cid:logo@x>") == "<img src=\"/part/2\">");
    CHECK(clean("<form><label>Nama</label></form>") == "Nama");
}

TEST_CASE("Links open outside and tell nothing", "[httpd][sanitize]")
{
    CHECK(clean("<a href='https://x.example/?a=1&amp;b=2' target=_top>x</a>") ==
          "<a href=\"https://x.example/?a=1&amp;b=2\" target=\"_blank\" rel=\"noopener noreferrer\">x</a>");
    CHECK(clean("<a href='mailto:budi@x.example?subject=y'>x</a>") ==
          "<a href=\"/compose?to=budi%40x.example\" target=\"_blank\" rel=\"noopener noreferrer\">x</a>");
    CHECK(clean("<a href='JaVa\tScript:alert(1)'>x</a>") == "<a>x</a>");
}

TEST_CASE("Hostile nesting ends in bounded time and memory", "[httpd][sanitize]")
{
    std::string formatting;
    for (int i = 0; i < 20000; ++i) formatting += "<b a=" + std::to_string(i) + "><p>";
    std::string deep;
    for (int i = 0; i < 150000; ++i) deep += "<div>";
    std::string tables;
    for (int i = 0; i < 50000; ++i) tables += "<table><b>";
    for (auto const& attack : {formatting, deep, tables})
        static_cast<void>(support::in_linear_time(20, [&] { return sanitize(attack); }));
}

TEST_CASE("Style keeps what only changes the look", "[httpd][sanitize]")
{
    using httpd::html::safe_style;
    CHECK(safe_style("color: rgb(1, 2, 3); margin: 0 auto") == "color: rgb(1, 2, 3); margin: 0 auto");
    CHECK(safe_style("font-family: \"Times New Roman\", serif") == "font-family: 'times new roman', serif");
    CHECK(safe_style("width: 50% !important") == "width: 50% !important");
    for (std::string const bad :
         {"background: url(x)", "position: absolute", "color: \\72 ed", "margin: -1px", "width: calc(1px)",
          "color: red; } body { display: none", "font-family: 'x", "top: 0"})
        CHECK(safe_style(bad).find_first_of("(\\}'") == std::string::npos);
}

TEST_CASE("HTML becomes readable text for quoting", "[httpd][sanitize]")
{
    CHECK(httpd::html::to_text("<h1>Judul</h1><p>Satu<br>dua</p><ul><li>a<li>b</ul><script>x</script>") ==
          "Judul\n\nSatu\ndua\n\n- a\n- b");
}
