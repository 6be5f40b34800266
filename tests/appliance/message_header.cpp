#include "appliance/base/text.h"
#include "appliance/message/charset.h"
#include "appliance/message/date.h"
#include "appliance/message/header.h"
#include "appliance/message/parameters.h"
#include "appliance/message/words.h"
#include "tests/support/catch.h"

using message::Header;
using message::HeaderBuilder;

TEST_CASE("a header is cut into fields with their places", "[message][rfc5322]")
{
    std::string const text = "From: a@b\r\nSubject: satu\r\n  dua\r\nsubject :tiga\r\n\r\nisi";
    auto const header = Header::parse(text);
    REQUIRE(header.fields().size() == 3);
    CHECK(header.fields()[1].value() == "satu  dua");
    CHECK(text.substr(header.fields()[1].begin, header.fields()[1].end - header.fields()[1].begin) ==
          "Subject: satu\r\n  dua\r\n");
    CHECK(header.first("FROM") == "a@b");
    CHECK(header.all("Subject").size() == 2);
    CHECK(header.all("Subject")[1]->value() == "tiga");
    CHECK(header.find("To") == nullptr);
    CHECK(header.first("To").empty());
    CHECK(text.substr(header.end()) == "isi");
}

TEST_CASE("broken headers end where the body plainly begins", "[message][rfc5322]")
{
    auto body = [](std::string_view text) { return std::string(text.substr(Header::parse(text).end())); };
    CHECK(body("A: b\n\nisi\n") == "isi\n");
    CHECK(body("A: b\r\nini isi\r\n\r\nx") == "ini isi\r\n\r\nx");
    CHECK(body("tanpa header") == "tanpa header");
    CHECK(body("\r\nisi") == "isi");
    CHECK(body("A: b").empty());
    CHECK(body("").empty());
    CHECK(Header::parse("From ali Sat Nov 21\r\nA: b\r\n\r\n").first("a") == "b");
    CHECK(Header::parse("  lost\r\nA: b\r\n\r\n").first("a") == "b");
    CHECK(Header::parse("A: b\r\n \t\r\nC: d\r\n\r\n").fields().size() == 2);
    CHECK(Header::parse(std::string("A: b\0c\r\n\r\n", 10)).first("A") == "bc");
}

TEST_CASE("a huge header is passed over in linear time", "[message]")
{
    std::string text;
    while (text.size() < 10000000) text += "X: y\r\n";
    text += "\r\nisi";
    auto const header = Header::parse(text);
    CHECK(header.is_cut());
    CHECK(header.fields().size() == message::header_fields_max);
    CHECK(text.substr(header.end()) == "isi");
    std::string const one = "Subject: " + std::string(10000000, 'x') + "\r\nTo: a\r\n\r\nisi";
    CHECK(one.substr(Header::parse(one).end()) == "isi");
}

TEST_CASE("built headers are folded and nothing can be smuggled in", "[message][rfc5322]")
{
    CHECK(HeaderBuilder().add("To", "a@b\r\nBcc: c@d").text() == "To: a@bBcc: c@d\r\n");
    CHECK(HeaderBuilder().add("To\r\nX", "a").text() == "ToX: a\r\n");
    CHECK(HeaderBuilder().add("Subject", "").text() == "Subject:\r\n");
    std::string words;
    for (int i = 0; i < 100; ++i) words += "kata" + std::to_string(i) + " ";
    auto const folded = HeaderBuilder().add("Subject", words).text();
    for (auto const line : base::split(folded, '\n')) CHECK(line.size() <= 79);
    CHECK(Header::parse(folded).first("Subject") == std::string(base::trim(words)));
    for (auto const line : base::split(HeaderBuilder().add("X", std::string(5000, 'x')).text(), '\n'))
        CHECK(line.size() < 998);
}

TEST_CASE("encoded words are decoded to UTF-8", "[message][rfc2047]")
{
    using message::decode_words;
    CHECK(decode_words("plain text") == "plain text");
    CHECK(decode_words("=?utf-8?Q?Selamat_pagi?=") == "Selamat pagi");
    CHECK(decode_words("=?ISO-8859-1?Q?a?= b") == "a b");
    CHECK(decode_words("=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=") == "ab");
    CHECK(decode_words("=?ISO-8859-1?Q?a?=\r\n  =?ISO-8859-2?Q?_b?=") == "a b");
    CHECK(decode_words("=?utf-8?B?4g==?= =?utf-8?B?mIA=?=") == "\xE2\x98\x80");
    CHECK(decode_words("=?iso-8859-1*en?q?caf=E9?=") == "caf\xC3\xA9");
    CHECK(decode_words("=?iso-2022-jp?B?GyRCRnxLXBsoQg==?=") == "\xE6\x97\xA5\xE6\x9C\xAC");
    CHECK(decode_words("=?windows-1252?Q?=80?=") == "\xE2\x82\xAC");
    CHECK(decode_words("a =?utf-8?Q?b c?= d") == "a b c d");
    CHECK(decode_words("=?utf-8?Z?c?= =?utf-8?Q?a") == "=?utf-8?Z?c?= =?utf-8?Q?a");
    CHECK(decode_words("=?nonsense?Q?=E9?=") == "\xC3\xA9");
    CHECK(decode_words("caf\xE9") == "caf\xC3\xA9");
    CHECK(decode_words("=?utf-8?Q?a=0D=0ABcc:_x?=") == "a  Bcc: x");
    CHECK(decode_words("=?=?=?utf-8?Q?x?=") == "=?=?x");
}

