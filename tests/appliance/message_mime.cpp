#include "appliance/base/text.h"
#include "appliance/message/mime.h"
#include "appliance/message/preview.h"
#include "appliance/message/transfer.h"
#include "tests/support/catch.h"
#include "tests/support/linear_time.h"

using message::find_section;
using message::Part;
using message::scan;
using message::SectionText;

namespace
{
std::string text_part(std::string const& body) { return "Content-Type: text/plain; charset=utf-8\r\n\r\n" + body; }

std::string multipart(std::string const& boundary, std::vector<std::string> const& parts,
                      std::string const& subtype = "mixed")
{
    std::string out = "Content-Type: multipart/" + subtype + "; boundary=\"" + boundary + "\"\r\n\r\npreamble\r\n";
    for (auto const& part : parts) out.append("--" + boundary + "\r\n").append(part).append("\r\n");
    return out + "--" + boundary + "--\r\nepilogue\r\n";
}

/// "multipart/mixed[text/plain,...]".
std::string shape(Part const& part)
{
    std::string out = part.type + "/" + part.subtype;
    for (std::size_t i = 0; i < part.children.size(); ++i) out += (i == 0 ? "[" : ",") + shape(part.children[i]);
    return part.children.empty() ? out : out + "]";
}

std::string section(std::string const& message, std::vector<std::uint32_t> const& numbers,
                    SectionText what = SectionText::body)
{
    auto const root = scan(message);
    auto const range = find_section(root, numbers, what);
    return range ? std::string(range->of(message)) : "(none)";
}

std::size_t depth(Part const& part)
{
    std::size_t deepest = 0;
    for (auto const& child : part.children) deepest = std::max(deepest, depth(child));
    return deepest + 1;
}

Part scan_quickly(std::string const& message)
{
    return support::in_linear_time(10, [&] { return scan(message); });
}
} // namespace

TEST_CASE("a simple message is one text part", "[message][rfc2045]")
{
    auto const root = scan("From: a@b\r\n\r\nsatu\r\ndua\r\n");
    CHECK(shape(root) == "text/plain");
    CHECK(root.body == message::Range{13, 24});
    CHECK(root.lines == 2);
    CHECK(root.encoding == "7bit");
}

TEST_CASE("parts lie between their boundaries without the line end before them", "[message][rfc2046]")
{
    auto const message =
        "From: a@b\r\n" + multipart("x", {text_part("satu\r\ndua"), text_part("tiga\r\n"), text_part("")});
    auto const root = scan(message);
    CHECK(shape(root) == "multipart/mixed[text/plain,text/plain,text/plain]");
    CHECK(section(message, {1}) == "satu\r\ndua");
    CHECK(section(message, {2}) == "tiga\r\n");
    CHECK(section(message, {3}).empty());
    CHECK(root.children[0].lines == 2);
    CHECK(root.children[1].lines == 1);
    CHECK(root.children[2].lines == 0);
    CHECK(section(message, {1}, SectionText::mime) == "Content-Type: text/plain; charset=utf-8\r\n\r\n");
    CHECK(section(message, {}) == message);
    CHECK(section(message, {}, SectionText::header) + section(message, {}, SectionText::text) == message);
    CHECK(section(message, {0}) == "(none)");
    CHECK(section(message, {4}) == "(none)");
    CHECK(section(message, {1, 1}) == "(none)");
    CHECK(section(message, {1}, SectionText::header) == "(none)");
}

TEST_CASE("section numbers follow RFC 3501 6.4.5 into messages", "[message][rfc3501]")
{
    std::string const inner_single = "Subject: dalam\r\n\r\nisi dalam";
    std::string const inner_multi =
        "Subject: banyak\r\n" + multipart("i", {text_part("i1"), multipart("j", {text_part("j1"), text_part("j2")})});
    std::string const rfc822 = "Content-Type: message/rfc822\r\n\r\n";
    auto const message = multipart("o", {text_part("o1"), rfc822 + inner_single, rfc822 + inner_multi});
    CHECK(shape(scan(message)) ==
          "multipart/mixed[text/plain,message/rfc822[text/plain],message/rfc822[multipart/mixed["
          "text/plain,multipart/mixed[text/plain,text/plain]]]]");
    CHECK(section(message, {2}) == inner_single);
    CHECK(section(message, {2}, SectionText::mime) == rfc822);
    CHECK(section(message, {2}, SectionText::header) == "Subject: dalam\r\n\r\n");
    CHECK(section(message, {2}, SectionText::text) == "isi dalam");
    CHECK(section(message, {2, 1}) == "isi dalam");
    CHECK(section(message, {2, 2}) == "(none)");
    CHECK(section(message, {2, 1, 1}) == "(none)");
    CHECK(section(message, {3, 1}) == "i1");
    CHECK(section(message, {3, 2, 2}) == "j2");
    CHECK(section(message, {3, 2}, SectionText::header) == "(none)");
    CHECK(section(message, {3}, SectionText::header).substr(0, 15) == "Subject: banyak");
    CHECK(section("Subject: x\r\n\r\nisi", {1}) == "isi");
    CHECK(section("Subject: x\r\n\r\nisi", {1}, SectionText::mime) == "Subject: x\r\n\r\n");
    CHECK(section("Subject: x\r\n\r\nisi", {2}) == "(none)");
    CHECK(section(rfc822 + inner_single, {1}) == inner_single);
    CHECK(section(rfc822 + inner_single, {1, 1}) == "isi dalam");
    CHECK(section(rfc822 + inner_multi, {1, 2, 1}) == "j1");
}

