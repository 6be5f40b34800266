#pragma once
// The token that every form carries (CSRF). Pages are compressed, and what is compressed beside words of somebody
// else can be guessed from its length (BREACH): so each page shows the secret under another random mask.

#include <string>
#include <string_view>

namespace httpd
{

/// 32 hexadecimal digits: 8 random bytes, and the first 8 of the secret (given in hexadecimal digits) under them.
/// Empty for an empty secret.
std::string masked_csrf(std::string_view secret);
/// Takes as long for every wrong one.
bool is_csrf(std::string_view token, std::string_view secret);

} // namespace httpd
