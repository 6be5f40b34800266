#pragma once
// The name of a question as the zones look it up: lower case, with the place and the hash of every suffix. Not for
// reading packets (query.h).

#include "dnsd/zone/name.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace dnsd
{

/// Lives on the stack of the answering thread; its arrays are not cleared.
struct QuestionName {
    std::array<char, longest_name> bytes;
    std::array<std::uint8_t, most_labels> at;
    std::array<NameHash, most_labels> hash;
    std::size_t size = 0;   ///< octets in wire form
    std::size_t labels = 0; ///< suffix(labels) is the root

    std::string_view suffix(std::size_t label) const { return {bytes.data() + at[label], size - at[label]}; }
    std::string_view whole() const { return {bytes.data(), size}; }

    /// Fills in the hashes, from the root towards the leaf, once the other fields are there.
    void make_hashes()
    {
        hash[labels] = root_hash;
        for (std::size_t i = labels; i-- > 0;) {
            std::size_t const begin = at[i] + std::size_t{1};
            hash[i] = add_label(hash[i + 1], {bytes.data() + begin, at[i + 1] - begin});
        }
    }
};

} // namespace dnsd
