#pragma once
// Everything about a new body that can be done before the writer's turn: its hash, its index, its file.

#include "maild/mailbox/blob_store.h"
#include "maild/mailbox/search_index.h"
#include "maild/mailbox/store.h"

namespace maild::mailbox
{

/// Borrows the BodySource it was made from.
struct PreparedBody {
    BodyId id = 0;    ///< for the case that the store has no such body yet
    std::string hash; ///< SHA-256
    std::uint32_t size = 0;
    bool in_file = false;
    MessageIndex index;
    SearchIndex search;
    std::size_t header_bytes = 0; ///< of a small body: so many bytes of index.header come before `rest`
    std::string_view rest;
    std::unique_ptr<std::string> storage; ///< owner of `rest` when the source was a file
    BlobStore::Pin pin;
};

/// Bodies of at most `small` bytes stay in the database, larger ones are put into `blobs`. Throws StoreError.
PreparedBody prepare_body(BodySource const& source, BodyId id, std::size_t small, BlobStore& blobs);

} // namespace maild::mailbox
