#include "appliance/base/text.h"
#include "appliance/db/database.h"
#include "dnsd/zone/limit_setting.h"

#include <string>

namespace dnsd
{

namespace
{
constexpr char const* rate_key = "rrl.rate";
constexpr char const* slip_key = "rrl.slip";

unsigned read(db::Reader& reader, char const* key, unsigned usual, unsigned most)
{
    auto const text = reader.text("SELECT value FROM setting WHERE key = ?", key);
    return static_cast<unsigned>(base::parse_number(text.value_or(""), most).value_or(usual));
}

void write(db::Transaction& transaction, char const* key, unsigned value)
{
    auto const text = std::to_string(value);
    if (transaction.exec("UPDATE setting SET value = ? WHERE key = ?", text, key) == 0)
        transaction.exec("INSERT INTO setting (key, value) VALUES (?, ?)", key, text);
}
} // namespace

LimitSetting read_limit_setting(db::Reader& reader)
{
    LimitSetting const usual;
    return {read(reader, rate_key, usual.rate, LimitSetting::fastest),
            read(reader, slip_key, usual.slip, LimitSetting::most_slip)};
}

base::Result<void> set_limit_setting(db::Database& dns, LimitSetting const& setting)
{
    if (setting.rate > LimitSetting::fastest)
        return base::refused("--rate", "this is too much", "give a number from 0 (no limit) to 100000");
    if (setting.slip > LimitSetting::most_slip)
        return base::refused("--slip", "this is too much", "give a number from 0 (never) to 10");
    dns.run([&](db::Transaction& transaction) {
        write(transaction, rate_key, setting.rate);
        write(transaction, slip_key, setting.slip);
    });
    return {};
}

} // namespace dnsd
