#include "maild/mailbox/sql_bodies.h"

#include "maild/mailbox/body_reader.h"

namespace maild::mailbox::rows
{

std::optional<BodyState> look_at_body(db::Reader& reader, BlobStore const& blobs, BodyId body)
{
    auto found = reader.query("SELECT b.hash, b.size, b.in_file, t.header_bytes + LENGTH(t.rest) FROM body b "
                              "LEFT JOIN body_text t ON t.body_id = b.body_id WHERE b.body_id = ?",
                              body);
    auto const row = found.next();
    if (!row) return std::nullopt;
    BodyState state{row->text(0), static_cast<std::uint64_t>(row->integer(1)), row->integer(2) != 0};
    if (state.in_file) {
        auto const size = blobs.size_of(state.hash);
        state.is_there = size.has_value();
        state.stored = size.value_or(0);
    } else {
        state.is_there = !row->is_null(3);
        state.stored = static_cast<std::uint64_t>(row->integer(3));
    }
    return state;
}

std::optional<std::string> read_bytes(db::Reader& reader, BlobStore const& blobs, BodyId body)
{
    auto found = reader.query("SELECT b.in_file, b.hash, b.header, t.header_bytes, t.rest FROM body b "
                              "LEFT JOIN body_text t ON t.body_id = b.body_id WHERE b.body_id = ?",
                              body);
    auto const row = found.next();
    if (!row) return std::nullopt;
    if (row->integer(0) == 0) {
        if (row->is_null(3)) return std::nullopt;
        return std::string(row->view(2).substr(0, static_cast<std::size_t>(row->integer(3)))) += row->view(4);
    }
    auto const hash = row->text(1);
    auto file = blobs.open(hash);
    if (!file) return std::nullopt;
    auto const size = blobs.size_of(hash).value_or(0);
    return read_file_body(std::move(file), size)->read(0, static_cast<std::size_t>(size));
}

} // namespace maild::mailbox::rows
