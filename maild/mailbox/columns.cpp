#include "maild/mailbox/columns.h"

#include <algorithm>
#include <numeric>

namespace maild::mailbox
{

namespace
{
constexpr std::uint64_t unknown_bit = std::uint64_t{1} << 63;
}

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
    std::stable_sort(order_.begin() + known, order_.end(), before);
    std::inplace_merge(order_.begin(), order_.begin() + known, order_.end(), before);
    ranks_.resize(size());
    std::uint32_t rank = 0;
    for (std::size_t i = 0; i < order_.size(); ++i) {
        if (i > 0 && text(order_[i]) != text(order_[i - 1])) ++rank;
        ranks_[order_[i]] = rank;
    }
}

} // namespace maild::mailbox
