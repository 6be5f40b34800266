// After MAIL on port 25.

#include "tests/maild/smtp_fuzz.h"

FUZZ_TARGET(smtp_mail) { support::fuzz_relay("EHLO c\r\nMAIL FROM:<a@b.c> SMTPUTF8\r\n", bytes); }
