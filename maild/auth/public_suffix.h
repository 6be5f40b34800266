#pragma once
// The public suffix list (libpsl): where the domains that people can register begin.

#include <memory>
#include <string>

extern "C" {
struct psl_ctx_st;
}

namespace maild::auth
{

/// Loaded once, before the files are closed to us. Safe from all threads.
class PublicSuffixes
{
public:
    PublicSuffixes();

    /// "mail.smkn1.sch.id" -> "smkn1.sch.id" (RFC 7489 3.2); a public suffix is its own. `name` lower case, ASCII.
    std::string organizational_domain(std::string const& name) const;

private:
    struct Release {
        void operator()(psl_ctx_st* list) const;
    };
    std::unique_ptr<psl_ctx_st, Release> list_;
};

} // namespace maild::auth
