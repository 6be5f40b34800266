#pragma once
// Password hashes in crypt(5) form: yescrypt for new ones, whatever libcrypt knows for imported ones.

#include "appliance/base/result.h"

#include <string>
#include <string_view>

namespace directory
{

/// How much work a guess is. `many`: for hundreds of users at once, a quarter of Debian's usual work. It gives no
/// attacker an easier way: who can read the hash can read the SCRAM keys beside it (scram.h), and a guess against
/// those is four times cheaper still.
enum class HashEffort { one, many };

/// A new yescrypt hash with a random salt. Measured: `one` 17 ms of CPU and 16 MiB, `many` 4 ms and 4 MiB.
std::string hash_password(std::string const& password, HashEffort effort = HashEffort::one);
/// Constant-time comparison; a malformed hash is false.
bool verify_password(std::string const& password, std::string const& hash);

/// The school's password policy: at least 8 characters, not the login, not one of the commonest. `lab`: anything but
/// empty.
base::Result<void> check_password(std::string_view password, std::string_view login, bool lab);

/// A random password of 42 bits that is easily read out and typed, like "kopi-7342-sawah-5926-laut".
std::string generate_password();

} // namespace directory
