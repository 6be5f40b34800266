#include "appliance/net/stream.h"
#include "tests/support/catch.h"

#include <sys/socket.h>
#include <zlib.h>

namespace
{
using namespace std::chrono_literals;

/// Two streams that talk to each other.
struct Pair {
    net::Stream left;
    net::Stream right;
};

base::Fd& other_end()
{
    static base::Fd fd;
    return fd;
}

net::Stream stream_and_other_end()
{
    int ends[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0);
    other_end() = base::Fd(ends[1]);
    return {base::Fd(ends[0]), net::IpAddress::from_v4(0x7F000001), true};
}

Pair compressed_pair()
{
    auto left = stream_and_other_end();
    Pair pair{std::move(left), {std::move(other_end()), net::IpAddress::from_v4(0x7F000001), true}};
    pair.left.begin_compression();
    pair.right.begin_compression();
    return pair;
}

std::string line(net::Stream& stream)
{
    auto const read = stream.read_line(1000, 1s, net::after(3s));
    REQUIRE(read.state == net::Line::State::complete);
    return read.text;
}

void say(net::Stream& stream, std::string_view text)
{
    stream.write(text);
    stream.flush();
}

/// `text` as another program would pack it: the largest window, the best level, one of zlib's ways to flush.
std::string packed(std::string_view text, int flush = Z_SYNC_FLUSH)
{
    z_stream stream{};
    REQUIRE(deflateInit2(&stream, 9, Z_DEFLATED, -15, 9, Z_DEFAULT_STRATEGY) == Z_OK);
    std::string to(deflateBound(&stream, text.size()) + 64, '\0');
    std::string from(text);
    void* const in = from.data();
    void* const out = to.data();
    stream.next_in = static_cast<Bytef*>(in);
    stream.avail_in = static_cast<uInt>(from.size());
    stream.next_out = static_cast<Bytef*>(out);
    stream.avail_out = static_cast<uInt>(to.size());
    deflate(&stream, flush);
    to.resize(to.size() - stream.avail_out);
    deflateEnd(&stream);
    return to;
}
} // namespace

TEST_CASE("both directions of a stream are compressed, each piece is whole when it is flushed", "[net][rfc4978]")
{
    auto pair = compressed_pair();
    for (int round = 0; round < 5; ++round) {
        say(pair.left, "a" + std::to_string(round) + " NOOP\r\n");
        CHECK(line(pair.right) == "a" + std::to_string(round) + " NOOP");
        say(pair.right, "a" + std::to_string(round) + " OK Nothing done\r\n");
        CHECK(line(pair.left) == "a" + std::to_string(round) + " OK Nothing done");
    }
    CHECK_FALSE(pair.left.has_input());
    CHECK_FALSE(pair.right.has_input());
}

TEST_CASE("a compressed stream that rested goes on, with what was said before as its history", "[net][rfc4978]")
{
    auto pair = compressed_pair();
    std::string const repeated(200, 'k');
    for (int round = 0; round < 4; ++round) {
        say(pair.left, repeated + std::to_string(round) + "\r\n");
        CHECK(line(pair.right) == repeated + std::to_string(round));
        pair.right.release_buffers(); // as the server does with a parked session; left keeps its window
        say(pair.right, repeated + "\r\n");
        CHECK(line(pair.left) == repeated);
    }
}

TEST_CASE("everything between two flushes arrives, however large", "[net][rfc4978]")
{
    auto pair = compressed_pair();
    std::string text;
    for (unsigned i = 0, value = 1; i < 20000; ++i)
        text += static_cast<char>((value = value * 1103515245 + 12345) >> 16);
    say(pair.left, text);
    std::string got;
    pair.right.read_exactly(got, text.size(), net::after(3s));
    CHECK(got == text);
    CHECK_FALSE(pair.right.has_input());
}

TEST_CASE("a deflate bomb holds no more memory than is read at once", "[net][rfc4978]")
{
    auto stream = stream_and_other_end();
    auto const bomb = packed(std::string(50'000'000, 'x') + "\r\nNOOP\r\n");
    stream.begin_compression();
    std::size_t sent = 0;
    std::size_t largest = 0;
    std::size_t total = 0;
    while (total < 50'000'008) {
        if (sent < bomb.size() && !stream.has_input()) {
            auto const piece = std::min(bomb.size() - sent, std::size_t{10000});
            REQUIRE(::send(other_end().get(), bomb.data() + sent, piece, MSG_NOSIGNAL) ==
                    static_cast<ssize_t>(piece));
            sent += piece;
        }
        auto const there = stream.peek(net::after(1s)).size();
        largest = std::max(largest, there);
        total += there;
        stream.consume(there);
    }
    CHECK(bomb.size() < 60000);
    CHECK(largest <= 16384);
}

TEST_CASE("a line of a deflate bomb is too long, and the next line is read", "[net][rfc4978]")
{
    auto stream = stream_and_other_end();
    stream.begin_compression();
    auto const bomb = packed(std::string(5'000'000, 'x') + "\r\nNOOP\r\n");
    REQUIRE(::send(other_end().get(), bomb.data(), bomb.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bomb.size()));
    CHECK(stream.read_line(1000, 1s, net::after(3s)).state == net::Line::State::too_long);
    CHECK(stream.has_line());
    CHECK(line(stream) == "NOOP");
}

TEST_CASE("what is no DEFLATE, or its end, ends the connection", "[net][rfc4978]")
{
    auto const sent = GENERATE(std::string("a3 NOOP\r\n"), std::string("\xff\xff\xff\xff"), packed("", Z_FINISH));
    auto stream = stream_and_other_end();
    stream.begin_compression();
    REQUIRE(::send(other_end().get(), sent.data(), sent.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(sent.size()));
    CHECK_THROWS_AS(stream.read_line(1000, 1s, net::after(3s)), net::Disconnected);
}

TEST_CASE("what was packed before the end of a DEFLATE stream is read", "[net][rfc4978]")
{
    auto const sent = packed("a1 LOGOUT\r\n", Z_FINISH);
    auto stream = stream_and_other_end();
    stream.begin_compression();
    REQUIRE(::send(other_end().get(), sent.data(), sent.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(sent.size()));
    CHECK(line(stream) == "a1 LOGOUT");
}

TEST_CASE("other ways to flush are read and rested with as well", "[net][rfc4978]")
{
    auto const flush = GENERATE(Z_PARTIAL_FLUSH, Z_SYNC_FLUSH, Z_FULL_FLUSH);
    auto stream = stream_and_other_end();
    stream.begin_compression();
    auto const sent = packed("a1 NOOP\r\na1 NOOP\r\n", flush);
    REQUIRE(::send(other_end().get(), sent.data(), sent.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(sent.size()));
    CHECK(line(stream) == "a1 NOOP");
    CHECK(line(stream) == "a1 NOOP");
    stream.release_buffers();
    CHECK_FALSE(stream.has_input());
}
