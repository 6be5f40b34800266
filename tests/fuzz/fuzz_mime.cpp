#include "appliance/base/text.h"
#include "appliance/message/imap_structure.h"
#include "appliance/message/preview.h"
#include "tests/support/fuzz.h"
#include "tests/support/imap_text.h"

#include <cstdlib>

namespace
{
void check(bool holds)
{
    if (!holds) std::abort();
}

/// Parts lie inside their parent, in order, and everything in them can be read.
void check_part(std::string_view bytes, message::Part const& part, std::size_t begin, std::size_t end,
                std::size_t depth)
{
    check(depth <= message::part_depth_max + 2);
    check(begin <= part.header.begin && part.header.begin <= part.header.end && part.header.end == part.body.begin);
    check(part.body.begin <= part.body.end && part.body.end <= std::max(end, part.body.begin) &&
          part.body.end <= bytes.size());
    check(part.lines <= part.body.size());
    check(base::is_utf8(part.file_name()));
    if (part.children.empty()) check(base::is_utf8(message::text_of(bytes, part)));
    std::size_t next = part.body.begin;
    for (auto const& child : part.children) {
        check_part(bytes, child, next, part.body.end, depth + 1);
        next = child.body.end;
    }
}
} // namespace

// The whole way of a message at delivery: scan, the three IMAP texts, every section, decoding.
FUZZ_TARGET(mime)
{
    auto const root = message::scan(bytes);
    check_part(bytes, root, 0, bytes.size(), 0);
    for (auto const& text : {message::imap_envelope(bytes, root), message::imap_body(bytes, root),
                             message::imap_bodystructure(bytes, root)})
        check(support::ImapText::read(text).has_value());
    for (std::uint32_t a = 0; a < 4; ++a)
        for (std::uint32_t b = 0; b < 4; ++b)
            for (auto const what : {message::SectionText::body, message::SectionText::mime,
                                    message::SectionText::header, message::SectionText::text}) {
                std::uint32_t const numbers[] = {a, b};
                auto const range = message::find_section(root, std::span(numbers).subspan(0, b == 0 ? 1 : 2), what);
                check(!range || (range->begin <= range->end && range->end <= bytes.size()));
            }
    check(base::is_utf8(message::preview(bytes, root)));
    message::text_parts(root);
    message::has_attachment(root);
}
