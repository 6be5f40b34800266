#pragma once
// What kind of answer a question got, as far as flooding somebody with it goes: for rate limiting and statistics.

#include <cstdint>

namespace dnsd
{

/// One network's answers of one kind about one name share a limit.
enum class AnswerKind : std::uint8_t {
    error,        ///< FORMERR, NOTIMP, REFUSED, SERVFAIL, BADVERS, ...: all of them together
    positive,     ///< by name and type
    wildcard,     ///< by the wildcard's name and type: the name asked for is the asker's choice
    no_data,      ///< by name
    no_such_name, ///< by zone
    referral,     ///< by the delegation's name
    elsewhere,    ///< answered by resolve/ or keep/, which know their clients: no limit
};

} // namespace dnsd
