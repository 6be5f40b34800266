// Submission where passwords are safe, as after STARTTLS.

#include "tests/maild/smtp_fuzz.h"

FUZZ_TARGET(smtp_secure) { support::fuzz_submission("EHLO c\r\n", bytes); }
