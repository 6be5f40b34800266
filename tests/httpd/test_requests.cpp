#include "httpd/access_log.h"
#include "httpd/compress.h"
#include "httpd/conditional.h"
#include "httpd/limits.h"
#include "httpd/request_body.h"
#include "httpd/request_head.h"
#include "tests/support/catch.h"
#include "tests/support/temp_folder.h"

#include <filesystem>
#include <fstream>
#include <libdeflate.h>
#include <set>

using namespace std::string_literals;

namespace
{
using State = httpd::HeadReader::State;

httpd::Head parsed(std::string const& fields, std::string const& line = "GET /x?a=1 HTTP/1.1")
{
    auto const text = line + "\r\nHost: localhost\r\n" + fields + "\r\n";
    httpd::HeadReader reader;
    CHECK(reader.look(text) == State::whole);
    CHECK(reader.size() == text.size());
    return httpd::parse_head(text);
}

httpd::Request asking(std::string const& name, std::string const& value)
{
    httpd::Request request;
    request.method = "GET";
    request.headers.emplace_back(name, value);
    return request;
}

httpd::Request& read_body(httpd::BodyReader& reader, std::string_view bytes, std::size_t piece)
{
    while (!bytes.empty() && !reader.is_done()) {
        auto now = bytes.substr(0, piece);
        auto const before = now.size();
        reader.feed(now);
        bytes.remove_prefix(before - now.size());
    }
    return reader.request();
}

std::string unpacked(std::string const& bytes)
{
    auto* const decompressor = libdeflate_alloc_decompressor();
    std::string out(1 << 20, '\0');
    std::size_t size = 0;
    auto const result =
        libdeflate_gzip_decompress(decompressor, bytes.data(), bytes.size(), out.data(), out.size(), &size);
    libdeflate_free_decompressor(decompressor);
    CHECK(result == LIBDEFLATE_SUCCESS);
    out.resize(size);
    return out;
}

std::string value_of(httpd::Response const& response, std::string_view name)
{
    for (auto const& [key, value] : response.headers)
        if (key == name) return value;
    return {};
}
} // namespace

TEST_CASE("A head is found at its empty line, however it comes", "[httpd][rfc9112]")
{
    std::string const text = "GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /next";
    httpd::HeadReader reader;
    std::size_t size = 1;
    while (reader.look(std::string_view(text).substr(0, size)) == State::more) ++size;
    CHECK(size == text.find("GET /next"));
    CHECK(reader.size() == size);
}

TEST_CASE("Heads without end are refused early", "[httpd][rfc9112]")
{
    auto const fault = [](std::string const& text) {
        httpd::HeadReader reader;
        return reader.look(text) == State::broken ? reader.fault() : 0;
    };
    CHECK(fault("GET /" + std::string(9000, 'a')) == 414);
    CHECK(fault("GET / HTTP/1.1\r\nX: " + std::string(40000, 'a')) == 431);
    std::string many = "GET / HTTP/1.1\r\n";
    for (int i = 0; i < 101; ++i) many += "X: 1\r\n";
    CHECK(fault(many) == 431);
    CHECK(fault("GET / HTTP/1.1\nHost: x\r\n\r\n") == 400);
    CHECK(fault("GET / HTTP/1.1\r\nHost: x\n\r\n") == 400);
    CHECK(fault("\r\n\r\n\r\nGET / HTTP/1.1\r\n") == 400);
}

TEST_CASE("A request is read whole", "[httpd][rfc9112]")
{
    auto const head = parsed("Cookie: a=1\r\nX:\t y z \t\r\n");
    CHECK(head.fault == 0);
    CHECK(head.request.path == "/x");
    CHECK(head.request.query.value("a") == "1");
    CHECK(head.request.cookie("a") == "1");
    CHECK(head.request.header("x") == "y z");
    CHECK(head.keeps_alive);
    CHECK_FALSE(parsed("Connection: Close\r\n").keeps_alive);
    CHECK_FALSE(parsed("", "GET / HTTP/1.0").keeps_alive);
    CHECK(parsed("Connection: keep-alive\r\n", "GET / HTTP/1.0").keeps_alive);
    CHECK(parsed("", "GET http://LOCALHOST/y?b HTTP/1.1").request.target == "/y?b");
    CHECK(parsed("Expect: 100-continue\r\n").expects_continue);
}