TEST_CASE("people's text is encoded into words of legal length", "[message][rfc2047]")
{
    CHECK(message::encode_text("Rapat besok pukul 10") == "Rapat besok pukul 10");
    CHECK(message::encode_text("Halo caf\xC3\xA9 kita") == "Halo =?utf-8?B?Y2Fmw6k=?= kita");
    CHECK(message::encode_text("=?x?=") != "=?x?=");
    std::string text;
    for (int i = 0; i < 60; ++i) text += "\xE2\x98\x80 \xC3\xA9t\xC3\xA9 \xF0\x9F\x98\x80  dan ";
    for (auto const& sample : {text, std::string("a\xFF b"), std::string(3000, 'x'), std::string("  \xC3\xA9  ")}) {
        auto const header = HeaderBuilder().add_text("Subject", sample).text();
        for (auto const line : base::split(header, '\n')) CHECK(line.size() <= 79);
        CHECK(Header::parse(header).first_decoded("Subject") == std::string(base::trim(message::scrub_utf8(sample))));
    }
    CHECK(message::encode_phrase("Budi Santoso") == "Budi Santoso");
    CHECK(message::encode_phrase("Dr. Budi") == "\"Dr. Budi\"");
    CHECK(message::encode_phrase("a\"\\") == "\"a\\\"\\\\\"");
}

TEST_CASE("Content-Type and its parameters are read in spite of errors", "[message][rfc2045]")
{
    auto read = [](std::string_view value) {
        auto const type = message::parse_content_type(value);
        if (!type) return std::string("none");
        std::string out = type->type + "/" + type->subtype;
        for (auto const& p : type->parameters) out += "|" + p.name + "=" + p.value;
        return out;
    };
    CHECK(read("Text/HTML; Charset=\"utf-8\"") == "text/html|charset=utf-8");
    CHECK(read("text/plain (x(y)); charset=us-ascii (Plain)") == "text/plain|charset=us-ascii");
    CHECK(read("a/b; name=my file.pdf; x=y z") == "a/b|name=my file.pdf|x=y");
    CHECK(read("multipart/mixed;boundary=\"a;b\\\"c\";") == "multipart/mixed|boundary=a;b\"c");
    CHECK(read("multipart/mixed; boundary==_x?:y") == "multipart/mixed|boundary==_x?:y");
    CHECK(read("text/plain; charset=\"utf-8") == "text/plain|charset=utf-8");
    CHECK(read("text/plain; ; =x; charset = utf-8") == "text/plain|charset=utf-8");
    CHECK(read("text") == "none");
    CHECK(read("text/") == "none");
    CHECK(read("") == "none");
    CHECK(read("; x=y") == "none");
    std::string many = "a/b";
    for (int i = 0; i < 1000; ++i) many += "; x=y";
    CHECK(message::parse_content_type(many)->parameters.size() == message::parameters_max);
}

TEST_CASE("parameters in other charsets and in pieces are joined", "[message][rfc2231]")
{
    auto name = [](std::string const& parameters) {
        return message::decoded_parameter(message::parse_disposition("attachment; " + parameters)->parameters,
                                          "filename")
            .value_or("(none)");
    };
    CHECK(name("filename=a.pdf") == "a.pdf");
    CHECK(name("filename*=utf-8''%E2%98%80.pdf") == "\xE2\x98\x80.pdf");
    CHECK(name("filename*=iso-8859-1'en'%A3%20rates") == "\xC2\xA3 rates");
    CHECK(name("filename*1*=%C3%A9; filename*0*=utf-8''lap%20; filename*2=\"%.pdf\"") == "lap \xC3\xA9%.pdf");
    CHECK(name("filename*0=\"a\"; filename*1=\"b\"") == "ab");
    CHECK(name("filename=fallback; filename*=utf-8''better") == "better");
    CHECK(name("filename=\"=?utf-8?Q?=C3=A9?=\"") == "\xC3\xA9");
    CHECK(name("filename*1=x") == "(none)");
    CHECK(name("filename*0=x; filename*2=y") == "x");
    CHECK(name("x=y") == "(none)");
    for (std::string const value : {"a.pdf", "tugas akhir.pdf",
                                    "b\xC3\xBC"
                                    "di \"1\".pdf",
                                    "\xE2\x98\x80", "", "a'b%c*", "x;y", "a\\b"})
        CHECK(name(message::format_parameter("filename", value).substr(2)) == value);
    std::string const long_name = std::string(300, 'x') + "\xC3\xA9.pdf";
    CHECK(name(message::format_parameter("filename", long_name).substr(2)) == long_name);
}