TEST_CASE("odd multiparts keep all of their text", "[message][rfc2046]")
{
    CHECK(shape(scan(multipart("x", {}))) == "multipart/mixed[text/plain]");
    CHECK(section("Content-Type: multipart/mixed\r\n\r\n--x\r\n\r\na", {1}) == "--x\r\n\r\na");
    CHECK(section("Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\nunclosed\r\n", {1}) == "unclosed\r\n");
    CHECK(section("Content-Type: multipart/mixed; boundary=x\n\n--x\n\na\n--x--\n", {1}) == "a");
    CHECK(shape(scan(
              "Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nA: b\r\n--x\r\nContent-Type: a/b\r\n--x--")) ==
          "multipart/mixed[text/plain,a/b]");
    CHECK(section("Content-Type: multipart/mixed; boundary=\" x \"\r\n\r\n-- x \t\r\n\r\na\r\n-- x--  \r\n", {1}) ==
          "a");
    CHECK(section("Content-Type: multipart/mixed; boundary=ab\r\n\r\n--ab\r\n\r\n--abc\r\n--a\r\n--ab--\r\n", {1}) ==
          "--abc\r\n--a");
    CHECK(shape(scan(multipart("a", {multipart("a--", {text_part("1")}), text_part("2")}))).substr(0, 15) ==
          "multipart/mixed");
    CHECK(shape(scan(multipart("a", {multipart("b", {text_part("1")}).substr(0, 60), text_part("2")}))) ==
          "multipart/mixed[multipart/mixed[text/plain],text/plain]");
    CHECK(shape(scan(multipart("d", {"\r\nSubject: 1\r\n\r\na", text_part("b")}, "digest"))) ==
          "multipart/digest[message/rfc822[text/plain],text/plain]");
}

TEST_CASE("hostile messages take linear time and stop at the limits", "[message]")
{
    std::string boundaries = "Content-Type: multipart/mixed; boundary=x\r\n\r\n";
    for (int i = 0; i < 100000; ++i) boundaries += "--x\r\n\r\n";
    CHECK(scan_quickly(boundaries).children.size() == message::part_count_max - 1);
    std::string nested, same, messages,
        colons = "Content-Type: multipart/mixed; boundary=" + std::string(60, 'b') + "\r\n\r\n";
    for (int i = 0; i < 1000; ++i) {
        auto const name = std::to_string(i);
        nested += "Content-Type: multipart/mixed; boundary=b" + name + "\r\n\r\n--b" + name + "\r\n";
        same += "Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n";
    }
    CHECK(depth(scan_quickly(nested)) <= message::part_depth_max + 1);
    CHECK(depth(scan_quickly(same)) <= message::part_depth_max + 1);
    for (int i = 0; i < 100000; ++i) messages += "Content-Type: message/rfc822\r\n\r\n";
    CHECK(depth(scan_quickly(messages)) <= message::part_depth_max + 1);
    std::string deep = nested;
    for (int i = 0; i < 300000; ++i) deep += "--b" + std::to_string(i % 90) + "x\r\n";
    scan_quickly(deep);
    scan_quickly("X: " + std::string(10000000, 'x') + "\r\n\r\n");
    scan_quickly("Content-Type: a/b;" + std::string(1000000, ';') + "\r\n\r\n");
    scan_quickly("Content-Type: " + std::string(1000000, '(') + "\r\n\r\n");
    scan_quickly("\r\n" + std::string(10000000, '\n'));
}

