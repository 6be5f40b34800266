#include "httpd/access_log.h"

#include "appliance/base/clock.h"
#include "appliance/base/log.h"
#include "httpd/limits.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace httpd
{

namespace
{
constexpr mode_t readable_by_group = 0640;

/// "[29/Nov/2026:07:04:29 +0700]"
std::string moment()
{
    auto const now = static_cast<std::time_t>(base::system_clock().now() / 1000000);
    std::tm parts{};
    ::localtime_r(&now, &parts);
    char text[40];
    auto const size = std::strftime(text, sizeof text, "[%d/%b/%Y:%H:%M:%S %z]", &parts);
    return std::string(text, size);
}

/// Nothing that could end the field or the line, and not without end.
std::string safe(std::string_view text)
{
    constexpr std::size_t longest = 300;
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out;
    for (char const c : text.substr(0, longest)) {
        auto const byte = static_cast<unsigned char>(c);
        if (byte > 0x20 && byte < 0x7f && c != '"' && c != '\\')
            out += c;
        else
            out.append("\\x").append(1, digits[byte >> 4]).append(1, digits[byte & 15]);
    }
    return out.empty() ? "-" : out;
}

/// Files of the school's page as they are; of everything else, also of what does not exist, the first word: names of
/// folders are nobody's business.
std::string public_path(Request const& request)
{
    auto const& path = request.path;
    auto const second = request.host.name.starts_with("www.") ? std::string::npos : path.find('/', 1);
    return second == std::string::npos ? path : path.substr(0, second) + "/...";
}
} // namespace

AccessLog::AccessLog(std::string file) : path_(std::move(file)) {}

void AccessLog::add(Request const& request, int minor_version, int status, std::uint64_t bytes,
                    std::chrono::microseconds took)
{
    auto const path = request.shown_path.empty() ? public_path(request) : request.shown_path;
    std::string line = safe(request.host.name) + ' ' + safe(request.peer) + " - - " + moment() + " \"" +
                       safe(request.method) + ' ' + safe(path) + " HTTP/1." + std::to_string(minor_version) + "\" " +
                       std::to_string(status) + ' ' + std::to_string(bytes) + " \"-\" \"-\" " +
                       std::to_string(took.count()) + "us\n";
    std::lock_guard const lock(mutex_);
    write(line);
}

void AccessLog::write(std::string_view line)
{
    if (!file_ || size_ + line.size() > limits::access_log) rotate();
    auto const written = file_ ? ::write(file_.get(), line.data(), line.size()) : -1;
    bool const failed = written != static_cast<ssize_t>(line.size());
    if (failed && !is_failing_)
        base::log(base::Level::warning, "", "access-log-failed", {{"file", path_}, {"why", std::strerror(errno)}});
    is_failing_ = failed;
    if (failed)
        file_.reset(); // perhaps it was moved away, or the disk is full: tried again with the next line
    else
        size_ += line.size();
}

/// Opens the file; when it is full, the older ones move on by one and the oldest goes.
void AccessLog::rotate()
{
    file_.reset();
    auto const older = [&](int number) { return path_ + '.' + std::to_string(number); };
    struct stat status {
    };
    bool const is_full =
        ::stat(path_.c_str(), &status) == 0 && static_cast<std::uint64_t>(status.st_size) + 1000 > limits::access_log;
    for (int number = limits::access_logs - 1; is_full && number > 1; --number)
        std::rename(older(number - 1).c_str(), older(number).c_str());
    if (is_full) std::rename(path_.c_str(), older(1).c_str());
    auto const oldest =
        std::time(nullptr) - std::chrono::duration_cast<std::chrono::seconds>(limits::access_log_age).count();
    for (int number = 1; number < limits::access_logs; ++number)
        if (::stat(older(number).c_str(), &status) == 0 && status.st_mtime < oldest) ::unlink(older(number).c_str());
    file_ =
        base::Fd(::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, readable_by_group));
    size_ = file_ && ::fstat(file_.get(), &status) == 0 ? static_cast<std::uint64_t>(status.st_size) : 0;
}

} // namespace httpd