TEST_CASE("What two programs could read in two ways is refused", "[httpd][rfc9112]")
{
    for (std::string const fields : {"Content-Length: 5\r\nContent-Length: 5\r\n",
                                     "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
                                     "Content-Length: +5\r\n",
                                     "Content-Length: 5,5\r\n",
                                     "Content-Length: 0x5\r\n",
                                     "Content-Length:\r\n",
                                     "Content-Length: 99999999999999999999\r\n",
                                     "Transfer-Encoding: gzip, chunked\r\n",
                                     "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
                                     "Transfer-Encoding: \"chunked\"\r\n",
                                     "Transfer-Encoding: chunked\v\r\n",
                                     "Content-Length : 5\r\n",
                                     " Content-Length: 5\r\n",
                                     "X: a\r\n b\r\n",
                                     "X\r\n",
                                     ": x\r\n",
                                     "X: a\rb\r\n",
                                     "Host: localhost\r\n",
                                     "X: \x01\r\n",
                                     "(X): y\r\n"})
        CHECK(parsed(fields).fault == 400);
    CHECK(parsed("X: a\0b\r\n"s).fault == 400);
    for (std::string const line : {"GET  / HTTP/1.1", " GET / HTTP/1.1", "GET / HTTP/1.1 ", "GET /\tHTTP/1.1",
                                   "GET / http/1.1", "GET / HTTP/1.12", "GET /", "GET x HTTP/1.1",
                                   "GET http://other/ HTTP/1.1", "GET http://u@localhost/ HTTP/1.1",
                                   "CONNECT localhost:443 HTTP/1.1", "GET /#x HTTP/1.1", "G\"T / HTTP/1.1"})
        CHECK(parsed("", line).fault == 400);
    CHECK(parsed("", "PRI * HTTP/2.0").fault == 505);
    CHECK(parsed("Transfer-Encoding: chunked\r\n", "POST / HTTP/1.0").fault == 400);
    CHECK(parsed("Expect: tea\r\n").fault == 417);
}

TEST_CASE("A chunked form is read whatever the pieces", "[httpd][rfc9112]")
{
    std::string const body = "4\r\na=1&\r\n00A;x=\"y\"\r\nb=23456789\r\n0\r\nTrailer: x\r\n\r\n";
    for (std::size_t piece = 1; piece < 20; ++piece) {
        httpd::BodyReader reader(parsed("Content-Type: application/x-www-form-urlencoded\r\n"
                                        "Transfer-Encoding: chunked\r\n",
                                        "POST /x HTTP/1.1"),
                                 1000);
        auto const& request = read_body(reader, body + "GET /", piece);
        CHECK(reader.is_whole());
        CHECK(request.fault == 0);
        CHECK(request.form.value("b") == "23456789");
    }
}

TEST_CASE("Broken chunks end the body", "[httpd][rfc9112]")
{
    for (std::string const bad :
         {"ZZ\r\n", "5\nhello\r\n", "5\r\nhelloX\r\n", "-5\r\n", "\r\n", " 5\r\nhello\r\n", "5 \r\nhello\r\n",
          "0x5\r\nhello\r\n", "FFFFFFFFFFFFFFFF1\r\n", "5\r\nhello\n", "5\r\nhello\r\r\n", "5;\rx\r\nhello\r\n"}) {
        httpd::BodyReader reader(parsed("Content-Type: application/x-www-form-urlencoded\r\n"
                                        "Transfer-Encoding: chunked\r\n",
                                        "POST /x HTTP/1.1"),
                                 1000);
        read_body(reader, bad + "0\r\n\r\n", 3);
        CHECK(reader.is_done());
        CHECK_FALSE(reader.is_whole());
        CHECK(reader.request().fault == 400);
    }
}

