// After RCPT on port 25.

#include "tests/maild/smtp_fuzz.h"

FUZZ_TARGET(smtp_rcpt) { support::fuzz_relay("EHLO c\r\nMAIL FROM:<a@b.c>\r\nRCPT TO:<budi>\r\n", bytes); }
