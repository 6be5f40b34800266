#include "maild/smtp/data_reader.h"
#include "tests/support/catch.h"

#include <string>

using maild::smtp::ChunkReader;
using maild::smtp::DataFault;
using maild::smtp::DataReader;

namespace
{
struct Read {
    std::string message;
    std::string rest; ///< not taken: the next command
    DataFault fault = DataFault::none;
    bool finished = false;
    bool operator==(Read const&) const = default;
};

/// Feeds the pieces one after the other, as the network would bring them.
Read feed(std::vector<std::string_view> const& pieces, std::uint64_t limit = 1 << 20)
{
    DataReader reader(limit, 1000);
    Read read;
    for (auto const piece : pieces) {
        auto const taken = reader.feed(piece, [&](std::string_view bytes) { read.message += bytes; });
        read.rest += piece.substr(taken);
    }
    read.fault = reader.fault();
    read.finished = reader.is_finished();
    return read;
}
} // namespace

TEST_CASE("DATA ends at CRLF.CRLF and leaves the next command alone (RFC 5321 4.1.1.4)", "[smtp][rfc5321]")
{
    CHECK(feed({"Hello\r\n.\r\nQUIT\r\n"}) == Read{"Hello\r\n", "QUIT\r\n", DataFault::none, true});
}

TEST_CASE("DATA may be empty", "[smtp]") { CHECK(feed({".\r\n"}) == Read{"", "", DataFault::none, true}); }

TEST_CASE("DATA takes one dot off lines that begin with a dot (RFC 5321 4.5.2)", "[smtp][rfc5321]")
{
    CHECK(feed({"..\r\n...a\r\n.b\r\na.\r\n.\r\n"}).message == ".\r\n..a\r\nb\r\na.\r\n");
}

TEST_CASE("DATA gives the same for every cut of its bytes", "[smtp]")
{
    std::string_view const input = "a\r\n..b\r\n.c\r\n\r\n.\r\nNOOP\r\n";
    auto const whole = feed({input});
    CHECK(whole == Read{"a\r\n.b\r\nc\r\n\r\n", "NOOP\r\n", DataFault::none, true});
    for (std::size_t i = 0; i <= input.size(); ++i)
        for (std::size_t k = i; k <= input.size(); ++k)
            CHECK(feed({input.substr(0, i), input.substr(i, k - i), input.substr(k)}) == whole);
}

TEST_CASE("DATA refuses a bare CR or LF, wherever the bytes are cut (SMTP smuggling)", "[smtp][rfc5321]")
{
    for (std::string_view const end :
         {"\n.\n", "\n.\r\n", "\r\n.\n", "\r.\r", "\r\n.\r", "\r.\r\n", "\n.\r", "\r\n.\r\r\n", "\r\r\n.\n",
          "\r\n\n.\r", "\r\n.\n\r\n", "\n\r\n.x\r", "\r\n.\r.\r"}) {
        std::string const input = "a" + std::string(end) + "MAIL FROM:<x@y>\r\n.\r\n";
        for (std::size_t i = 0; i <= input.size(); ++i) {
            auto const read = feed({std::string_view(input).substr(0, i), std::string_view(input).substr(i)});
            CHECK(read.fault == DataFault::bare_line_end);
            CHECK(read.finished); // at the true end, behind the smuggled command
            CHECK(read.rest.empty());
        }
    }
}

TEST_CASE("DATA without its end is not finished", "[smtp]")
{
    for (std::string_view const input : {"", "a", "a\r\n", "a\r\n.", "a\r\n.\r", "a\r\n.a\r\n"})
        CHECK_FALSE(feed({input}).finished);
}

TEST_CASE("DATA refuses a NUL byte", "[smtp]")
{
    CHECK(feed({std::string_view("a\0b\r\n.\r\n", 8)}).fault == DataFault::nul);
}

TEST_CASE("DATA takes 8-bit bytes", "[smtp]")
{
    CHECK(feed({"\xC3\xA9\xFF\r\n.\r\n"}).message == "\xC3\xA9\xFF\r\n");
}

TEST_CASE("DATA counts the size while reading and drains the rest (552)", "[smtp]")
{
    auto const read = feed({"12345678\r\n", "9\r\n.\r\nRSET\r\n"}, 12);
    CHECK(read.fault == DataFault::too_large);
    CHECK(read.finished);
    CHECK(read.rest == "RSET\r\n");
    CHECK(feed({"12345678\r\n", "90\r\n.\r\n"}, 14).fault == DataFault::none);
}

TEST_CASE("DATA stops listening when far too much comes", "[smtp]")
{
    std::string const much(3000, 'a');
    auto const read = feed({much, much}, 100);
    CHECK(read.fault == DataFault::endless);
    CHECK_FALSE(read.finished);
}

TEST_CASE("DATA keeps the first fault", "[smtp]")
{
    CHECK(feed({std::string_view("a\nb\0c\r\n.\r\n", 10)}).fault == DataFault::bare_line_end);
}

TEST_CASE("BDAT takes octets by number, in any pieces, and leaves the next command alone (RFC 3030 2)",
          "[smtp][rfc3030]")
{
    std::string_view const wire = "a\r\n.\r\n..b\r\n.BDAT";
    for (std::size_t cut = 0; cut <= wire.size(); ++cut) {
        ChunkReader reader(1000, 1000, ChunkReader::Content::text);
        std::string got;
        auto const sink = [&](std::string_view bytes) { got += bytes; };
        reader.expect(11, ChunkReader::Chunk::last);
        auto taken = reader.feed(wire.substr(0, cut), sink);
        CHECK(reader.is_finished() == (taken == 11));
        taken += reader.feed(wire.substr(taken), sink);
        CHECK(taken == 11);
        CHECK(got == "a\r\n.\r\n..b\r\n");
        CHECK(reader.is_complete());
        CHECK(reader.fault() == DataFault::none);
    }
}

TEST_CASE("BDAT refuses a bare CR or LF and NUL in text, also where a chunk ends, and takes them in a binary message",
          "[smtp][rfc3030]")
{
    auto const fault = [](std::vector<std::string> const& chunks, ChunkReader::Content content) {
        ChunkReader reader(1000, 1000, content);
        for (std::size_t i = 0; i < chunks.size(); ++i) {
            reader.expect(chunks[i].size(),
                          i + 1 == chunks.size() ? ChunkReader::Chunk::last : ChunkReader::Chunk::more_follow);
            reader.feed(chunks[i], [](std::string_view) {});
        }
        CHECK(reader.is_complete());
        return reader.fault();
    };
    using Chunks = std::vector<std::string>;
    for (auto const& chunks : {Chunks{"a\n"}, Chunks{"a\r"}, Chunks{"a\rb"}, Chunks{"\n"}, Chunks{"a\r", "b"},
                               Chunks{"a\r", ""}, Chunks{"a", "\nb"}, Chunks{"a\r\n", "\n"}}) {
        CHECK(fault(chunks, ChunkReader::Content::text) == DataFault::bare_line_end);
        CHECK(fault(chunks, ChunkReader::Content::binary) == DataFault::none);
    }
    CHECK(fault({"a\r", "\nb", ""}, ChunkReader::Content::text) == DataFault::none);
    CHECK(fault({std::string("\0", 1)}, ChunkReader::Content::text) == DataFault::nul);
    CHECK(fault({std::string("\0", 1)}, ChunkReader::Content::binary) == DataFault::none);
}
