// In the middle of a login that has several steps.

#include "tests/maild/smtp_fuzz.h"

FUZZ_TARGET(smtp_scram)
{
    support::fuzz_submission("EHLO c\r\nAUTH SCRAM-SHA-256 biwsbj1hbGkscj1yT3ByTkdmd0ViZVJXZ2JORWtxTw==\r\n", bytes);
}
