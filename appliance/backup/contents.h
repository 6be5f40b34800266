#pragma once
// What a backup consists of: the school's part of the state folder.

#include <span>
#include <string_view>

namespace backup
{

/// First entry of the archive: version, moment, school; `key = value` lines.
inline constexpr std::string_view about_name = "KOTAKPOS-BACKUP";
/// The configuration of the machine that it was made on.
inline constexpr std::string_view config_name = "kotakpos.conf";
inline constexpr int format_version = 1;

/// Names directly below the state folder, in the order of saving. The spool comes before the mail: a message that is
/// delivered in between is in both, and is not delivered twice because the mail store knows its key.
std::span<std::string_view const> parts();

} // namespace backup
