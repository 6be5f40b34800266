// The readers of a message's octets, against a plain reading of RFC 5321 4.5.2 and RFC 3030. The first byte of the
// input chooses, the second says where the bytes are cut.

#include "maild/remote/smtp_client.h"
#include "maild/smtp/data_reader.h"
#include "tests/support/fuzz.h"

#include <cstdlib>

namespace
{
using maild::smtp::ChunkReader;
using maild::smtp::DataFault;
using maild::smtp::DataReader;

void must(bool holds)
{
    if (!holds) std::abort();
}

/// The message as a plain reading of the RFC has it.
std::string unstuffed(std::string_view lines)
{
    std::string text;
    for (bool at_start = true; !lines.empty(); lines.remove_prefix(1)) {
        if (!at_start || lines.front() != '.') text += lines.front();
        at_start = text.ends_with("\r\n") && lines.front() == '\n';
    }
    return text;
}

bool has_bare_line_end(std::string_view text)
{
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\r' && (i + 1 == text.size() || text[i + 1] != '\n')) return true;
        if (text[i] == '\n' && (i == 0 || text[i - 1] != '\r')) return true;
    }
    return false;
}

void data_reader(std::string_view bytes)
{
    if (bytes.empty()) return;
    auto const cut = std::min<std::size_t>(static_cast<unsigned char>(bytes.front()), bytes.size() - 1);
    bytes.remove_prefix(1);
    DataReader reader(1 << 30, 1 << 30);
    std::string got;
    auto const sink = [&](std::string_view piece) { got += piece; };
    auto taken = reader.feed(bytes.substr(0, cut), sink);
    if (taken == cut) taken += reader.feed(bytes.substr(cut), sink);

    std::string const framed = "\r\n" + std::string(bytes);
    auto const end = framed.find("\r\n.\r\n");
    must(reader.is_finished() == (end != std::string::npos));
    must(taken == (reader.is_finished() ? end + 3 : bytes.size()));
    if (!reader.is_finished()) return;
    auto const message = bytes.substr(0, end);
    bool const bare = has_bare_line_end(message);
    bool const nul = message.find('\0') != std::string_view::npos;
    must((reader.fault() != DataFault::none) == (bare || nul));
    if (reader.fault() == DataFault::none) must(got == unstuffed(message));
}

/// What the client sends, the server must read back as it was.
void stuffed_round_trip(std::string_view bytes)
{
    if (has_bare_line_end(bytes) || bytes.find('\0') != std::string_view::npos) return;
    maild::remote::DotStuffer stuffer;
    auto const half = bytes.size() / 2;
    auto wire = stuffer.feed(bytes.substr(0, half));
    wire += stuffer.feed(bytes.substr(half));
    wire += stuffer.finish();
    DataReader reader(1 << 30, 1 << 30);
    std::string got;
    must(reader.feed(wire, [&](std::string_view piece) { got += piece; }) == wire.size());
    must(reader.is_finished() && got.starts_with(bytes) && got.size() <= bytes.size() + 2);
}

/// The bytes in two chunks, or in three when the cut is odd: the last is empty.
void chunk_reader(std::string_view bytes, ChunkReader::Content content)
{
    if (bytes.empty()) return;
    auto const first = static_cast<unsigned char>(bytes.front());
    auto const cut = std::min<std::size_t>(first, bytes.size() - 1);
    bytes.remove_prefix(1);
    ChunkReader reader(1 << 30, 1 << 30, content);
    std::string got;
    auto const sink = [&](std::string_view piece) { got += piece; };
    auto const take = [&](std::string_view chunk, ChunkReader::Chunk kind) {
        reader.expect(chunk.size(), kind);
        must(reader.feed(std::string(chunk) + "NOOP", sink) == chunk.size() && reader.is_finished());
    };
    bool const empty_last = first % 2 == 1;
    take(bytes.substr(0, cut), ChunkReader::Chunk::more_follow);
    take(bytes.substr(cut), empty_last ? ChunkReader::Chunk::more_follow : ChunkReader::Chunk::last);
    if (empty_last) take({}, ChunkReader::Chunk::last);
    must(reader.is_complete());
    bool const bad = has_bare_line_end(bytes) || bytes.find('\0') != std::string_view::npos;
    must((reader.fault() != DataFault::none) == (bad && content == ChunkReader::Content::text));
    if (reader.fault() == DataFault::none) must(got == bytes);
}
} // namespace

FUZZ_TARGET(smtp_reader)
{
    if (bytes.empty()) return;
    auto const choice = static_cast<unsigned char>(bytes.front()) % 4;
    bytes.remove_prefix(1);
    if (choice == 0)
        data_reader(bytes);
    else if (choice == 1)
        stuffed_round_trip(bytes);
    else
        chunk_reader(bytes, choice == 2 ? ChunkReader::Content::text : ChunkReader::Content::binary);
}
