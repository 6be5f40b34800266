#include "dnsd/zone/wire_record.h"

#include "dnsd/zone/name.h"
#include "dnsd/zone/rdata_text.h"
#include "dnsd/zone/zone_text.h"

namespace dnsd
{

base::Result<WireRecord> to_wire(Record const& record)
{
    auto const type = read_type(record.type);
    auto owner = read_name(record.owner, std::string_view("\0", 1));
    if (!owner) return owner.error();
    if (!type)
        return base::refused(record.type, "there is no record type of that name",
                             "write for example: pc1 A 192.168.10.20");
    std::string storage = record.rdata;
    auto rdata = read_rdata(*type, split_words(storage), std::string_view("\0", 1));
    if (!rdata) return rdata.error();
    return WireRecord{std::move(*owner), *type, record.ttl, std::move(*rdata)};
}

Record to_text(WireRecord const& record)
{
    return {show_name(record.owner), show_type(record.type), record.ttl, show_rdata(record.type, record.rdata)};
}

NamesInData names_in_data(std::uint16_t type)
{
    switch (type) {
    case type::ns:
    case type::cname:
    case type::ptr: return {0, 1, true};
    case type::soa: return {0, 2, true};
    case type::mx: return {2, 1, true};
    case type::srv: return {6, 1, false}; // RFC 2782: not compressed
    default: return {};
    }
}

std::string_view target_of(std::uint16_t type, std::string_view rdata)
{
    auto const names = names_in_data(type);
    return names.names == 1 && rdata.size() > names.before ? rdata.substr(names.before) : std::string_view();
}

} // namespace dnsd
