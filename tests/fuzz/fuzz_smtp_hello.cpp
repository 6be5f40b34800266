// After EHLO on port 25.

#include "tests/maild/smtp_fuzz.h"

FUZZ_TARGET(smtp_hello) { support::fuzz_relay("EHLO c\r\n", bytes); }
