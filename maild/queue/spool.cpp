#include "maild/queue/spool.h"

namespace maild::queue
{

bool wants_failure(unsigned notify) { return notify == notify_unsaid || (notify & notify_failure) != 0; }

bool wants_delay(unsigned notify) { return notify == notify_unsaid || (notify & notify_delay) != 0; }

} // namespace maild::queue
