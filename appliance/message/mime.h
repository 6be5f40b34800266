#pragma once
// The one MIME scanner (RFC 2045, 2046): a message as a tree of parts with byte offsets, for the store's index, IMAP
// and webmail. It reads once from front to back in linear time, copies no body and never fails: what is broken
// becomes text, what is beyond a limit becomes one opaque leaf (application/octet-stream).

#include "appliance/message/parameters.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace message
{

inline constexpr std::size_t part_depth_max = 100;   ///< nesting of parts
inline constexpr std::size_t part_count_max = 10000; ///< parts of one message

/// A piece of the message: [begin, end).
struct Range {
    std::size_t begin = 0;
    std::size_t end = 0;

    std::size_t size() const { return end - begin; }
    std::string_view of(std::string_view message) const { return message.substr(begin, end - begin); }
    bool operator==(Range const&) const = default;
};

/// One part; the root is the message itself. `children`: the parts of a multipart (never none: one that has no
/// boundary in it gets a single text/plain part over its body), or the one embedded message of a message/rfc822.
struct Part {
    std::string type = "text";     ///< lower case
    std::string subtype = "plain"; ///< lower case
    Parameters parameters;         ///< raw, as BODYSTRUCTURE shows them
    std::string id;                ///< Content-ID with its brackets
    std::string description;       ///< raw
    std::string encoding = "7bit"; ///< lower case
    std::string md5;
    std::optional<Disposition> disposition;
    std::vector<std::string> languages;
    std::string location;

    Range header;           ///< with the blank line; may be empty
    Range body;             ///< without the line end that belongs to the next boundary
    std::size_t lines = 0;  ///< of the body
    bool is_opaque = false; ///< a limit was met: the inside is not looked at
    std::vector<Part> children;

    bool is(std::string_view wanted_type, std::string_view wanted_subtype) const;
    bool is_multipart() const { return type == "multipart" && !children.empty(); }
    /// message/rfc822 or message/global whose embedded message is children[0].
    bool is_message() const { return type == "message" && !children.empty(); }
    /// The name to save it under: Content-Disposition's filename, else Content-Type's name, in UTF-8, without any
    /// path; or "".
    std::string file_name() const;
    /// Not to be shown as the text: disposition attachment, or a leaf that is no text and no part of the body.
    bool is_attachment() const;
};

/// The tree of a whole message.
Part scan(std::string_view message);

/// What IMAP's section text after the numbers asks for (RFC 3501 6.4.5).
enum class SectionText {
    body,   ///< BODY[1.2]; BODY[] without numbers
    mime,   ///< BODY[1.2.MIME]
    header, ///< BODY[HEADER], BODY[1.2.HEADER] of a message/rfc822
    text,   ///< BODY[TEXT], BODY[1.2.TEXT] of a message/rfc822
};

/// The part with these numbers, counted from 1 as in BODY[1.2.3]; no numbers: the root. Null when there is none.
Part const* find_part(Part const& root, std::span<std::uint32_t const> numbers);

/// Where the section's bytes are; nothing when there is no such section (IMAP answers NIL or "").
std::optional<Range> find_section(Part const& root, std::span<std::uint32_t const> numbers, SectionText what);

/// The body with its transfer encoding undone: the bytes of an attachment.
std::string bytes_of(std::string_view message, Part const& part);
/// A text part as UTF-8 (transfer encoding and charset undone). At most `most` bytes of the encoded body are looked
/// at.
std::string text_of(std::string_view message, Part const& part, std::size_t most = SIZE_MAX);

/// The leaf that a reader sees first: the first text/plain outside attachments, else text/html; null when there is no
/// text.
Part const* readable_part(Part const& root);
/// Every leaf with the text of the mail (for full-text indexes), in order; attachments left out.
std::vector<Part const*> text_parts(Part const& root);
/// Whether the message has something to save (a paper clip in lists).
bool has_attachment(Part const& root);

} // namespace message
