#include "appliance/base/log.h"

#include "appliance/base/clock.h"
#include "appliance/base/text.h"

#include <atomic>
#include <unistd.h>

namespace base
{

namespace
{
std::string program_name = "kotakpos";
std::atomic<Level> least_level{Level::info};
constexpr std::string_view level_names[] = {"debug", "info", "warning", "error"};
} // namespace

void set_log_program(std::string program) { program_name = std::move(program); }
void set_log_level(Level least) { least_level = least; }

void log(Level level, std::string_view session, std::string_view event, std::initializer_list<LogField> fields)
{
    if (level < least_level) return;
    std::string line = iso_date(system_clock().now());
    line += ' ';
    line += level_names[static_cast<std::size_t>(level)];
    line += ' ' + program_name + '[' + std::to_string(::getpid()) + "] ";
    line += session.empty() ? "-" : session;
    line += " event=";
    line += event;
    for (auto const& field : fields) {
        line += ' ';
        line += field.key;
        line += '=';
        line += quoted_for_log(field.value);
    }
    line += '\n';
    [[maybe_unused]] auto const written = ::write(STDERR_FILENO, line.data(), line.size());
}

} // namespace base
