#include "maild/smtp/data_reader.h"

#include <algorithm>
#include <utility>

namespace maild::smtp
{

void MessageMeter::fail(DataFault fault)
{
    if (fault_ == DataFault::none) fault_ = fault;
}

void MessageMeter::emit(std::string_view bytes, DataSink const& sink, Nul nul)
{
    if (bytes.empty()) return;
    if (fault_ == DataFault::none && nul == Nul::refused && bytes.find('\0') != std::string_view::npos)
        fail(DataFault::nul);
    if (fault_ == DataFault::none && size_ + bytes.size() > size_max_) fail(DataFault::too_large);
    if (fault_ == DataFault::none) {
        size_ += bytes.size();
        sink(bytes);
        return;
    }
    drained_ += bytes.size();
    if (drained_ > drain_max_) fault_ = DataFault::endless;
}

/// Moves `at` behind the end of the line, or to the end of the bytes. Two memchr per line, no loop over bytes.
void DataReader::finish_line(std::string_view bytes, std::size_t& at)
{
    auto const rest = bytes.substr(at);
    auto const lf = std::min(rest.find('\n'), rest.size());
    auto const cr = std::min(rest.substr(0, lf).find('\r'), lf);
    if (cr == rest.size()) { // neither: the line goes on in the next piece
        at = bytes.size();
    } else if (cr == lf) { // LF with no CR before it
        fail(DataFault::bare_line_end);
        at += lf + 1;
    } else if (cr + 1 == rest.size()) { // CR is the last byte we have
        place_ = Place::after_cr;
        at = bytes.size();
    } else if (rest[cr + 1] == '\n') {
        place_ = Place::line_start;
        at += cr + 2;
    } else {
        fail(DataFault::bare_line_end);
        at += cr + 1;
    }
}

std::size_t DataReader::feed(std::string_view bytes, DataSink const& sink)
{
    std::size_t at = 0;
    std::size_t start = 0; // [start, at) belongs to the message and was not given out yet
    while (at < bytes.size() && !finished_) {
        switch (place_) {
        case Place::line_start:
            place_ = Place::in_line;
            if (bytes[at] != '.') break;
            emit(bytes.substr(start, at - start), sink);
            start = ++at; // the dot is never part of the message
            place_ = Place::after_dot;
            break;
        case Place::in_line: finish_line(bytes, at); break;
        case Place::after_cr:
            place_ = Place::in_line;
            if (bytes[at] != '\n') {
                fail(DataFault::bare_line_end);
                break;
            }
            ++at;
            place_ = Place::line_start;
            break;
        case Place::after_dot:
            place_ = Place::in_line;
            if (bytes[at] != '\r') break;
            start = ++at;
            place_ = Place::dot_cr;
            break;
        case Place::dot_cr:
            place_ = Place::in_line;
            if (bytes[at] != '\n') {
                fail(DataFault::bare_line_end);
                break;
            }
            start = ++at;
            finished_ = true;
            break;
        }
    }
    emit(bytes.substr(start, at - start), sink);
    return at;
}

void ChunkReader::expect(std::uint64_t octets, Chunk chunk)
{
    octets_ = octets;
    last_ = chunk == Chunk::last;
    if (is_complete() && after_cr_) fail(DataFault::bare_line_end);
}

std::size_t ChunkReader::feed(std::string_view bytes, DataSink const& sink)
{
    auto const chunk = bytes.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(octets_, bytes.size())));
    octets_ -= chunk.size();
    if (content_ == Content::text) check_line_ends(chunk);
    emit(chunk, sink, content_ == Content::text ? Nul::refused : Nul::allowed);
    return chunk.size();
}

void ChunkReader::check_line_ends(std::string_view bytes)
{
    while (!bytes.empty()) {
        if (std::exchange(after_cr_, false)) {
            if (bytes.front() != '\n') return fail(DataFault::bare_line_end);
            bytes.remove_prefix(1);
            continue;
        }
        auto const lf = std::min(bytes.find('\n'), bytes.size());
        auto const cr = std::min(bytes.substr(0, lf).find('\r'), lf);
        if (cr == bytes.size()) return;
        if (cr == lf) return fail(DataFault::bare_line_end);
        after_cr_ = true;
        bytes.remove_prefix(cr + 1);
    }
    if (after_cr_ && is_complete()) fail(DataFault::bare_line_end);
}

} // namespace maild::smtp
