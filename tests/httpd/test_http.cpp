#include "appliance/base/file.h"
#include "httpd/form.h"
#include "httpd/login_limit.h"
#include "httpd/redirect.h"
#include "httpd/request.h"
#include "httpd/response.h"
#include "httpd/site.h"
#include "tests/support/catch.h"

#include <filesystem>
#include <fstream>
#include <unistd.h>

namespace
{
class FakeClock final : public base::Clock
{
public:
    base::Timestamp now() const override { return seconds * 1000000; }
    base::Timestamp seconds = 1000;
};

httpd::Request get(std::string target)
{
    httpd::Request request;
    request.method = "GET";
    request.target = target;
    request.path = target.substr(0, target.find('?'));
    request.host = httpd::Host::parse("www.sekolah.example");
    return request;
}

std::string header(httpd::Response const& response, std::string_view name)
{
    for (auto const& [key, value] : response.headers)
        if (key == name) return value;
    return {};
}

class SiteFolder
{
public:
    SiteFolder()
    {
        path_ = std::filesystem::temp_directory_path() / ("kotakpos-site-" + std::to_string(::getpid()));
        std::filesystem::create_directories(path_ / "site" / "kelas");
        write("site/index.html", "<h1>Sekolah</h1>");
        write("site/kelas/index.html", "kelas");
        write("site/a b.css", "p{}");
        write("site/.htpasswd", "rahasia");
        write("rahasia.txt", "rahasia");
        std::filesystem::create_symlink(path_ / "rahasia.txt", path_ / "site" / "keluar.txt");
        std::filesystem::create_symlink("index.html", path_ / "site" / "dalam.html");
    }
    ~SiteFolder() { std::filesystem::remove_all(path_); }
    std::string site() const { return (path_ / "site").string(); }

private:
    void write(std::string const& name, std::string const& text) { std::ofstream(path_ / name) << text; }
    std::filesystem::path path_;
};
} // namespace

TEST_CASE("A Host header is a plain name or address, or nothing", "[httpd]")
{
    CHECK(httpd::Host::parse("Mail.Sekolah.Example.:8443").name == "mail.sekolah.example");
    CHECK(httpd::Host::parse("mail.sekolah.example:8443").port == 8443);
    CHECK(httpd::Host::parse("[::1]:443").name == "[::1]");
    for (std::string const bad : {"", "a/b", "a@b", "a:99999", "a b", "[::1", "a:x", "evil\r\nx"})
        CHECK(httpd::Host::parse(bad).name.empty());
}

TEST_CASE("Port 80 sends everything to https at the same host, but gives the certificate", "[httpd]")
{
    httpd::Redirect const redirect("/nonexistent/ca.crt", 10443);
    auto const moved = redirect.handle(get("/mail/INBOX?page=2"));
    CHECK(moved.status == 301);
    CHECK(header(moved, "Location") == "https://www.sekolah.example:10443/mail/INBOX?page=2");
    auto post = get("/login");
    post.method = "POST";
    CHECK(redirect.handle(post).status == 308);
    CHECK(header(httpd::Redirect("x", 443).handle(get("/")), "Location") == "https://www.sekolah.example/");
    CHECK(redirect.handle(get("/ca.crt")).status == 404);
}

TEST_CASE("The school's site serves its folder and nothing outside", "[httpd][site]")
{
    SiteFolder const folder;
    httpd::Site const site(folder.site());
    CHECK(site.handle(get("/")).body == "<h1>Sekolah</h1>");
    CHECK(site.handle(get("/a%20b.css")).type == "text/css; charset=utf-8");
    CHECK(header(site.handle(get("/kelas")), "Location") == "/kelas/");
    CHECK(site.handle(get("/kelas/")).body == "kelas");
    CHECK(site.handle(get("/dalam.html")).body == "<h1>Sekolah</h1>");
    for (std::string const bad : {"/../rahasia.txt", "/%2e%2e/rahasia.txt", "/kelas/..%2f..%2frahasia.txt",
                                  "/keluar.txt", "/.htpasswd", "/a%00.css", "/tidak-ada", "//etc/passwd"})
        CHECK(site.handle(get(bad)).status == 404);
}

