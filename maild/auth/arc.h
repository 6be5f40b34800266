#pragma once
// ARC (RFC 8617): what servers on the way have seen, sealed by each of them. Validated, not sealed: this box changes
// nothing in mail that it passes on.

#include "maild/auth/dkim.h"

#include <string>

namespace maild::auth
{

struct ArcResult {
    Verdict verdict = Verdict::none; ///< none, pass, fail, temperror
    std::string reason;
    std::string sealer; ///< d= of the last seal
    std::size_t sets = 0;
};
/// The chain as it stands (RFC 8617 5.2). Reads the body once when there is one.
ArcResult verify_arc(Message const& message, Dns& dns);

} // namespace maild::auth
