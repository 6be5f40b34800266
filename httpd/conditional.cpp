#include "httpd/conditional.h"

#include "appliance/base/cursor.h"
#include "appliance/base/text.h"

#include <time.h>

namespace httpd
{

namespace
{
std::string_view opaque(std::string_view etag)
{
    if (etag.starts_with("W/")) etag.remove_prefix(2);
    return etag;
}

/// RFC 9110 8.8.3.2: for reading, the weak comparison is right.
bool is_in_list(std::string_view list, std::string_view etag, bool strong)
{
    for (auto one : base::split(list, ',')) {
        one = base::trim(one);
        if (one == "*") return true;
        if (etag.empty() || (strong && (one.starts_with("W/") || etag.starts_with("W/")))) continue;
        if (opaque(one) == opaque(etag)) return true;
    }
    return false;
}

/// RFC 9110 13.1.5: only what is the same for certain.
bool is_same_version(Request const& request, Validators const& validators)
{
    auto const known = base::trim(request.header("If-Range"));
    if (known.empty()) return true;
    if (known.starts_with('"')) return known == validators.etag;
    auto const date = parse_http_date(known);
    return date && validators.modified && *date == *validators.modified;
}

constexpr std::uint64_t largest = UINT64_MAX / 2;
} // namespace

std::string http_date(std::time_t when)
{
    std::tm parts{};
    ::gmtime_r(&when, &parts);
    char text[40];
    auto const size = std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts);
    return std::string(text, size);
}

std::optional<std::time_t> parse_http_date(std::string_view text)
{
    std::string const copy(base::trim(text));
    for (auto const* form : {"%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"}) {
        std::tm parts{};
        auto const* const end = ::strptime(copy.c_str(), form, &parts);
        if (end && *end == '\0') return ::timegm(&parts);
    }
    return std::nullopt;
}

int precondition(Request const& request, Validators const& validators)
{
    auto const date_of = [&](std::string_view name) { return parse_http_date(request.header(name)); };
    if (auto const wanted = request.header("If-Match"); !wanted.empty()) {
        if (!is_in_list(wanted, validators.etag, true)) return 412;
    } else if (auto const date = date_of("If-Unmodified-Since"); date && validators.modified) {
        if (*validators.modified > *date) return 412;
    }
    if (auto const known = request.header("If-None-Match"); !known.empty())
        return is_in_list(known, validators.etag, false) ? 304 : 0;
    auto const date = date_of("If-Modified-Since");
    return date && validators.modified && *validators.modified <= *date ? 304 : 0;
}

std::optional<Range> wanted_range(Request const& request, Validators const& validators, std::uint64_t size)
{
    base::Cursor cursor(request.header("Range"));
    if (request.method != "GET" || !cursor.take("bytes=")) return std::nullopt;
    if (!is_same_version(request, validators)) return std::nullopt;
    auto const first = cursor.take_number(largest);
    if (!cursor.take('-')) return std::nullopt;
    auto const last = cursor.take_number(largest);
    if (!cursor.at_end() || (!first && !last) || (first && last && *first > *last)) return std::nullopt;
    if (!first) { // the last bytes
        auto const count = std::min(*last, size);
        return Range{size - count, count};
    }
    if (*first >= size) return Range{};
    return Range{*first, std::min(last.value_or(size - 1), size - 1) - *first + 1};
}

void set_validators(Response& response, Validators const& validators)
{
    if (!validators.etag.empty()) response.set("ETag", validators.etag);
    if (validators.modified) response.set("Last-Modified", http_date(*validators.modified));
}

Response precondition_answer(int status, Validators const& validators)
{
    Response response;
    response.status = status;
    response.type.clear();
    set_validators(response, validators);
    return response;
}

} // namespace httpd
