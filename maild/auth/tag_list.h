#pragma once
// "a=b; c=d" (RFC 6376 3.2): signatures, keys, DMARC records, ARC fields.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace maild::auth
{

/// Borrows the text. Names are case-sensitive.
class TagList
{
public:
    struct Tag {
        std::string_view name;
        std::string_view value;      ///< without the white space around it
        std::size_t value_begin = 0; ///< in the text, white space included: what lies between "=" and ";"
        std::size_t value_end = 0;
    };

    /// Nothing when the grammar is broken, a name comes twice, or there are more than limits::tags.
    static std::optional<TagList> parse(std::string_view text);

    std::vector<Tag> const& tags() const { return tags_; }
    Tag const* find(std::string_view name) const;
    /// The value, or `otherwise` where the tag is missing.
    std::string_view value_or(std::string_view name, std::string_view otherwise) const;

private:
    std::vector<Tag> tags_;
};

/// Without any white space (base64 and lists may be folded).
std::string without_space(std::string_view text);
/// The parts between colons, trimmed ("h=from : to").
std::vector<std::string_view> colon_list(std::string_view text);

} // namespace maild::auth
