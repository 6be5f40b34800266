#include "dnsd/keep/update.h"

namespace dnsd
{

void update_zone(UpdateParts const&, Request&, Replies& replies) { replies.refuse(rcode::refused); }

} // namespace dnsd
