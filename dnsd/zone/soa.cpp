#include "dnsd/zone/soa.h"

#include "appliance/base/text.h"
#include "dnsd/zone/name.h"

namespace dnsd
{

namespace
{
// MNAME RNAME SERIAL REFRESH RETRY EXPIRE MINIMUM: the numbers counted from the end.
constexpr std::size_t numbers_size = 20;
constexpr std::size_t serial_at = 20;
constexpr std::size_t minimum_at = 4;

std::uint32_t number_at(std::string_view rdata, std::size_t from_end)
{
    if (rdata.size() < numbers_size) return 0;
    std::uint32_t number = 0;
    for (std::size_t i = 0; i < 4; ++i)
        number = number << 8U | static_cast<std::uint32_t>(byte_at(rdata, rdata.size() - from_end + i));
    return number;
}
} // namespace

Record first_soa(std::string const& zone, std::string const& name_server, std::string const& contact)
{
    return {zone, "SOA", default_ttl, name_server + " " + contact + " 0 3600 900 1209600 300"};
}

std::uint32_t soa_serial(std::string_view rdata) { return number_at(rdata, serial_at); }
std::uint32_t soa_minimum(std::string_view rdata) { return number_at(rdata, minimum_at); }

std::string with_serial(std::string rdata, std::uint32_t serial)
{
    if (rdata.size() < numbers_size) return rdata;
    for (std::size_t i = 0; i < 4; ++i)
        rdata[rdata.size() - serial_at + i] = static_cast<char>(serial >> (24U - 8U * i));
    return rdata;
}

bool is_newer_serial(std::uint32_t a, std::uint32_t b) { return a != b && a - b < 0x80000000U; }

std::uint32_t next_serial(std::uint32_t current, base::Timestamp now)
{
    auto const date = base::replace_all(base::iso_date(now).substr(0, 10), "-", "");
    auto const first = static_cast<std::uint32_t>(base::parse_number(date, 42949671).value_or(0) * 100 + 1);
    return is_newer_serial(first, current) ? first : current + 1;
}

} // namespace dnsd
