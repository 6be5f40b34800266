// In the middle of a login.

#include "tests/maild/smtp_fuzz.h"

FUZZ_TARGET(smtp_auth) { support::fuzz_submission("EHLO c\r\nAUTH LOGIN\r\n", bytes); }
