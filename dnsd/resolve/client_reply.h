#pragma once
// What a client is told: our own header and OPT around the records of an answer. Called by answering threads for
// every hit of the cache: nothing is allocated.

#include "dnsd/resolve/answer.h"
#include "dnsd/serve/query.h"

#include <array>
#include <optional>
#include <span>
#include <string_view>

namespace dnsd::resolve
{

/// Everything that answers differ by: the name in lower case, the type, DO and CD.
struct QuestionKey {
    std::array<char, longest_name + 3> bytes; ///< uncleared behind size
    std::size_t size = 0;

    explicit QuestionKey(Query const& query) : QuestionKey(query.name.whole(), query) {}
    /// The same question about another name (wire form, lower case).
    QuestionKey(std::string_view name, Query const& query);
    std::string_view view() const { return {bytes.data(), size}; }
};

bool disables_checking(Query const& query);

/// How old an answer is.
struct Age {
    Seconds elapsed = 0;
    /// Behind its time: this TTL and an EDE that says so (RFC 8767 4).
    std::optional<Seconds> stale_ttl;
};

/// What the client is told beside the answer (RFC 8914); 0: nothing.
std::uint16_t ede_of(AnswerView const& answer, Age const& age);
/// Lowers the TTLs of the answer's body, of which `copied` octets stand in `body`.
void count_down(AnswerView const& answer, Age const& age, std::size_t copied, std::span<char> body);

/// Writes header, question (upper and lower case as asked), records and OPT: `opt` with our EDE. What is larger than
/// the client takes goes without additional records, then as TC. Gives the size.
std::size_t write_reply(Query const& query, OptReply opt, AnswerView const& answer, Age const& age,
                        std::span<char> room);

} // namespace dnsd::resolve
