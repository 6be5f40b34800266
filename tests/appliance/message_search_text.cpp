// What SEARCH TEXT and BODY look at, streamed decoding of charsets, and the visible text of HTML.

#include "appliance/base/text.h"
#include "appliance/message/charset.h"
#include "appliance/message/fold.h"
#include "appliance/message/html_text.h"
#include "appliance/message/search_text.h"
#include "tests/support/catch.h"

using message::SearchScope;

namespace
{
bool in_body(std::string_view mail, std::string_view needle)
{
    return message::contains(mail, message::fold(needle), SearchScope::body);
}
bool in_text(std::string_view mail, std::string_view needle)
{
    return message::contains(mail, message::fold(needle), SearchScope::header_and_body);
}

std::string in_pieces(std::string_view bytes, std::string_view charset, std::size_t piece)
{
    message::Utf8Reader reader(charset);
    std::string out;
    for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size()))) {
        reader.feed(bytes.substr(0, piece), out);
        CHECK(base::is_utf8(out)); // whole characters only
    }
    reader.finish(out);
    return out;
}

std::string const enclosing =
    "From: ali@sekolah.sch.id\r\nSubject: =?utf-8?Q?Ujian_S=C3=A9n=C3=ADn?=\r\nMIME-Version: 1.0\r\n"
    "Content-Type: multipart/mixed; boundary=b\r\n\r\npreamble secret\r\n--b\r\n"
    "Content-Type: text/plain; charset=iso-8859-1\r\n"
    "Content-Transfer-Encoding: quoted-printable\r\n\r\nHalo Gr=FC=\r\n=DFe dunia\r\n--b\r\n"
    "Content-Type: message/rfc822\r\n\r\nSubject: dalam\r\nX-Rahasia: kunci\r\n\r\nisi dalam surat\r\n"
    "--b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; "
    "filename*=utf-8''tugas%20d%C3%A9sa.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\nZHVuaWE=\r\n"
    "--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p class=merah>sela<b>mat</b>&nbsp;pagi"
    "</p>\r\n--b--\r\nepilogue secret\r\n";
} // namespace

TEST_CASE("BODY finds decoded text, whatever its encoding, charset and case", "[message][search][rfc3501]")
{
    CHECK(in_body(enclosing, "GRÜ\xC3\x9F"
                             "E dunia"));
    CHECK(in_body(enclosing, "isi dalam"));
    CHECK(in_body(enclosing, "kunci")); // the enclosed message's header lies in the body
    CHECK(in_body(enclosing, ""));
    CHECK_FALSE(in_body(enclosing, "Gr=FC"));
    CHECK_FALSE(in_body(enclosing, "secret"));      // preamble and epilogue
    CHECK_FALSE(in_body(enclosing, "ali@sekolah")); // the header
    CHECK_FALSE(in_body(enclosing, "tugas"));       // a part's header
    CHECK_FALSE(in_body(enclosing, "ZHVuaWE"));     // an attachment that is no text
    CHECK_FALSE(in_body(enclosing, "dunia\nisi"));  // two texts
}

TEST_CASE("BODY finds HTML as it is written and as it is seen", "[message][search]")
{
    CHECK(in_body(enclosing, "class=merah"));
    CHECK(in_body(enclosing, "selamat pagi"));
    CHECK_FALSE(in_body(enclosing, "selamat  pagi"));
}

TEST_CASE("TEXT finds header fields with their names, and names of attachments", "[message][search][rfc3501]")
{
    CHECK(in_text(enclosing, "subject: ujian sénín"));
    CHECK(in_text(enclosing, "ali@sekolah"));
    CHECK(in_text(enclosing, "tugas désa.pdf"));
    CHECK(in_text(enclosing, "application/pdf"));
    CHECK(in_text(enclosing, "grüße"));
    CHECK_FALSE(in_text(enclosing, "=?utf-8?"));
}

TEST_CASE("A needle is found wherever a long text is cut", "[message][search]")
{
    for (std::size_t const at : {65530u, 65534u, 65536u, 131070u, 200000u}) {
        std::string const mail =
            "Subject: x\r\n\r\n" + std::string(at, 'x') + "jarum\xC3\x89z" + std::string(70000, 'y');
        INFO(at);
        CHECK(in_body(mail, "xjarum\xC3\xA9zy"));
        CHECK_FALSE(in_body(mail, "jarumy"));
    }
    std::string const long_needle(100000, 'n');
    CHECK(in_body("\r\nab" + long_needle + "c", "b" + long_needle + "c"));
    CHECK_FALSE(in_body("\r\nab" + long_needle, "b" + long_needle + "n"));
}

TEST_CASE("A charset read in pieces is the charset read at once", "[message][charset]")
{
    std::string const utf16("\xFE\xFF\0h\0\xE9\xD8\x3D\xDE\x00", 10);
    struct {
        std::string bytes, charset;
    } const cases[] = {{"sel\xC3\xA1mat \xF0\x9F\x98\x80 \xE2\x82", "utf-8"},
                       {utf16, "utf-16"},
                       {"\x1B$B$3$s\x1B(B ok", "iso-2022-jp"},
                       {"gr\xFC\xDF", "latin1"},
                       {"\x82\xB1\x82", "shift_jis"},
                       {"\xC3\xA9t\xC3\xA9", ""}};
    for (auto const& one : cases)
        for (std::size_t const piece : {1u, 2u, 3u, 5u, 100u}) {
            if (one.charset.empty() && piece < 2) continue; // guessed from the first piece
            INFO(one.charset << " in pieces of " << piece);
            CHECK(in_pieces(one.bytes, one.charset, piece) == message::to_utf8(one.bytes, one.charset));
        }
}

TEST_CASE("HTML's visible text has no tags, scripts or entities", "[message]")
{
    using message::visible_text;
    CHECK(visible_text("a<style>b</style>c") == "a  c");
    CHECK(visible_text("<b>sel</b>amat&#33; &#x1F600;&eacute;") == "selamat! \xF0\x9F\x98\x80\xC3\xA9");
    CHECK(visible_text("1 < 2 &unknown; &#xD800;") == "1 < 2 &unknown; \xEF\xBF\xBD");
    CHECK(visible_text("x<!-- a > b -->y<script>never ends") == "x y ");
    CHECK(visible_text("&#99999999999; &#1;z") == "&#99999999999; z");
}

TEST_CASE("Folding knows the alphabets of mail", "[message]")
{
    CHECK(message::fold("ΆΈΏς ẤỆ ԱԲ Ａ") == "άέώσ ấệ աբ ａ");
}
