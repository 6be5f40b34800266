#include "dnsd/serve/top_list.h"

#include <algorithm>
#include <cstddef>

namespace dnsd
{

void TopList::count(std::uint64_t hash, std::string_view text, std::uint32_t by)
{
    if (busy_.test_and_set(std::memory_order_acquire)) return;
    auto at = place_of(hash);
    if (at == size_) at = take_place(hash, text);
    counts_[at] += by;
    busy_.clear(std::memory_order_release);
}

void TopList::clear()
{
    Turn const turn(busy_);
    size_ = 0;
}

std::size_t TopList::place_of(std::uint64_t hash)
{
    auto& hint = hints_[hash & 0xFFU];
    if (hint < size_ && hashes_[hint] == hash) return hint;
    auto const end = hashes_.begin() + static_cast<std::ptrdiff_t>(size_);
    auto const at = static_cast<std::size_t>(std::find(hashes_.begin(), end, hash) - hashes_.begin());
    if (at < size_) hint = static_cast<std::uint8_t>(at);
    return at;
}

std::size_t TopList::take_place(std::uint64_t hash, std::string_view text)
{
    auto at = size_;
    if (size_ < room)
        counts_[size_++] = 0;
    else
        at = static_cast<std::size_t>(std::min_element(counts_.begin(), counts_.end()) - counts_.begin());
    hashes_[at] = hash;
    hints_[hash & 0xFFU] = static_cast<std::uint8_t>(at);
    texts_[at].size = static_cast<std::uint8_t>(std::min(text.size(), longest));
    std::copy_n(text.begin(), texts_[at].size, texts_[at].bytes.begin());
    return at;
}

} // namespace dnsd