TEST_CASE("A body over the limit is read to its end and refused", "[httpd]")
{
    httpd::BodyReader reader(
        parsed("Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 150\r\n", "POST /x HTTP/1.1"),
        100);
    read_body(reader, std::string(150, 'a'), 10);
    CHECK(reader.is_whole());
    CHECK(reader.request().fault == 413);
    httpd::BodyReader endless(
        parsed("Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 100000\r\n", "POST /x HTTP/1.1"),
        100);
    read_body(endless, std::string(1000, 'a'), 10);
    CHECK(endless.is_done());
    CHECK_FALSE(endless.is_whole());
    httpd::BodyReader polite(parsed("Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 150\r\n"
                                    "Expect: 100-continue\r\n",
                                    "POST /x HTTP/1.1"),
                             100);
    CHECK(polite.is_done());
    CHECK(polite.request().fault == 413);
}

TEST_CASE("Bodies together have a bounded memory", "[httpd]")
{
    httpd::BodyMemory memory(3 * httpd::limits::body_step);
    httpd::BodyShare first(memory);
    CHECK(first.try_grow(httpd::limits::body_step + 1));
    {
        httpd::BodyShare second(memory);
        CHECK(second.try_grow(1));
        CHECK(first.try_grow(2 * httpd::limits::body_step));
        CHECK_FALSE(first.try_grow(2 * httpd::limits::body_step + 1));
    }
    CHECK(first.try_grow(3 * httpd::limits::body_step));
}

TEST_CASE("Dates of browsers are read in all three forms", "[httpd][rfc9110]")
{
    CHECK(httpd::http_date(784111777) == "Sun, 06 Nov 1994 08:49:37 GMT");
    for (std::string const text :
         {"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"})
        CHECK(httpd::parse_http_date(text) == 784111777);
    CHECK_FALSE(httpd::parse_http_date("yesterday"));
}

TEST_CASE("Preconditions are looked at in the order of RFC 9110 13.2.2", "[httpd][rfc9110]")
{
    httpd::Validators const known{"\"v1\"", 1000};
    CHECK(httpd::precondition(asking("If-None-Match", "\"x\", W/\"v1\""), known) == 304);
    CHECK(httpd::precondition(asking("If-None-Match", "*"), known) == 304);
    CHECK(httpd::precondition(asking("If-None-Match", "\"x\""), known) == 0);
    CHECK(httpd::precondition(asking("If-Modified-Since", httpd::http_date(1000)), known) == 304);
    CHECK(httpd::precondition(asking("If-Modified-Since", httpd::http_date(2000)), known) == 304);
    CHECK(httpd::precondition(asking("If-Modified-Since", httpd::http_date(999)), known) == 0);
    CHECK(httpd::precondition(asking("If-Match", "\"x\""), known) == 412);
    CHECK(httpd::precondition(asking("If-Match", "W/\"v1\""), known) == 412);
    CHECK(httpd::precondition(asking("If-Unmodified-Since", httpd::http_date(999)), known) == 412);
    auto both = asking("If-Modified-Since", httpd::http_date(2000));
    both.headers.emplace_back("If-None-Match", "\"x\"");
    CHECK(httpd::precondition(both, known) == 0);
}

TEST_CASE("One range is given, everything else is the whole file", "[httpd][rfc9110]")
{
    httpd::Validators const known{"\"v1\"", 1000};
    auto const range = [&](std::string const& text) {
        return httpd::wanted_range(asking("Range", text), known, 100);
    };
    auto const is = [&](std::string const& text, std::uint64_t first, std::uint64_t size) {
        auto const found = range(text);
        return found && found->first == first && found->size == size;
    };
    CHECK(is("bytes=0-9", 0, 10));
    CHECK(is("bytes=90-", 90, 10));
    CHECK(is("bytes=90-900", 90, 10));
    CHECK(is("bytes=-10", 90, 10));
    CHECK(is("bytes=-1000", 0, 100));
    CHECK(range("bytes=100-")->size == 0);
    CHECK(range("bytes=-0")->size == 0);
    for (std::string const whole : {"", "bytes=0-1,5-6", "lines=1-2", "bytes=9-1", "bytes=-", "bytes=a-b", "bytes=1"})
        CHECK_FALSE(range(whole));
    auto conditional = asking("Range", "bytes=0-9");
    conditional.headers.emplace_back("If-Range", "\"v2\"");
    CHECK_FALSE(httpd::wanted_range(conditional, known, 100));
    conditional.headers.back().second = "\"v1\"";
    CHECK(httpd::wanted_range(conditional, known, 100));
    conditional.headers.back().second = "W/\"v1\"";
    CHECK_FALSE(httpd::wanted_range(conditional, known, 100));
}

