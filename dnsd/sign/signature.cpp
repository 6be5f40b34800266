#include "dnsd/sign/signature.h"

#include "dnsd/sign/octets.h"
#include "dnsd/zone/name.h"

namespace dnsd
{

namespace
{
constexpr std::size_t fixed_part = 18; // up to the signer's name
constexpr std::size_t class_in = 1;

/// The length of an uncompressed name at the front, 0 when there is none.
std::size_t name_size(std::string_view bytes)
{
    std::size_t size = 0;
    while (size < bytes.size()) {
        auto const label = octet(bytes, size);
        if (label > longest_label) return 0;
        size += label + 1;
        if (label == 0) return size;
    }
    return 0;
}
} // namespace

std::optional<Signature> read_signature(std::string_view rdata)
{
    if (rdata.size() <= fixed_part) return std::nullopt;
    auto const signer = name_size(rdata.substr(fixed_part));
    if (signer == 0) return std::nullopt;
    Signature signature;
    signature.covered = number16(rdata, 0);
    signature.algorithm = static_cast<std::uint8_t>(octet(rdata, 2));
    signature.labels = static_cast<std::uint8_t>(octet(rdata, 3));
    signature.original_ttl = number32(rdata, 4);
    signature.expiration = number32(rdata, 8);
    signature.inception = number32(rdata, 12);
    signature.tag = number16(rdata, 16);
    signature.signer = rdata.substr(fixed_part, signer);
    signature.bytes = rdata.substr(fixed_part + signer);
    return signature;
}

std::string signature_head(Signature const& signature)
{
    std::string head;
    head.reserve(fixed_part + signature.signer.size() + dnssec::signature_size);
    put16(head, signature.covered);
    put8(head, signature.algorithm);
    put8(head, signature.labels);
    put32(head, signature.original_ttl);
    put32(head, signature.expiration);
    put32(head, signature.inception);
    put16(head, signature.tag);
    return head.append(signature.signer);
}

std::uint8_t signed_labels(std::string_view owner)
{
    auto const labels = count_labels(owner);
    return static_cast<std::uint8_t>(starts_with_wildcard(owner) ? labels - 1 : labels);
}

std::string signed_data(std::string_view head, std::string_view owner, std::uint16_t type, std::uint32_t ttl,
                        std::vector<std::string> const& rdata)
{
    std::string data(head);
    for (auto const& one : rdata) {
        data += owner;
        put16(data, type);
        put16(data, class_in);
        put32(data, ttl);
        put16(data, one.size());
        data += one;
    }
    return data;
}

} // namespace dnsd
