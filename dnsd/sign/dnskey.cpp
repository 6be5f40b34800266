#include "dnsd/sign/dnskey.h"

#include "appliance/base/secret.h"
#include "appliance/base/text.h"
#include "dnsd/sign/octets.h"

namespace dnsd
{

namespace
{
constexpr std::size_t dnssec_protocol = 3;
constexpr std::size_t digest_sha256 = 2;
} // namespace

std::string dnskey_data(std::uint16_t flags, dnssec::Algorithm algorithm, std::string_view public_key)
{
    std::string data;
    put16(data, flags);
    put8(data, dnssec_protocol);
    put8(data, static_cast<std::size_t>(algorithm));
    data += public_key;
    return data;
}

std::uint16_t key_tag(std::string_view dnskey)
{
    std::uint32_t sum = 0;
    for (std::size_t i = 0; i < dnskey.size(); ++i) sum += i % 2 == 0 ? octet(dnskey, i) << 8U : octet(dnskey, i);
    sum += sum >> 16U;
    return static_cast<std::uint16_t>(sum & 0xFFFFU);
}

std::string ds_data(std::string_view owner, std::string_view dnskey)
{
    std::string data;
    put16(data, key_tag(dnskey));
    put8(data, octet(dnskey, 3));
    put8(data, digest_sha256);
    data += base::sha256(std::string(owner) + std::string(dnskey));
    return data;
}

std::string show_ds(std::string_view ds)
{
    return std::to_string(number16(ds, 0)) + " " + std::to_string(octet(ds, 2)) + " " + std::to_string(octet(ds, 3)) +
           " " + base::upper(base::hex(ds.substr(4)));
}

std::string cds_of_leaving() { return std::string(5, '\0'); }

std::string cdnskey_of_leaving()
{
    std::string data(5, '\0');
    data[2] = static_cast<char>(dnssec_protocol);
    return data;
}

} // namespace dnsd
