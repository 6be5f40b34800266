#include "dnsd/zone/soa.h"

#include "appliance/base/text.h"

namespace dnsd
{

namespace
{
constexpr std::size_t serial_field = 2; ///< MNAME RNAME SERIAL REFRESH RETRY EXPIRE MINIMUM
}

Record first_soa(std::string const& zone, std::string const& name_server, std::string const& contact)
{
    return {zone, "SOA", default_ttl, name_server + " " + contact + " 0 3600 900 1209600 300", false};
}

std::optional<std::uint32_t> serial_of(Record const& soa)
{
    auto const fields = base::split(soa.rdata, ' ');
    if (fields.size() != 7) return std::nullopt;
    auto const serial = base::parse_number(fields[serial_field], UINT32_MAX);
    return serial ? std::optional(static_cast<std::uint32_t>(*serial)) : std::nullopt;
}

Record with_serial(Record soa, std::uint32_t serial)
{
    auto const fields = base::split(soa.rdata, ' ');
    std::string rdata;
    for (std::size_t i = 0; i < fields.size(); ++i) {
        if (i > 0) rdata += ' ';
        rdata += i == serial_field ? std::to_string(serial) : std::string(fields[i]);
    }
    soa.rdata = std::move(rdata);
    return soa;
}

bool is_newer_serial(std::uint32_t a, std::uint32_t b) { return a != b && a - b < 0x80000000U; }

std::uint32_t next_serial(std::uint32_t current, base::Timestamp now)
{
    auto const date = base::replace_all(base::iso_date(now).substr(0, 10), "-", "");
    auto const first = static_cast<std::uint32_t>(base::parse_number(date, 42949671).value_or(0) * 100 + 1);
    return is_newer_serial(first, current) ? first : current + 1;
}

} // namespace dnsd
