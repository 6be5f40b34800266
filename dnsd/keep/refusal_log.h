#pragma once
// Log lines about what strangers were refused. Anybody can cause them, by UDP under any address: so only some of them
// are written, or they would fill the log and hide everything else in it.

#include "appliance/base/log.h"

namespace dnsd
{

/// Writes the line, or counts it among those that were left out. From any thread.
void log_refusal(base::Level level, std::string_view event, std::initializer_list<base::LogField> fields);

} // namespace dnsd
