// A person in the middle of DATA.

#include "tests/maild/smtp_fuzz.h"

FUZZ_TARGET(smtp_submit)
{
    support::fuzz_submission(
        "EHLO c\r\nAUTH PLAIN AGFsaQAxMjM=\r\nMAIL FROM:<ali@school.example>\r\nRCPT TO:<x@y.z>\r\nDATA\r\n", bytes);
}
