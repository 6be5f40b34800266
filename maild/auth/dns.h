#pragma once
// The questions to DNS that the mechanisms ask. Answers come from maild/dns (dns_source.h) or, in tests, from a
// table.

#include "appliance/net/address.h"

#include <string>
#include <vector>

namespace maild::auth
{

template <class T>
struct Answer {
    bool failed = false;    ///< nobody could say (timeout, SERVFAIL): a later try may know more
    std::vector<T> records; ///< none: no such name, or no such records
};
using Texts = Answer<std::string>;        ///< TXT, the strings of a record put together
using Addresses = Answer<net::IpAddress>; ///< A or AAAA
using Names = Answer<std::string>;        ///< MX (in order of preference) or PTR, without the last dot

enum class Family { v4, v6 };

/// Names come without the last dot, in ASCII. One thread at a time.
class Dns
{
public:
    virtual ~Dns() = default;
    virtual Texts texts(std::string const& name) = 0;
    virtual Addresses addresses(std::string const& name, Family family) = 0;
    virtual Names exchangers(std::string const& name) = 0;
    virtual Names names_of(net::IpAddress const& address) = 0;
};

} // namespace maild::auth
