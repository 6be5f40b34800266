// Before and within chunks of a binary mail. Seeds begin with BDAT.

#include "tests/maild/smtp_fuzz.h"

FUZZ_TARGET(smtp_bdat)
{
    support::fuzz_relay("EHLO c\r\nMAIL FROM:<> BODY=BINARYMIME\r\nRCPT TO:<budi>\r\nBDAT 3\r\na: ", bytes);
}
