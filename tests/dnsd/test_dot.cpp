#include "dnsd/serve/dot.h"
#include "tests/support/catch.h"

TEST_CASE("Without a usable certificate there is no DNS over TLS, and no exception", "[dnsd][dot]")
{
    CHECK(dnsd::open_dot("no-such.crt", "no-such.key") == nullptr);
    CHECK(dnsd::open_dot("/dev/null", "/dev/null") == nullptr);
}
