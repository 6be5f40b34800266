#include "httpd/request_body.h"

#include "appliance/base/text.h"
#include "appliance/message/parameters.h"
#include "httpd/limits.h"

#include <Poco/Net/HTTPServerRequest.h>
#include <chrono>
#include <istream>

namespace httpd
{

namespace
{
using Clock = std::chrono::steady_clock;
constexpr std::size_t piece_size = 32768;

/// What is there already, and else what comes next: a whole piece would be waited for as long as its bytes drip in.
std::size_t read_some(std::istream& stream, std::string& piece)
{
    if (stream.peek() == std::istream::traits_type::eof()) return 0;
    return static_cast<std::size_t>(stream.readsome(piece.data(), static_cast<std::streamsize>(piece.size())));
}

/// RFC 9112 5.1: no blank before the colon; Poco would keep it as a part of the name, and so miss the header.
bool is_header_name(std::string_view name)
{
    return !name.empty() && name.find_first_of(" \t") == std::string_view::npos;
}
} // namespace

bool LargePlaces::enter()
{
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, limits::large_post_wait, [&] { return free_ > 0; })) return false;
    --free_;
    return true;
}

void LargePlaces::leave()
{
    std::lock_guard const lock(mutex_);
    ++free_;
    changed_.notify_one();
}

LargePlace::~LargePlace()
{
    if (entered_) places_.leave();
}

bool LargePlace::enter()
{
    if (!entered_) entered_ = places_.enter();
    return entered_;
}

/// Two lengths, two hosts, a length and chunks: different programs would read different requests out of it
/// (RFC 9112 3.2, 6.3).
bool BodyReader::is_ambiguous(Request const& request) const
{
    std::size_t hosts = 0;
    std::size_t lengths = 0;
    std::size_t codings = 0;
    for (auto const& [name, value] : request.headers) {
        if (!is_header_name(name)) return true;
        if (base::equal_ignoring_case(name, "Host")) {
            ++hosts;
        } else if (base::equal_ignoring_case(name, "Content-Length")) {
            ++lengths;
            if (!base::parse_number(value)) return true;
        } else if (base::equal_ignoring_case(name, "Transfer-Encoding")) {
            ++codings;
            if (!base::equal_ignoring_case(value, "chunked")) return true;
        }
    }
    return hosts > 1 || lengths + codings > 1;
}

int BodyReader::read_into(Request& request)
{
    if (is_ambiguous(request)) return 400;
    bool const has_body =
        from_.getChunkedTransferEncoding() || (from_.hasContentLength() && from_.getContentLength64() > 0);
    if (!request.is_post()) return has_body ? 400 : 0;
    if (!from_.getChunkedTransferEncoding() && !from_.hasContentLength()) return 400;
    if (!has_body) return 0;
    if (from_.hasContentLength() && static_cast<std::uint64_t>(from_.getContentLength64()) > largest_) return drain();
    return read_form(request);
}

int BodyReader::read_form(Request& request)
{
    auto const type = message::parse_content_type(request.header("Content-Type"));
    if (!type) return 415;
    if (type->is("multipart", "form-data")) {
        MultipartParser parser(message::raw_parameter(type->parameters, "boundary"));
        bool good = true;
        if (int const fault = read_pieces([&](std::string_view bytes) { return good = parser.feed(bytes); });
            fault != 0)
            return good ? fault : 400;
        auto form = parser.finish();
        if (!form) return 400;
        request.form = std::move(*form);
        return 0;
    }
    if (!type->is("application", "x-www-form-urlencoded")) return 415;
    std::string text;
    int const fault = read_pieces([&](std::string_view bytes) {
        text += bytes;
        return true;
    });
    if (fault == 0) request.form = parse_urlencoded(text);
    return fault;
}

int BodyReader::read_pieces(std::function<bool(std::string_view)> const& take)
{
    auto& stream = from_.stream();
    auto const begin = Clock::now();
    std::string piece(piece_size, '\0');
    std::size_t total = 0;
    while (stream) {
        auto const count = read_some(stream, piece);
        total += count;
        if (total > largest_) return drain();
        if (total > limits::small_post && !place_.enter()) return 503;
        auto const allowed = limits::upload_grace + std::chrono::seconds(total / limits::slowest_upload);
        if (Clock::now() - begin > allowed) return 408;
        if (count > 0 && !take(std::string_view(piece).substr(0, count))) return 400;
    }
    if (from_.hasContentLength() && total < static_cast<std::uint64_t>(from_.getContentLength64()))
        return 400; // broken off
    return 0;
}

/// Reads on for a while: a browser shows our answer only when it could send everything.
int BodyReader::drain()
{
    auto& stream = from_.stream();
    auto const until = Clock::now() + limits::upload_grace;
    std::string piece(piece_size, '\0');
    std::size_t total = 0;
    while (stream && total < 4 * largest_ && Clock::now() < until) {
        total += read_some(stream, piece);
    }
    return 413;
}

} // namespace httpd