TEST_CASE("The site answers 304 for what the browser has", "[httpd][site]")
{
    SiteFolder const folder;
    httpd::Site const site(folder.site());
    auto const first = site.handle(get("/"));
    auto again = get("/");
    again.headers.emplace_back("If-None-Match", header(first, "ETag"));
    CHECK(site.handle(again).status == 304);
    auto dated = get("/");
    dated.headers.emplace_back("If-Modified-Since", header(first, "Last-Modified"));
    CHECK(site.handle(dated).status == 304);
    CHECK(header(first, "Last-Modified").ends_with(" GMT"));
}

TEST_CASE("Without an index.html the friendly page of the first day is shown", "[httpd][site]")
{
    httpd::Site const site("/nonexistent");
    CHECK(site.handle(get("/")).body.find("Selamat datang") != std::string::npos);
    CHECK(site.handle(get("/x")).status == 404);
    CHECK(site.handle(get("/x")).body.find("tidak ditemukan") != std::string::npos);
}

TEST_CASE("File names to download are harmless on every system", "[httpd]")
{
    CHECK(httpd::safe_file_name("../../etc/passwd") == "_.._etc_passwd");
    CHECK(httpd::safe_file_name("C:\\x\r\n.exe") == "C__x__.exe");
    CHECK(httpd::safe_file_name("laporan\u202efdp.exe") == "laporanfdp.exe");
    CHECK(httpd::safe_file_name("...") == "attachment");
    CHECK(httpd::safe_file_name(std::string(300, 'a') + ".pdf").size() == 120);
    CHECK(httpd::safe_file_name(std::string(300, 'a') + ".pdf").ends_with(".pdf"));
    CHECK(httpd::attachment_disposition("Tugas \u20ac.pdf") ==
          "attachment; filename=\"Tugas _.pdf\"; filename*=UTF-8''Tugas%20%E2%82%AC.pdf");
}

TEST_CASE("Headers cannot be split", "[httpd]")
{
    httpd::Response response;
    response.set("Location", "/x\r\nSet-Cookie: a=b");
    CHECK(header(response, "Location") == "/xSet-Cookie: a=b");
}

TEST_CASE("A multipart form comes whole whatever the pieces", "[httpd][form]")
{
    std::string const text = "--X\r\nContent-Disposition: form-data; name=\"to\"\r\n\r\nbudi\r\n--X\r\n"
                             "Content-Disposition: form-data; name=\"files\"; filename=\"a "
                             "%22b%22.pdf\"\r\nContent-Type: application/pdf\r\n\r\n"
                             "\x01\r\n--Y\r\n--X--\r\n";
    for (std::size_t piece = 1; piece < 20; ++piece) {
        httpd::MultipartParser parser("X");
        for (std::size_t at = 0; at < text.size(); at += piece)
            CHECK(parser.feed(std::string_view(text).substr(at, piece)));
        auto const form = parser.finish();
        REQUIRE(form);
        CHECK(form->value("to") == "budi");
        REQUIRE(form->files().size() == 1);
        CHECK(form->files()[0].name == "a \"b\".pdf");
    }
    httpd::MultipartParser broken("X");
    broken.feed("--X\r\nContent-Disposition: form-data; name=\"to\"\r\n\r\nbu");
    CHECK_FALSE(broken.finish());
}

TEST_CASE("Wrong passwords slow down their own address and login only", "[httpd][login]")
{
    FakeClock clock;
    httpd::LoginLimit limit(clock, {*net::Network::parse("127.0.0.0/8")});
    for (int i = 0; i < 5; ++i) {
        CHECK(limit.wait_seconds("192.168.10.7", "ali") == 0);
        limit.failed("192.168.10.7", "ali");
    }
    CHECK(limit.wait_seconds("192.168.10.7", "ali") == 2);
    CHECK(limit.wait_seconds("192.168.10.7", "budi") == 0);
    CHECK(limit.wait_seconds("192.168.10.8", "ali") == 0);
    clock.seconds += 3;
    CHECK(limit.wait_seconds("192.168.10.7", "ali") == 0);
    limit.failed("192.168.10.7", "ali");
    CHECK(limit.wait_seconds("192.168.10.7", "ali") == 4);
    limit.succeeded("192.168.10.7", "ali");
    CHECK(limit.wait_seconds("192.168.10.7", "ali") == 0);
    for (int i = 0; i < 100; ++i) limit.failed("127.0.0.1", "ali");
    CHECK(limit.wait_seconds("127.0.0.1", "ali") == 0);
}
