#include "maild/mailbox/prepared_body.h"

#include "appliance/base/secret.h"
#include "appliance/message/imap_structure.h"
#include "appliance/message/preview.h"
#include "maild/mailbox/whole_message.h"

#include <filesystem>
#include <limits>

namespace maild::mailbox
{

namespace
{
/// Read, not mapped: the spool belongs to a less trusted user, who could shorten a mapped file under us, or put a
/// link to somebody's mail there.
std::string must_read(std::string const& path, std::string const& head)
{
    auto bytes = base::read_plain_file(path, std::numeric_limits<std::uint32_t>::max(), head);
    if (!bytes) throw base::StoreError(base::StoreFault::unavailable, bytes.error().line());
    return std::move(*bytes);
}

std::uint64_t size_of(BodySource const& source)
{
    if (source.file.empty()) return source.head.size() + source.bytes.size();
    std::error_code missing; // then reading it says so
    auto const size = std::filesystem::file_size(source.file, missing);
    return source.head.size() + (missing ? 0 : size);
}

MessageIndex make_index(std::string_view message, message::Part const& root)
{
    MessageIndex index;
    index.envelope = message::imap_envelope(message, root);
    index.body_structure = message::imap_bodystructure(message, root);
    index.plain_body = message::imap_body(message, root);
    auto const header = root.header.of(message);
    index.header_complete = header.size() <= largest_indexed_header;
    index.header = header.substr(0, largest_indexed_header);
    index.preview = message::preview(message, root, preview_characters);
    return index;
}
} // namespace

PreparedBody prepare_body(BodySource const& source, BodyId id, std::size_t small, BlobStore& blobs)
{
    PreparedBody body;
    body.id = id;
    MessageRoom const room(size_of(source)); // what stays of a small body is not counted
    if (source.bytes.empty() && !source.file.empty())
        body.storage = std::make_unique<std::string>(must_read(source.file, source.head));
    else if (!source.head.empty())
        body.storage = std::make_unique<std::string>(source.head + source.bytes);
    std::string const& bytes = body.storage ? *body.storage : source.bytes;
    auto const root = message::scan(bytes);
    body.hash = base::sha256(bytes);
    body.size = static_cast<std::uint32_t>(bytes.size());
    body.index = make_index(bytes, root);
    body.search = make_search_index(bytes, root.header.begin);
    body.in_file = bytes.size() > small;
    if (body.in_file) {
        body.pin = blobs.put(body.hash, bytes);
        body.storage.reset();
    } else {
        // A header that does not begin the message (an mbox line in front) or was cut cannot be its first bytes.
        if (root.header.begin == 0 && body.index.header_complete) body.header_bytes = body.index.header.size();
        body.rest = std::string_view(bytes).substr(body.header_bytes);
    }
    return body;
}

} // namespace maild::mailbox
