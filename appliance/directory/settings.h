#pragma once
// Every setting of the school database that people may change, what it may be, and typed reading for daemons. What
// belongs to this machine (addresses, ports, paths) is in kotakpos.conf (config/config.h).

#include "appliance/base/clock.h"
#include "appliance/base/result.h"

#include <cstdint>
#include <map>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace directory
{

class Directory;

struct SettingType {
    enum class Kind {
        yes_no,
        number,   ///< least to most
        size,     ///< bytes ("50M"), least to most
        duration, ///< seconds ("30m"), least to most
        choice,   ///< one of `choices`
        words,    ///< any number of words
        domain,   ///< a domain or host name, or empty
        address,  ///< a login, class or alias of the school, or empty
        text,     ///< one line
        secret,   ///< one line that is never shown
        by_setup, ///< chosen by `kotakpos setup`, shown only
    };
    Kind kind = Kind::text;
    std::uint64_t least = 0;
    std::uint64_t most = 0;
    std::string_view choices = {}; ///< "direct offline"
};

/// A row of the registry.
struct SettingRow {
    std::string_view key;
    SettingType type;
    std::string_view usual;       ///< the default
    std::string_view description; ///< an English sentence, translated when shown
};

/// All of them, in the order in which they are shown.
std::span<SettingRow const> setting_rows();
SettingRow const* find_setting(std::string_view key);
/// "a number from 1 to 1000": what may be written, as a pattern and its arguments for the catalogue.
struct Phrase {
    std::string_view pattern;
    std::vector<std::string> arguments;
};
Phrase describe(SettingType const& type);

/// The value as it is kept, or why it is refused. Nothing is changed.
base::Result<std::string> checked_value(SettingRow const& row, std::string_view value);
/// Checks and sets; refuses unknown keys, bad values and what only setup chooses. `unset` brings the default back.
base::Result<void> change_setting(Directory& directory, std::string_view key, std::string_view value);
base::Result<void> unset_setting(Directory& directory, std::string_view key);

/// The settings as daemons read them: every key costs one query each half second at most, so it may be asked for
/// every message. A value that cannot be read (written by an older version) counts as the default. Any thread. Throws
/// base::StoreError; asking for a key that is not in the registry, or in another type, is a broken program.
class Settings
{
public:
    explicit Settings(Directory& directory, base::Clock const& clock = base::system_clock())
        : directory_(directory), clock_(clock)
    {
    }

    bool yes(std::string_view key);
    std::uint64_t number(std::string_view key); ///< numbers and sizes
    base::Microseconds duration(std::string_view key);
    std::string text(std::string_view key); ///< every other type
    std::vector<std::string> words(std::string_view key);

private:
    std::string value(std::string_view key);

    Directory& directory_;
    base::Clock const& clock_;
    std::mutex mutex_;
    base::Timestamp read_ = 0; ///< when values_ was begun
    std::map<std::string, std::string, std::less<>> values_;
};

} // namespace directory
