#include "maild/pop3/dot_text.h"
#include "tests/support/catch.h"

using maild::pop3::DotText;
using maild::pop3::TopLines;

namespace
{
/// The answer, made of pieces of every length.
std::string dotted(std::string const& message, std::size_t piece)
{
    DotText text;
    std::string sent;
    for (std::size_t at = 0; at < message.size(); at += piece)
        sent += text.stuff(std::string_view(message).substr(at, piece));
    return sent + text.end();
}

std::string top(std::string const& message, std::uint64_t lines, std::size_t piece)
{
    TopLines top_lines(lines);
    std::string taken;
    for (std::size_t at = 0; at < message.size() && !top_lines.is_done(); at += piece)
        taken += top_lines.take(std::string_view(message).substr(at, piece));
    return taken;
}
} // namespace

TEST_CASE("Lines that begin with a dot get another one (RFC 1939 section 3)", "[pop3]")
{
    auto const piece = GENERATE(1u, 2u, 3u, 7u, 1000u);
    CHECK(dotted("a\r\n.\r\n..b\r\nc.d\r\n", piece) == "a\r\n..\r\n...b\r\nc.d\r\n.\r\n");
    CHECK(dotted(".", piece) == "..\r\n.\r\n");
    CHECK(dotted("", piece) == ".\r\n");
    CHECK(dotted("\r\n.\r\n.\r\n", piece) == "\r\n..\r\n..\r\n.\r\n");
}

TEST_CASE("A last line without CR LF gets one before the final dot", "[pop3]")
{
    auto const piece = GENERATE(1u, 2u, 3u, 1000u);
    CHECK(dotted("a", piece) == "a\r\n.\r\n");
    CHECK(dotted("a\r", piece) == "a\r\r\n.\r\n");
    CHECK(dotted("a\n", piece) == "a\n\r\n.\r\n");
    CHECK(dotted("a\r\n", piece) == "a\r\n.\r\n");
}

TEST_CASE("A dot behind a bare LF cannot end the answer early", "[pop3]")
{
    auto const piece = GENERATE(1u, 2u, 1000u);
    CHECK(dotted("a\n.\nb\r\n", piece) == "a\n..\nb\r\n.\r\n");
}

TEST_CASE("TOP takes the header, its empty line and so many lines", "[pop3]")
{
    auto const piece = GENERATE(1u, 2u, 5u, 1000u);
    std::string const message = "A: 1\r\nB: 2\r\n\r\nsatu\r\ndua\r\n\r\ntiga";
    CHECK(top(message, 0, piece) == "A: 1\r\nB: 2\r\n\r\n");
    CHECK(top(message, 1, piece) == "A: 1\r\nB: 2\r\n\r\nsatu\r\n");
    CHECK(top(message, 3, piece) == "A: 1\r\nB: 2\r\n\r\nsatu\r\ndua\r\n\r\n");
    CHECK(top(message, 4, piece) == message);
    CHECK(top(message, 4000000000, piece) == message);
    CHECK(top("A: 1\r\n", 5, piece) == "A: 1\r\n");
    CHECK(top("A: 1\n\nx\ny\n", 1, piece) == "A: 1\n\nx\n");
}
