#pragma once
// The settings 'rrl.rate' and 'rrl.slip' of the dns database: how fast strangers get answers (serve/rate_limit.h).
// Written by the command line, in force within a second.

#include "appliance/base/result.h"

namespace db
{
class Database;
class Reader;
} // namespace db

namespace dnsd
{

struct LimitSetting {
    static constexpr unsigned fastest = 100000;
    static constexpr unsigned most_slip = 10;
    /// Answers of one kind a second to one network; 0: no limit. BIND's manual says 10, NSD has 200, Knot says 20.
    unsigned rate = 20;
    /// Every which limited answer is sent as TC; 0: none, 1: all.
    unsigned slip = 2;
    bool operator==(LimitSetting const&) const = default;
};

/// What is not set, or no number, is as above. Throws StoreError.
LimitSetting read_limit_setting(db::Reader& reader);
/// Refused: out of range. Throws StoreError.
base::Result<void> set_limit_setting(db::Database& dns, LimitSetting const& setting);

} // namespace dnsd