TEST_CASE("attachments and the readable text are told apart", "[message]")
{
    std::string const html =
        "Content-Type: text/html; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
        "<html><head><title>t</title></head><style>p{}</style><p>caf=E9 &amp;=\r\n teh</p>";
    std::string const pdf =
        "Content-Type: application/pdf; name=\"x.pdf\"\r\nContent-Transfer-Encoding: base64\r\n"
        "Content-Disposition: attachment; filename*=utf-8''..%2Ftugas%20%C3%A9.pdf\r\n\r\nJVBERg==";
    std::string const image =
        "Content-Type: image/png\r\nContent-ID: <logo>\r\nContent-Transfer-Encoding: base64\r\n\r\nAAAA";
    std::string const note = "Content-Type: text/plain; name=catatan.txt\r\n\r\nlampiran";
    auto const message = multipart("m", {multipart("r", {html, image}, "related"), pdf, note});
    auto const root = scan(message);
    CHECK(message::readable_part(root) == &root.children[0].children[0]);
    CHECK(message::text_of(message, *message::readable_part(root)).find("caf\xC3\xA9 &amp; teh") !=
          std::string::npos);
    CHECK(message::preview(message, root) == "caf\xC3\xA9 & teh");
    CHECK(message::preview(message, root, 4) == "caf\xC3\xA9");
    CHECK_FALSE(root.children[0].children[1].is_attachment());
    CHECK(root.children[1].is_attachment());
    CHECK(root.children[1].file_name() == "tugas \xC3\xA9.pdf");
    CHECK(message::bytes_of(message, root.children[1]) == "%PDF");
    CHECK(root.children[2].is_attachment());
    CHECK(message::has_attachment(root));
    CHECK(message::text_parts(root).size() == 1);
    auto const plain = multipart("a", {html, text_part("teks")}, "alternative");
    CHECK(message::preview(plain, scan(plain)) == "teks");
    CHECK_FALSE(message::has_attachment(scan(plain)));
    CHECK(message::readable_part(scan(pdf)) == nullptr);
    CHECK(message::preview(pdf, scan(pdf)).empty());
}

TEST_CASE("base64 and quoted-printable are decoded whatever they contain", "[message][rfc2045]")
{
    using message::decode_base64;
    using message::decode_quoted_printable;
    CHECK(decode_base64("SGFs\r\nbw==") == "Halo");
    CHECK(decode_base64("SGFsbw") == "Halo");
    CHECK(decode_base64("S G!Fs*bw==\r\n-- ") == "Halo");
    CHECK(decode_base64("SGFsbw==SGFsbw==") == "HaloHalo");
    CHECK(decode_base64("S").empty());
    CHECK(decode_quoted_printable("a=\r\nb=3D=3d \t\r\nc= \r\nd") == "ab==\r\ncd");
    CHECK(decode_quoted_printable("=XY=4=") == "=XY=4");
    CHECK(decode_quoted_printable("a \nb") == "a\nb");
    CHECK(message::decode_transfer("a=3D", " Quoted-Printable ") == "a=");
    CHECK(message::decode_transfer("a=3D", "8bit") == "a=3D");
}

TEST_CASE("transfer encodings come back the same, also in pieces", "[message][rfc2045]")
{
    std::string bytes, text;
    unsigned state = 1;
    for (int i = 0; i < 5000; ++i) {
        state = state * 1664525 + 1013904223;
        bytes += static_cast<char>(state >> 24);
        text += state % 61 == 0   ? "\r\n"
                : state % 7 == 0  ? " "
                : state % 11 == 0 ? "="
                : state % 5 == 0  ? "\xC3\xA9"
                                  : "k";
    }
    text += "\r\n.\r\nFrom x\r\ntrailing \t\r\n";
    for (auto const& line : base::split(message::encode_quoted_printable(text), '\n')) CHECK(line.size() <= 77);
    CHECK(message::decode_quoted_printable(message::encode_quoted_printable(text)) == text);
    auto const encoded = message::encode_base64_lines(bytes);
    CHECK(message::decode_base64(encoded) == bytes);
    for (std::size_t const piece : {1U, 2U, 3U, 7U, 78U, 1000U}) {
        for (bool const base64 : {true, false}) {
            message::TransferDecoder decoder(base64 ? "base64" : "quoted-printable");
            std::string const source = base64 ? encoded : message::encode_quoted_printable(text);
            std::string out;
            for (std::size_t at = 0; at < source.size(); at += piece)
                decoder.feed(std::string_view(source).substr(at, piece), out);
            decoder.finish(out);
            CHECK(out == (base64 ? bytes : text));
        }
    }
}
