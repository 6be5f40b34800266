// The header of a hostile message, read as the way that it took.

#include "httpd/webmail/received.h"
#include "tests/support/fuzz.h"

#include <cstdlib>

FUZZ_TARGET(received)
{
    static_cast<void>(httpd::webmail::hops_of(bytes));
    auto const hop = httpd::webmail::parse_received(bytes);
    bool const short_enough = hop.from.size() <= 255 && hop.by.size() <= 255;
    if (!short_enough || hop.from_address.find(']') != std::string::npos) std::abort();
}
