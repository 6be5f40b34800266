#pragma once
// Proofs that something does not exist, from the zone's NSEC (RFC 4035 3.1.3) or NSEC3 (RFC 5155 7.2) records.
// Without DNSSEC in the zone or in the question there is nothing to prove.

#include "dnsd/serve/answer_writer.h"

#include <optional>

namespace dnsd
{

/// Collects the records of one answer: each is put in once. Functions that give bool: false means that it does not
/// fit.
class DenialWriter
{
public:
    explicit DenialWriter(AnswerWriter& writer) : writer_(writer) {}

    /// The name exists and has no such type (also a delegation without DS). `node`: what the name is.
    bool no_type(Zone const& zone, Asked const& asked, std::size_t label, Node const& node);
    /// Neither the name nor a wildcard; `encloser`: label of the longest suffix that exists.
    bool no_name(Zone const& zone, Asked const& asked, std::size_t encloser);
    /// The name does not exist, so that the wildcard below `encloser` was right.
    bool no_closer_name(Zone const& zone, Asked const& asked, std::size_t encloser);
    /// The same, and the wildcard `node` has no such type.
    bool no_type_of_wildcard(Zone const& zone, Asked const& asked, std::size_t encloser);

private:
    bool put(Zone const& zone, Asked const& asked, Node const* node, std::uint16_t type);
    bool put_nsec(Zone const& zone, Asked const& asked, std::string_view name);
    bool put_hash(Zone const& zone, Asked const& asked, HashLabel const& hash);
    std::optional<std::size_t> put_encloser(Zone const& zone, Asked const& asked, std::size_t encloser);

    static constexpr std::size_t most_records = 64;

    AnswerWriter& writer_;
    std::array<Node const*, most_records> written_;
    std::size_t count_ = 0;
};

} // namespace dnsd
