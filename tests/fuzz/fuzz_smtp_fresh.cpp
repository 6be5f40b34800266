// A session that has heard nothing yet.

#include "tests/maild/smtp_fuzz.h"

FUZZ_TARGET(smtp_fresh) { support::fuzz_relay("", bytes); }
