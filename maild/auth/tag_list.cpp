#include "maild/auth/tag_list.h"

#include "appliance/base/cursor.h"
#include "appliance/base/text.h"
#include "maild/auth/limits.h"

namespace maild::auth
{

namespace
{
constexpr base::ByteSet space = base::ByteSet(" \t\r\n");
constexpr base::ByteSet name_byte = base::letters | base::digits | base::ByteSet("_");
constexpr base::ByteSet separator = base::ByteSet(";");

/// tag-value: printable and white space; UTF-8 is let through (RFC 6532, RFC 8616).
bool is_value(std::string_view text)
{
    for (unsigned char const c : text)
        if ((c < 0x20 && !space.contains(static_cast<char>(c))) || c == 0x7F) return false;
    return true;
}
} // namespace

std::optional<TagList> TagList::parse(std::string_view text)
{
    TagList list;
    base::Cursor cursor(text);
    for (;;) {
        cursor.take_while(space);
        if (cursor.at_end()) return list; // also behind the last ";"
        Tag tag;
        tag.name = cursor.take_while(name_byte);
        if (tag.name.empty() || !base::letters.contains(tag.name.front())) return std::nullopt;
        cursor.take_while(space);
        if (!cursor.take('=')) return std::nullopt;
        tag.value_begin = cursor.offset();
        auto const raw = cursor.take_until(separator);
        tag.value_end = cursor.offset();
        tag.value = base::trim(raw);
        if (!is_value(raw) || list.find(tag.name) || list.tags_.size() == limits::tags) return std::nullopt;
        list.tags_.push_back(tag);
        cursor.take(';');
    }
}

TagList::Tag const* TagList::find(std::string_view name) const
{
    for (auto const& tag : tags_)
        if (tag.name == name) return &tag;
    return nullptr;
}

std::string_view TagList::value_or(std::string_view name, std::string_view otherwise) const
{
    auto const* tag = find(name);
    return tag ? tag->value : otherwise;
}

std::string without_space(std::string_view text)
{
    std::string packed;
    packed.reserve(text.size());
    for (char const c : text)
        if (!space.contains(c)) packed += c;
    return packed;
}

std::vector<std::string_view> colon_list(std::string_view text)
{
    auto parts = base::split(text, ':');
    for (auto& part : parts) part = base::trim(part);
    return parts;
}

} // namespace maild::auth
