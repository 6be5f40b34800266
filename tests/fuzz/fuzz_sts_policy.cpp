#include "maild/remote/conversion.h"
#include "maild/remote/sts_policy.h"
#include "tests/support/fuzz.h"

#include <cstdlib>

// Policy file and TXT record of MTA-STS; a policy in force always names servers.
FUZZ_TARGET(sts_policy)
{
    auto const policy = maild::remote::parse_sts_policy(bytes);
    if (policy && policy->mode != maild::remote::StsMode::none && policy->mx.empty()) std::abort();
    if (policy) policy->allows("mx.far.example");
    auto const id = maild::remote::parse_sts_record({std::string(bytes)});
    if (id && (id->empty() || id->size() > 32)) std::abort();
    // The same bytes as a message: what was made 7-bit is 7-bit.
    auto const made = maild::remote::to_seven_bit(bytes);
    if (made && maild::remote::to_seven_bit(*made) != *made) std::abort();
}
