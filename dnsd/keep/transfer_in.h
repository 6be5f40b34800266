#pragma once
// Reading the answer to AXFR or IXFR (RFC 5936, RFC 1995), message by message, within bounds; and putting it into a
// zone.

#include "dnsd/keep/message.h"
#include "dnsd/zone/zone_edit.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dnsd
{

/// What one transfer may bring: more is a mistake or malice, and is not taken.
struct TransferBounds {
    std::size_t records = 1'000'000;
    std::size_t octets = std::size_t{192} << 20; ///< of owners and data
};

/// One step of an incremental transfer.
struct TransferStep {
    Row old_soa;
    std::vector<Row> removed;
    Row new_soa;
    std::vector<Row> added;
};

class TransferReader
{
public:
    enum class State { more, done, broken };
    enum class Kind { unknown, current, whole, steps };

    /// `zone` in wire form; `incremental`: the answer to IXFR.
    TransferReader(std::string zone, bool incremental, TransferBounds bounds = {});

    /// Takes the next message (signature already checked and taken away).
    State take(std::string_view message);
    /// Why it is broken.
    std::string const& trouble() const { return trouble_; }

    /// After `done`: `current`: there is nothing newer.
    Kind kind() const { return kind_; }
    Row const& soa() const { return soa_; }
    /// Everything but the SOA.
    std::vector<Row>& whole() { return whole_; }
    std::vector<TransferStep>& steps() { return steps_; }

private:
    State fail(std::string why);
    bool take_record(MessageRecord& record);
    bool take_soa(Row soa);
    bool begin_step(Row soa);
    void keep(Row row);
    State finish();

    std::string zone_;
    bool incremental_;
    TransferBounds bounds_;
    Kind kind_ = Kind::unknown;
    bool first_message_ = true;
    bool ended_ = false;
    Row soa_;
    std::vector<Row> whole_;
    std::vector<TransferStep> steps_;
    bool adding_ = false; ///< in the second half of a step
    std::size_t records_ = 0;
    std::size_t octets_ = 0;
    std::string trouble_;
};

/// Makes the zone equal to the transfer, changing only what differs. Gives false, with nothing done that lasts (the
/// caller must give the change up), when the steps do not fit the zone as it is: then the whole zone is needed.
bool apply_transfer(ZoneEdit& edit, TransferReader& transfer);

} // namespace dnsd
