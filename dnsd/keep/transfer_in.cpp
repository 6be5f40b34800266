#include "dnsd/keep/transfer_in.h"

#include "dnsd/keep/journal.h"
#include "dnsd/zone/name.h"
#include "dnsd/zone/soa.h"
#include "dnsd/zone/wire_record.h"
#include "dnsd/zone/zone_key.h"

#include <algorithm>
#include <tuple>

namespace dnsd
{

namespace
{
bool is_meta(std::uint16_t wanted) { return wanted == 0 || wanted == type::opt || (wanted >= 128 && wanted <= 255); }

auto order(Row const& row) { return std::tie(row.owner, row.type, row.rdata); }
} // namespace

TransferReader::TransferReader(std::string zone, bool incremental, TransferBounds bounds)
    : zone_(std::move(zone)), incremental_(incremental), bounds_(bounds)
{
}

TransferReader::State TransferReader::fail(std::string why)
{
    trouble_ = std::move(why);
    return State::broken;
}

TransferReader::State TransferReader::take(std::string_view message)
{
    MessageReader reader(message);
    auto const header = reader.header();
    if (!header || !header->is_reply() || header->opcode() != opcode::query) return fail("this is no reply");
    if (header->rcode() != rcode::no_error) return fail("the primary says error " + std::to_string(header->rcode()));
    if ((header->flags & MessageHeader::truncated) != 0) return fail("the reply is cut off");
    for (unsigned i = 0; i < header->questions; ++i) {
        auto const question = reader.question();
        if (!question || question->name != zone_) return fail("the reply is to another question");
    }
    if (first_message_ && header->answers == 0) return fail("the primary sends no records");
    first_message_ = false;
    for (unsigned i = 0; i < header->answers; ++i) {
        auto record = reader.record();
        if (!record || !is_well_formed(record->type, record->rdata)) return fail("a record cannot be read");
        if (ended_) return fail("there are records behind the end");
        if (!take_record(*record)) return State::broken;
    }
    for (unsigned i = 0; i < header->authorities + header->additionals; ++i)
        if (!reader.skip_record()) return fail("a record cannot be read");
    if (!reader.at_end()) return fail("there is something behind the message");
    // A lone SOA is the whole answer: nothing newer (RFC 1995 section 4), or, over AXFR, the rest is to come.
    if (incremental_ && records_ == 1) {
        kind_ = Kind::current;
        ended_ = true;
    }
    return ended_ ? finish() : State::more;
}

bool TransferReader::take_record(MessageRecord& record)
{
    if (record.klass != klass::in || is_meta(record.type))
        return fail("a record is of a kind that no zone has"), false;
    octets_ += record.owner.size() + record.rdata.size();
    if (++records_ > bounds_.records || octets_ > bounds_.octets) return fail("the zone is too large"), false;
    if (!is_below_or_same(record.owner, zone_))
        return records_ > 1 || (fail("it does not begin with the SOA"), false);
    Row row{zone_key(record.owner, zone_), record.type, std::move(record.rdata), sound_ttl(record.ttl),
            Origin::written};
    if (row.type == type::soa) return take_soa(std::move(row));
    if (records_ == 1) return fail("it does not begin with the SOA"), false;
    if (kind_ == Kind::unknown) kind_ = Kind::whole;
    keep(std::move(row));
    return true;
}

bool TransferReader::take_soa(Row soa)
{
    if (!soa.owner.empty()) return fail("there is a SOA below the zone's own name"), false;
    if (records_ == 1) {
        soa_ = std::move(soa);
        return true;
    }
    bool const is_last = soa_serial(soa.rdata) == soa_serial(soa_.rdata);
    if (kind_ == Kind::unknown) { // the second record
        kind_ = incremental_ && !is_last ? Kind::steps : Kind::whole;
        if (kind_ == Kind::steps) return begin_step(std::move(soa));
    }
    if (kind_ == Kind::whole) {
        if (!is_last) return fail("it ends with another SOA than it began with"), false;
        ended_ = true;
        return true;
    }
    auto& step = steps_.back();
    if (!adding_) {
        step.new_soa = std::move(soa);
        adding_ = true;
        return true;
    }
    if (is_last && soa_serial(step.new_soa.rdata) == soa_serial(soa_.rdata)) {
        ended_ = true;
        return true;
    }
    if (soa_serial(soa.rdata) != soa_serial(step.new_soa.rdata)) return fail("a step is missing"), false;
    return begin_step(std::move(soa));
}

bool TransferReader::begin_step(Row soa)
{
    steps_.emplace_back();
    steps_.back().old_soa = std::move(soa);
    adding_ = false;
    return true;
}

void TransferReader::keep(Row row)
{
    if (kind_ == Kind::whole)
        whole_.push_back(std::move(row));
    else
        (adding_ ? steps_.back().added : steps_.back().removed).push_back(std::move(row));
}

TransferReader::State TransferReader::finish()
{
    if (kind_ != Kind::whole) return State::done;
    bool const has_ns = std::any_of(whole_.begin(), whole_.end(),
                                    [](Row const& row) { return row.owner.empty() && row.type == type::ns; });
    return has_ns ? State::done : fail("the zone has no NS record");
}

namespace
{
void set_soa(ZoneEdit& edit, Row const& soa)
{
    for (auto const& old : edit.at("", type::soa))
        if (old.rdata != soa.rdata) edit.erase(old);
    edit.insert(soa);
}

bool apply_step(ZoneEdit& edit, TransferStep const& step)
{
    auto const have = edit.at("", type::soa);
    if (have.size() != 1 || soa_serial(have.front().rdata) != soa_serial(step.old_soa.rdata)) return false;
    for (auto const& row : step.removed)
        if (!edit.erase(row)) return false;
    for (auto const& row : step.added)
        if (!edit.insert(row)) return false;
    set_soa(edit, step.new_soa);
    return true;
}

/// Both in order: what is in one only goes or comes.
void apply_whole(ZoneEdit& edit, std::vector<Row>& rows, Row const& soa)
{
    std::sort(rows.begin(), rows.end(), [](Row const& a, Row const& b) { return order(a) < order(b); });
    auto const same = [](Row const& a, Row const& b) { return order(a) == order(b); };
    rows.erase(std::unique(rows.begin(), rows.end(), same), rows.end());
    std::vector<Row> gone;
    std::vector<bool> known(rows.size(), false);
    auto next = rows.begin();
    edit.for_each([&](Row const& have) {
        if (have.type == type::soa) return;
        while (next != rows.end() && order(*next) < order(have)) ++next;
        if (next != rows.end() && same(*next, have)) {
            known[static_cast<std::size_t>(next - rows.begin())] = next->ttl == have.ttl;
            return;
        }
        gone.push_back(have);
    });
    for (auto const& row : gone) edit.erase(row);
    for (std::size_t i = 0; i < rows.size(); ++i)
        if (!known[i]) edit.insert(rows[i]);
    set_soa(edit, soa);
}
} // namespace

bool apply_transfer(ZoneEdit& edit, TransferReader& transfer)
{
    if (transfer.kind() == TransferReader::Kind::whole) {
        apply_whole(edit, transfer.whole(), transfer.soa());
        return true;
    }
    for (auto const& step : transfer.steps())
        if (!apply_step(edit, step)) return false;
    return true;
}

} // namespace dnsd
