// FETCH BINARY (RFC 3516) and PREVIEW (RFC 8970): texts that are made while they are sent.

#include "maild/imap/fetch.h"
#include "maild/mailbox/whole_message.h"

#include "appliance/base/text.h"
#include "appliance/message/imap_structure.h"
#include "appliance/message/preview.h"
#include "appliance/message/transfer.h"
#include "maild/imap/limits.h"

#include <algorithm>

namespace maild::imap
{

namespace
{
using Kind = FetchItem::Kind;

/// What TransferDecoder undoes, and what needs no decoding. Of multiparts and messages nothing is decoded.
bool is_known_encoding(message::Part const& part)
{
    if (!part.children.empty()) return true;
    constexpr std::string_view known[] = {"7bit", "8bit", "binary", "base64", "quoted-printable"};
    return std::find(std::begin(known), std::end(known), part.encoding) != std::end(known);
}
} // namespace

/// The items that can be answered; the command ends with NO when that is not all of them.
std::vector<FetchItem const*> Fetcher::without_unknown_encodings(Message& message,
                                                                 std::vector<FetchItem> const& items)
{
    std::vector<FetchItem const*> answered;
    for (auto const& item : items) {
        bool const decodes = item.kind == Kind::binary || item.kind == Kind::binary_size;
        auto const* part = decodes && !item.section.part.empty()
                               ? message::find_part(structure_of(message), item.section.part)
                               : nullptr;
        if (part == nullptr || is_known_encoding(*part))
            answered.push_back(&item);
        else
            met_unknown_encoding_ = true;
    }
    return answered;
}

/// Gives the decoded body in pieces.
template <class Take>
void Fetcher::decode(Message& message, message::Part const& part, Take const& take)
{
    message::TransferDecoder decoder(part.children.empty() ? part.encoding : "binary");
    for (auto range = part.body; range.size() > 0;) {
        auto const encoded = message.body->read(range.begin, std::min(range.size(), limits::body_piece));
        if (encoded.empty()) throw net::Disconnected("a message's file is shorter than its record");
        range.begin += encoded.size();
        std::string bytes;
        decoder.feed(encoded, bytes);
        if (range.size() == 0) decoder.finish(bytes);
        take(bytes);
    }
}

/// Decodes once without keeping: the size must be known before the first byte is sent. A part that is not there is
/// empty.
Fetcher::Decoded Fetcher::binary_size(Message& message, Section const& section)
{
    Decoded decoded;
    auto const* part = message::find_part(structure_of(message), section.part);
    if (part == nullptr) return decoded;
    if (section.part.empty()) return {message.body->size(), false};
    decode(message, *part, [&](std::string const& bytes) {
        decoded.bytes += bytes.size();
        decoded.has_nul = decoded.has_nul || bytes.find('\0') != std::string::npos;
    });
    return decoded;
}

/// A part with numbers; without them it is BODY[], the whole message as it came: its header tells how it is encoded.
void Fetcher::write_binary(Message& message, FetchItem const& item)
{
    auto const* part = message::find_part(structure_of(message), item.section.part);
    if (part == nullptr) return stream_.write("NIL");
    auto const decoded = binary_size(message, item.section);
    auto range = cut({0, static_cast<std::size_t>(decoded.bytes)}, item.partial);
    stream_.write((decoded.has_nul ? "~{" : "{") + std::to_string(range.size()) + "}\r\n");
    std::size_t at = 0;
    decode(message, *part, [&](std::string const& bytes) {
        auto const begin = std::clamp(range.begin, at, at + bytes.size()) - at;
        auto const end = std::clamp(range.end, at, at + bytes.size()) - at;
        stream_.write(std::string_view(bytes).substr(begin, end - begin));
        at += bytes.size();
    });
}

/// Made at delivery; for messages from before that now, or not at all when the client does not want to wait.
std::string Fetcher::preview_of(Message& message, FetchItem const& item)
{
    if (message.texts->preview) return message::imap_string(*message.texts->preview);
    if (item.kind == Kind::preview_lazy) return "NIL";
    mailbox::WholeMessage const whole(*message.body);
    return message::imap_string(
        message::preview(whole.bytes(), message::scan(whole.bytes()), mailbox::preview_characters));
}

} // namespace maild::imap
