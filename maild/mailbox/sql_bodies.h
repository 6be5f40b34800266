#pragma once
// A message's bytes out of rows or a file, for the upkeep; sessions use MailStore::open.

#include "appliance/db/statement.h"
#include "maild/mailbox/blob_store.h"
#include "maild/mailbox/store.h"

namespace maild::mailbox::rows
{

/// What is known of a body without reading it.
struct BodyState {
    std::string hash;
    std::uint64_t size = 0;
    bool in_file = false;
    std::uint64_t stored = 0; ///< bytes that are really there; 0 when there is no text or file
    bool is_there = false;
};
/// Nothing: there is no such row.
std::optional<BodyState> look_at_body(db::Reader& reader, BlobStore const& blobs, BodyId body);
/// All bytes that are there; nothing when row, text or file is missing. Throws StoreError.
std::optional<std::string> read_bytes(db::Reader& reader, BlobStore const& blobs, BodyId body);

} // namespace maild::mailbox::rows