TEST_CASE("dates give the moment and the writer's own day", "[message][rfc5322]")
{
    auto date = [](std::string_view text) {
        auto const parsed = message::parse_date(text);
        if (!parsed) return std::string("none");
        return base::iso_date(parsed->when).substr(0, 19) + " " + std::to_string(parsed->local_day.day);
    };
    CHECK(date("Sat, 21 Nov 2026 22:25:01 +0700") == "2026-11-21T15:25:01 21");
    CHECK(date("Sun, 22 Nov 2026 03:00:00 +0700") == "2026-11-21T20:00:00 22");
    CHECK(date("21 Nov 2026 22:25 -0800") == "2026-11-22T06:25:00 21");
    CHECK(date("Fri, 21 Nov 97 09:55:06 -0600") == "1997-11-21T15:55:06 21");
    CHECK(date("Fri, 21 Nov 1997 09(comment):   55  :  06 -0600") != "");
    CHECK(date("21 Nov 1997 9:55:06 EST") == "1997-11-21T14:55:06 21");
    CHECK(date("Sat Nov 21 22:25:00 2026") == "2026-11-21T22:25:00 21");
    CHECK(date("21-Nov-2026 22:25:00 WIB") == "2026-11-21T15:25:00 21");
    CHECK(date("Thu, 1 Jan 1970 00:00:00 +0000 (UTC)") == "1970-01-01T00:00:00 1");
    CHECK(date("29 Feb 2024 00:00:00 GMT") == "2024-02-29T00:00:00 29");
    CHECK(date("31 Dec 1969 23:59:60 X") == "1970-01-01T00:00:00 31");
    for (auto const bad : {"", "kemarin", "29 Feb 2026 00:00:00 GMT", "1 Jan", "0 Jan 2026", "1 Jan 2026 10:99:00",
                           "99999999999 Jan 1"})
        CHECK(date(bad) == "none");
    CHECK(message::zoned_date(message::parse_date("Sat, 21 Nov 2026 22:25:01 +0700")->when, 420) ==
          "Sat, 21 Nov 2026 22:25:01 +0700");
    CHECK(message::zoned_date(0, -210) == "Wed, 31 Dec 1969 20:30:00 -0330");
    for (std::int64_t when = -5000000000; when < 9000000000; when += 7654321) {
        auto const back = message::parse_date(message::zoned_date(when * 1000000, 545));
        CHECK(back->when == when * 1000000);
    }
}

TEST_CASE("message ids are taken out of whatever is around them", "[message][rfc5322]")
{
    using Ids = std::vector<std::string>;
    CHECK(message::parse_message_ids("<a@b><c@d> x <<e>> <f g@h> <") == Ids{"<a@b>", "<c@d>", "<e>", "<fg@h>"});
    CHECK(message::parse_message_ids("naked@id").empty());
    CHECK(message::parse_message_ids(std::string(1000000, '<')).empty());
}

TEST_CASE("any charset becomes well-formed UTF-8", "[message]")
{
    using message::to_utf8;
    CHECK(to_utf8("\xC3\xA9\xFF", "UTF8") == "\xC3\xA9\xEF\xBF\xBD");
    CHECK(to_utf8("\xE9\x80", "iso-8859-1") == "\xC3\xA9\xE2\x82\xAC");
    CHECK(to_utf8("\xE9", "us-ascii") == "\xC3\xA9");
    CHECK(to_utf8("\xC3\xA9", "no-such//IGNORE") == "\xC3\xA9");
    CHECK(to_utf8("\xD6\xD0", "gb2312") == "\xE4\xB8\xAD");
    CHECK(to_utf8("\xFF\xFE"
                  "a\0",
                  "utf-16")
              .size() >= 1);
    CHECK(to_utf8("\xE1\xE2", "koi8-r") == "\xD0\x90\xD0\x91");
    CHECK(to_utf8("\x82", "shift_jis") == "\xEF\xBF\xBD");
    for (auto const charset : {"utf-7", "utf-16", "utf-32", "iso-2022-jp", "iso-2022-kr", "big5", "gb18030", "cp949",
                               "euc-jp", "koi8-u"}) {
        std::string bytes;
        for (int i = 0; i < 4000; ++i) bytes += static_cast<char>((i * 7919) >> 3);
        CHECK(base::is_utf8(to_utf8(bytes, charset)));
        CHECK(message::is_known_charset(charset));
    }
    CHECK_FALSE(message::is_known_charset("x-none"));
    CHECK_FALSE(message::is_known_charset("UTF-8//TRANSLIT"));
}
