#include "httpd/csrf.h"

#include "appliance/base/secret.h"
#include "appliance/base/text.h"

namespace httpd
{

namespace
{
constexpr std::size_t mask_size = 8;

std::string exclusive_or(std::string_view a, std::string_view b)
{
    std::string out(a);
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<char>(out[i] ^ b[i]);
    return out;
}

std::string first_bytes(std::string_view secret)
{
    return base::from_hex(secret.substr(0, 2 * mask_size)).value_or("");
}
} // namespace

std::string masked_csrf(std::string_view secret)
{
    auto const bytes = first_bytes(secret);
    if (bytes.size() != mask_size) return {};
    auto const mask = base::random_bytes(mask_size);
    return base::hex(mask) + base::hex(exclusive_or(mask, bytes));
}

bool is_csrf(std::string_view token, std::string_view secret)
{
    auto const expected = first_bytes(secret);
    auto const given = base::from_hex(token).value_or("");
    if (expected.size() != mask_size || given.size() != 2 * mask_size) return false;
    return base::equal_secret(exclusive_or(given.substr(0, mask_size), given.substr(mask_size)), expected);
}

} // namespace httpd
