#pragma once
// The log line of the contract: TIME LEVEL PROGRAM[PID] SESSION event=NAME key=value ..., one line per event on
// stderr.

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace base
{

/// error: someone must act; warning: unusual, handled; info: one per connection, message, login; debug: the rest.
enum class Level { debug, info, warning, error };

struct LogField {
    std::string_view key;
    std::string value;
};

/// Called once by `Daemon`, before threads exist.
void set_log_program(std::string program);
void set_log_level(Level least);

/// Writes one line in one write(2). `session` may be empty ("-" is printed). Values are quoted and cut; never pass a
/// password or a body. Safe from all threads.
void log(Level level, std::string_view session, std::string_view event, std::initializer_list<LogField> fields = {});

} // namespace base
