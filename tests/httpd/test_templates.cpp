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
    for (auto const& name : templates.names())
        CHECK(templates.render(name, indonesian, httpd::Data()).starts_with("<!doctype html>"));
    constexpr std::string_view folder = "templates/"; // partials too
    for (auto const& asset : httpd::assets()) {
        if (!asset.name.starts_with(folder)) continue;
        auto const name = asset.name.substr(folder.size());
        for (auto const& text : httpd::Templates::texts(name.substr(0, name.rfind('.')))) {
            INFO(name << ": " << text);
            CHECK(indonesian.has(text));
        }
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

TEST_CASE("A template is filled in", "[httpd][template]")
{
    auto const filled = [](std::string const& text, httpd::Data const& data) {
        std::string out;
        httpd::Template(text).render(data, out);
        return out;
    };
    httpd::Data data;
    data["a"] = httpd::Data("<1>");
    data["yes"] = httpd::Data(true);
    data["no"] = httpd::Data(false);
    data["empty"] = httpd::Data("");
    httpd::DataList rows;
    for (auto const* name : {"x", "y"}) {
        httpd::Data row;
        row["b"] = httpd::Data(name);
        rows.push_back(row);
    }
    data["rows"] = httpd::Data(rows);
    data["none"] = httpd::Data(httpd::DataList());
    CHECK(filled("-{{a}}{{ a }}{{nothing}}-", data) == "-&lt;1&gt;&lt;1&gt;-");
    CHECK(filled("{{#yes}}1{{/yes}}{{#no}}2{{/no}}{{^no}}3{{/no}}{{#empty}}4{{/empty}}{{^nothing}}5{{/nothing}}",
                 data) == "135");
    CHECK(filled("{{#rows}}{{b}}{{a}},{{/rows}}{{^none}}none{{/none}}{{#none}}x{{/none}}", data) ==
          "x&lt;1&gt;,y&lt;1&gt;,none");
    CHECK(filled("a\n{{#yes}}\nb\n{{/yes}}\nc\n", data) == "a\nb\nc\n");
    auto copy = data;
    copy["rows"].push_back(httpd::Data());
    copy["a"] = httpd::Data("2");
    CHECK(filled("{{#rows}}.{{/rows}}{{a}}", copy) == "...2");
    CHECK(filled("{{#rows}}.{{/rows}}", data) == "..");
}

TEST_CASE("A broken template, or one that would not escape, is refused", "[httpd][template]")
{
    for (std::string const bad :
         {"{{{a}}}", "{{&a}}", "{{a", "{{#a}}", "{{/a}}", "{{#a}}{{/b}}", "{{#a}}{{#b}}{{/a}}{{/b}}", "{{}}",
          "{{=<% %>=}}", "{{#a}}x{{/a}}{{/a}}", "{{> x}}"})
        CHECK_THROWS_AS(httpd::Template(bad), std::logic_error);
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