TEST_CASE("Texts are compressed for those who take it", "[httpd][gzip]")
{
    std::string const page(5000, 'a');
    auto const answered = [&](std::string const& accept, std::string const& type, std::string const& cache) {
        httpd::Response response;
        response.type = type;
        response.body = page;
        response.set("Cache-Control", cache).set("ETag", "\"v1\"");
        httpd::compress(asking("Accept-Encoding", accept), response);
        return response;
    };
    auto const packed = answered("br, gzip", "text/html; charset=utf-8", "no-cache");
    CHECK(unpacked(packed.body) == page);
    CHECK(value_of(packed, "Content-Encoding") == "gzip");
    CHECK(value_of(packed, "ETag") == "W/\"v1\"");
    CHECK(value_of(packed, "Vary") == "Accept-Encoding");
    CHECK(unpacked(answered("gzip;q=0.5", "text/html", "no-store").body) == page);
    for (std::string const accept : {"", "br", "gzip;q=0", "gzip; q=0.000", "identity"})
        CHECK(answered(accept, "text/html", "no-cache").body == page);
    CHECK(answered("gzip", "image/png", "no-cache").body == page);
}

TEST_CASE("The length of a private page says little about what is in it", "[httpd][gzip]")
{
    std::set<std::size_t> sizes;
    for (int i = 0; i < 50; ++i) {
        httpd::Response response;
        response.body = std::string(5000, 'a');
        response.set("Cache-Control", "no-store");
        httpd::compress(asking("Accept-Encoding", "gzip"), response);
        sizes.insert(response.body.size());
    }
    CHECK(sizes.size() > 10);
}

TEST_CASE("The access log is bounded, and nobody writes lines into it", "[httpd][log]")
{
    support::TempFolder const folder;
    auto const file = folder.path() + "/access.log";
    std::ofstream(file).close();
    std::filesystem::resize_file(file, httpd::limits::access_log - 10);
    for (int i = 1; i < httpd::limits::access_logs; ++i) std::ofstream(file + "." + std::to_string(i)) << i;
    std::filesystem::last_write_time(file + ".1", std::filesystem::file_time_type::clock::now() -
                                                      httpd::limits::access_log_age - std::chrono::hours(1));
    httpd::AccessLog log(file);
    auto request = asking("Referer", "https://other.example/");
    request.host.name = "www.sekolah.example";
    request.peer = "192.168.10.7";
    request.path = "/a\r\n\"b\\" + std::string(1000, 'c');
    request.target = request.path + "?q=rahasia";
    log.add(request, 1, 200, 5316, std::chrono::microseconds(250));
    request.path = "/mail/Rahasia";
    request.shown_path = "/mail/:folder";
    log.add(request, 0, 304, 0, {});
    request.shown_path.clear();
    request.host.name = "mail.sekolah.example";
    request.path = "/mail/Rahasia/17/x/y";
    log.add(request, 1, 404, 0, {});

    std::ifstream in(file);
    std::string first, second, third, more;
    std::getline(in, first);
    std::getline(in, second);
    std::getline(in, third);
    CHECK_FALSE(std::getline(in, more));
    CHECK(first.starts_with("www.sekolah.example 192.168.10.7 - - ["));
    CHECK(first.find("\"GET /a\\x0d\\x0a\\x22b\\x5cccc") != std::string::npos);
    CHECK(first.ends_with("\" 200 5316 \"-\" \"-\" 250us"));
    CHECK(first.size() < 500);
    CHECK(second.find("\"GET /mail/:folder HTTP/1.0\" 304 0 ") != std::string::npos);
    CHECK(third.find("\"GET /mail/... HTTP/1.1\" 404 0 ") != std::string::npos);
    CHECK(std::filesystem::file_size(file + ".1") == httpd::limits::access_log - 10);
    CHECK_FALSE(std::filesystem::exists(file + ".2")); // the one that was too old
    CHECK(std::filesystem::exists(file + ".3"));
    CHECK_FALSE(std::filesystem::exists(file + ".4"));
}
