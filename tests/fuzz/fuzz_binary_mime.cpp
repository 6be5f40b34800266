// A binary message as text: nothing binary is left, and every part still has its bytes.

#include "appliance/message/mime.h"
#include "maild/smtp/binary_mime.h"
#include "tests/support/fuzz.h"

#include <cstdlib>

FUZZ_TARGET(binary_mime)
{
    auto const text = maild::smtp::without_binary(bytes);
    if (!text) return;
    if (text->find('\0') != std::string::npos) std::abort();
    for (std::size_t at = text->find('\n'); at != std::string::npos; at = text->find('\n', at + 1))
        if (at == 0 || (*text)[at - 1] != '\r') std::abort();
    if (maild::smtp::without_binary(*text) != text) std::abort(); // once is enough
}
