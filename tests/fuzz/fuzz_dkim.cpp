#include "maild/auth/arc.h"
#include "maild/auth/dkim.h"
#include "tests/maild/auth_fixture.h"
#include "tests/support/fuzz.h"

#include <cstdlib>

// A whole message with signatures of every kind; DNS knows one key, which signed none of them.
FUZZ_TARGET(dkim)
{
    static auto const key = maild::auth::SigningKey::make(maild::auth::Algorithm::ed25519_sha256);
    support::TableDns dns;
    dns.add("s._domainkey.d.example", "TXT", key.record());
    std::string const text(bytes);
    maild::auth::Message const message(support::bytes_of(text));
    for (auto const& result : maild::auth::verify_dkim(message, dns, 1'800'000'000'000'000))
        if (result.verdict == maild::auth::Verdict::pass) std::abort();
    if (maild::auth::verify_arc(message, dns).verdict == maild::auth::Verdict::pass) std::abort();
    message.from_domain();
}
