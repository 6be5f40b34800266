#include "maild/auth/public_suffix.h"

#include <libpsl.h>

namespace maild::auth
{

void PublicSuffixes::Release::operator()(psl_ctx_st* list) const { psl_free(list); }

/// The newer of Debian's file (package publicsuffix) and what libpsl was built with.
PublicSuffixes::PublicSuffixes() : list_(psl_latest(nullptr)) {}

std::string PublicSuffixes::organizational_domain(std::string const& name) const
{
    char const* found = list_ ? psl_registrable_domain(list_.get(), name.c_str()) : nullptr;
    return found ? found : name;
}

} // namespace maild::auth
