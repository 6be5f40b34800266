#pragma once
// The two kinds of BodyReader: bytes in memory and an open file.

#include "appliance/base/file.h"
#include "maild/mailbox/store.h"

namespace maild::mailbox
{

std::unique_ptr<BodyReader> read_memory(std::string bytes);
/// Keeps the descriptor: the message can be read to its end even when it is removed meanwhile. Reading throws
/// StoreError.
std::unique_ptr<BodyReader> read_file_body(base::Fd file, std::uint64_t size);

} // namespace maild::mailbox
