#include "dnsd/zone/wire_record.h"

#include "appliance/base/text.h"
#include "appliance/net/address.h"
#include "dnsd/zone/ldns_ptr.h"
#include "dnsd/zone/name.h"

namespace dnsd
{

namespace
{
std::string_view view(ldns_rdf const* data)
{
    return {static_cast<char const*>(static_cast<void const*>(ldns_rdf_data(data))), ldns_rdf_size(data)};
}

base::Error refuse(Record const& record)
{
    return base::refused(record.owner + " " + record.type + " " + record.rdata, "the data does not fit the type");
}

/// The data as ldns keeps it, field after field, is the wire form; names are uncompressed.
std::string wire_data(ldns_rr const* record)
{
    std::string data;
    for (std::size_t i = 0; i < ldns_rr_rd_count(record); ++i) data += view(ldns_rr_rdf(record, i));
    return data;
}

std::optional<WireRecord> address_to_wire(Record const& record)
{
    bool const v4 = record.type == "A";
    if (!v4 && record.type != "AAAA") return std::nullopt;
    auto const address = net::IpAddress::parse(record.rdata);
    auto name = wire_name(record.owner);
    if (!address || name.fault != NameFault::none || (record.rdata.find(':') == std::string::npos) != v4)
        return std::nullopt;
    WireRecord wire{std::move(name.wire), v4 ? type::a : type::aaaa, record.ttl, {}};
    for (std::size_t i = v4 ? 12 : 0; i < 16; ++i) wire.rdata += static_cast<char>(address->bytes()[i]);
    return wire;
}
} // namespace

base::Result<WireRecord> to_wire(Record const& record)
{
    if (auto address = address_to_wire(record)) return std::move(*address);
    auto name = wire_name(record.owner);
    if (name.fault != NameFault::none) return refuse(record);
    ldns_rr* raw = nullptr;
    auto const text = record.line();
    if (ldns_rr_new_frm_str(&raw, text.c_str(), 0, nullptr, nullptr) != LDNS_STATUS_OK) return refuse(record);
    LdnsRecord const parsed(raw);
    ldns_rr2canonical(raw); // names in the data in lower case
    auto data = wire_data(raw);
    if (data.size() > 65535) return refuse(record);
    return WireRecord{std::move(name.wire), static_cast<std::uint16_t>(ldns_rr_get_type(raw)), record.ttl,
                      std::move(data)};
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
