#include "dnsd/sign/type_bitmap.h"

#include "dnsd/sign/octets.h"

namespace dnsd
{

namespace
{
constexpr std::size_t longest_block = 32;
}

std::string type_bitmap(std::set<std::uint16_t> const& types)
{
    std::string bitmap;
    std::string block;
    unsigned window = 0;
    auto const finish = [&] {
        if (block.empty()) return;
        put8(bitmap, window);
        put8(bitmap, block.size());
        bitmap += block;
        block.clear();
    };
    for (unsigned const type : types) {
        if (type / 256 != window) finish();
        window = type / 256;
        block.resize(type % 256 / 8 + 1, '\0');
        block.back() = static_cast<char>(octet(block, block.size() - 1) | 0x80U >> (type % 8));
    }
    finish();
    return bitmap;
}

std::set<std::uint16_t> types_in_bitmap(std::string_view bitmap)
{
    std::set<std::uint16_t> types;
    while (!bitmap.empty()) {
        if (bitmap.size() < 2) return {};
        auto const window = octet(bitmap, 0);
        std::size_t const size = octet(bitmap, 1);
        if (size == 0 || size > longest_block || bitmap.size() < 2 + size) return {};
        for (std::size_t bit = 0; bit < size * 8; ++bit)
            if (octet(bitmap, 2 + bit / 8) & 0x80U >> (bit % 8))
                types.insert(static_cast<std::uint16_t>(window * 256 + bit));
        bitmap.remove_prefix(2 + size);
    }
    return types;
}

bool has_type(std::string_view bitmap, std::uint16_t type) { return types_in_bitmap(bitmap).contains(type); }

} // namespace dnsd
