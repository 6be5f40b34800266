#include "maild/mailbox/columns.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <numeric>
#include <span>

namespace maild::mailbox
{

namespace
{
constexpr std::uint64_t unknown_bit = std::uint64_t{1} << 63;

/// Eight bytes of a text as a number that orders like them; behind its end it has zeros.
std::uint64_t eight_bytes(std::string_view text, std::size_t from)
{
    std::uint64_t number = 0;
    if (from < text.size()) std::memcpy(&number, text.data() + from, std::min<std::size_t>(8, text.size() - from));
    if constexpr (std::endian::native == std::endian::little) number = __builtin_bswap64(number);
    return number;
}
} // namespace

/// Sorts rows by their texts, eight bytes of them at a time: most texts of a mailbox begin like others, and comparing
/// numbers that lie side by side is twice as fast as comparing the texts.
class TextColumn::Sorter
{
public:
    Sorter(TextColumn const& column, std::span<std::uint32_t> rows) : column_(column)
    {
        items_.reserve(rows.size());
        for (auto const row : rows) items_.push_back({eight_bytes(column_.text(row), 0), row});
        sort(items_.begin(), items_.end(), 8);
        std::transform(items_.begin(), items_.end(), rows.begin(), [](Item const& item) { return item.row; });
    }

private:
    struct Item {
        std::uint64_t key; ///< of the text
        std::uint32_t row;
    };
    using Place = std::vector<Item>::iterator;

    /// The texts are the same before the last eight of `known` bytes, which are the keys.
    void sort(Place begin, Place end, std::size_t known)
    {
        auto const before = [](Item const& a, Item const& b) { return a.key < b.key; };
        if (!std::is_sorted(begin, end, before)) std::stable_sort(begin, end, before);
        while (begin != end) {
            auto const same_end = std::find_if(begin, end, [&](Item const& item) { return item.key != begin->key; });
            if (std::next(begin) != same_end) sort_same(begin, same_end, known);
            begin = same_end;
        }
    }

    void sort_same(Place begin, Place end, std::size_t known)
    {
        auto const size = [&](Item const& item) { return column_.text(item.row).size(); };
        bool const all_end = std::all_of(begin, end, [&](Item const& item) { return size(item) <= known; });
        if (all_end) { // the same but for zeros at the end
            std::stable_sort(begin, end, [&](Item const& a, Item const& b) { return size(a) < size(b); });
            return;
        }
        for (auto item = begin; item != end; ++item) item->key = eight_bytes(column_.text(item->row), known);
        sort(begin, end, known + 8);
    }

    TextColumn const& column_;
    std::vector<Item> items_;
};

void TextColumn::add(std::string_view text)
{
    arena_ += text;
    ends_.push_back(arena_.size());
}

void TextColumn::add_unknown() { ends_.push_back(arena_.size() | unknown_bit); }

std::size_t TextColumn::bytes() const
{
    return arena_.capacity() + ends_.capacity() * sizeof(std::uint64_t) +
           (order_.capacity() + ranks_.capacity()) * sizeof(std::uint32_t);
}

std::string_view TextColumn::text(std::size_t row) const
{
    auto const begin = row == 0 ? 0 : ends_[row - 1] & ~unknown_bit;
    return std::string_view(arena_).substr(begin, (ends_[row] & ~unknown_bit) - begin);
}

std::optional<std::string_view> TextColumn::at(std::size_t row) const
{
    if ((ends_[row] & unknown_bit) != 0) return std::nullopt;
    return text(row);
}

void TextColumn::rank()
{
    if (ranks_.size() == size()) return;
    auto const known = static_cast<std::ptrdiff_t>(order_.size());
    order_.resize(size());
    std::iota(order_.begin() + known, order_.end(), static_cast<std::uint32_t>(known));
    auto const before = [&](std::uint32_t a, std::uint32_t b) { return text(a) < text(b); };
    Sorter(*this, std::span(order_).subspan(static_cast<std::size_t>(known)));
    std::inplace_merge(order_.begin(), order_.begin() + known, order_.end(), before);
    ranks_.resize(size());
    std::uint32_t rank = 0;
    for (std::size_t i = 0; i < order_.size(); ++i) {
        if (i > 0 && text(order_[i]) != text(order_[i - 1])) ++rank;
        ranks_[order_[i]] = rank;
    }
}

} // namespace maild::mailbox
