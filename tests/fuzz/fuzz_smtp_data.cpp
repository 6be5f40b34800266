// In the middle of DATA.

#include "tests/maild/smtp_fuzz.h"

FUZZ_TARGET(smtp_data) { support::fuzz_relay("HELO c\r\nMAIL FROM:<>\r\nRCPT TO:<budi>\r\nDATA\r\n", bytes); }
