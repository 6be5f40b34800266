#include "maild/smtp/incoming.h"

namespace maild::smtp
{

std::size_t Incoming::feed(std::string_view bytes)
{
    return std::visit(
        [&](auto& reader) { return reader.feed(bytes, [this](std::string_view piece) { gate_.append(piece); }); },
        reader_);
}

bool Incoming::wants_octets() const
{
    return !std::visit([](auto const& reader) { return reader.is_finished(); }, reader_);
}

bool Incoming::is_complete() const
{
    if (auto const* chunks = std::get_if<ChunkReader>(&reader_)) return chunks->is_complete();
    return !wants_octets();
}

DataFault Incoming::fault() const
{
    return std::visit([](auto const& reader) { return reader.fault(); }, reader_);
}

} // namespace maild::smtp
