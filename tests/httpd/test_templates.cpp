#include "appliance/base/text.h"
#include "httpd/assets.h"
#include "httpd/exchange.h"
#include "httpd/template.h"
#include "tests/support/catch.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>

namespace
{
std::set<std::string> texts_of_code()
{
    auto const folder = std::filesystem::path(__FILE__).parent_path().parent_path().parent_path() / "httpd";
    std::regex const joined("\"\\s*\\n\\s*\"");
    std::regex const call("exchange\\.(?:text|count)\\(\\s*\"((?:[^\"\\\\]|\\\\.)*)\"");
    std::set<std::string> texts;
    for (auto const& entry : std::filesystem::recursive_directory_iterator(folder)) {
        if (entry.path().extension() != ".cpp") continue;
        std::ifstream file(entry.path());
        auto const source = std::regex_replace(std::string(std::istreambuf_iterator<char>(file), {}), joined, "");
        for (std::sregex_iterator i(source.begin(), source.end(), call), end; i != end; ++i) texts.insert((*i)[1]);
    }
    return texts;
}
} // namespace

TEST_CASE("Every template is well formed and every text in it exists in Indonesian", "[httpd][i18n]")
{
    httpd::Templates const templates;
    auto const& indonesian = i18n::catalog("id");
    CHECK(templates.names().size() >= 7);
    for (auto const& name : templates.names()) {
        for (auto const& text : httpd::Templates::texts(name)) {
            INFO(name << ": " << text);
            CHECK(indonesian.has(text));
        }
        CHECK(templates.render(name, indonesian, httpd::Data()).starts_with("<!doctype html>"));
    }
}

TEST_CASE("Every text of the pages' code exists in Indonesian", "[httpd][i18n]")
{
    auto const texts = texts_of_code();
    CHECK(texts.size() > 50);
    for (auto const& text : texts) {
        INFO(text);
        CHECK(i18n::catalog("id").has(text));
    }
}

TEST_CASE("Values in templates are always escaped", "[httpd]")
{
    httpd::Templates const templates;
    httpd::Data data;
    data["title"] = httpd::Data(std::string("<script>\"'&"));
    data["text"] = httpd::Data(std::string("</p><img src=x onerror=alert(1)>"));
    auto const page = templates.render("error", i18n::catalog("en"), data);
    CHECK(page.find("<script>\"") == std::string::npos);
    CHECK(page.find("<img src=x") == std::string::npos);
    CHECK(page.find("&lt;img src=x onerror=alert(1)&gt;") != std::string::npos);
}

TEST_CASE("A page sends people only to places of this host", "[httpd]")
{
    CHECK(httpd::local_path("/mail/INBOX?page=2") == "/mail/INBOX?page=2");
    for (std::string const bad :
         {"https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/x\r\ny", ""})
        CHECK(httpd::local_path(bad) == "/");
}
