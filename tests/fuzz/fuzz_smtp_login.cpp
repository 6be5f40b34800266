// A person who has logged in.

#include "tests/maild/smtp_fuzz.h"

FUZZ_TARGET(smtp_login) { support::fuzz_submission("EHLO c\r\nAUTH PLAIN AGFsaQAxMjM=\r\n", bytes); }
