#pragma once
// The SOA record as we keep it, and the serial numbers that we give out.

#include "appliance/base/clock.h"
#include "dnsd/zone/record.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace dnsd
{

inline constexpr std::uint32_t default_ttl = 3600;

/// The SOA of a new zone with serial 0 (the store gives the first real one). Negative answers live five minutes, so
/// that a name that a class has just added is not denied for an hour.
Record first_soa(std::string const& zone, std::string const& name_server, std::string const& contact);

/// The fields of a SOA's data in wire form; 0 for data that is none.
std::uint32_t soa_serial(std::string_view rdata);
std::uint32_t soa_minimum(std::string_view rdata);
std::string with_serial(std::string rdata, std::uint32_t serial);

/// RFC 1982: `a` is newer than `b`.
bool is_newer_serial(std::uint32_t a, std::uint32_t b);
/// YYYYMMDDnn of today when that is newer, else one more than `current`.
std::uint32_t next_serial(std::uint32_t current, base::Timestamp now);

} // namespace dnsd
