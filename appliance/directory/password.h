#pragma once
// Password hashes in crypt(5) form: yescrypt for new ones, whatever libcrypt knows for imported ones.

#include "appliance/base/result.h"

#include <string>
#include <string_view>

namespace directory
{

/// A new yescrypt hash with a random salt (about 5 ms of CPU, 4 MiB of memory here).
std::string hash_password(std::string const& password);
/// Constant-time comparison; a malformed hash is false.
bool verify_password(std::string const& password, std::string const& hash);

/// The school's password policy: at least 8 characters, not the login, not one of the commonest. `lab`: anything but
/// empty.
base::Result<void> check_password(std::string_view password, std::string_view login, bool lab);

/// An easily typed random password like "kopi-7342-sawah".
std::string generate_password();

} // namespace directory
