#include "httpd/request_head.h"

#include "appliance/base/cursor.h"
#include "appliance/base/text.h"
#include "httpd/limits.h"

namespace httpd
{

namespace
{
/// RFC 9110 5.6.2.
constexpr auto token_bytes = base::letters | base::digits | base::ByteSet("!#$%&'*+-.^_`|~");
/// What a request target may have; everything else comes percent-encoded. Browsers leave some of it as it is.
constexpr auto target_bytes =
    base::ByteSet::range(0x21, 0x7e).without(base::ByteSet("#")) | base::ByteSet::range(0x80, 0xff);
/// RFC 9110 5.5: visible, blank, tab, and bytes above ASCII.
constexpr auto value_bytes =
    base::ByteSet::range(0x20, 0x7e) | base::ByteSet("\t") | base::ByteSet::range(0x80, 0xff);

constexpr int bad_request = 400;

/// "GET /mail HTTP/1.1" (RFC 9112 3): one blank between, nothing before and behind.
int parse_request_line(std::string_view line, Head& head)
{
    base::Cursor cursor(line);
    auto& request = head.request;
    request.method = cursor.take_while(token_bytes, limits::method);
    if (request.method.empty() || !cursor.take(' ')) return bad_request;
    request.target = cursor.take_while(target_bytes);
    if (request.target.empty() || !cursor.take(' ')) return bad_request;
    if (cursor.rest().size() != 8 || !cursor.rest().starts_with("HTTP/")) return bad_request;
    auto const version = cursor.rest().substr(5);
    if (version != "1.1" && version != "1.0") return version.starts_with("1.") ? bad_request : 505;
    head.minor_version = version == "1.1" ? 1 : 0;
    return 0;
}

/// "Name: value" (RFC 9112 5): no blank before the colon, no line that goes on in the next one (obs-fold).
int parse_field(std::string_view line, Request& request)
{
    base::Cursor cursor(line);
    auto const name = cursor.take_while(token_bytes);
    if (name.empty() || !cursor.take(':')) return bad_request;
    auto const value = base::trim(cursor.take_while(value_bytes));
    if (!cursor.at_end()) return bad_request;
    request.headers.emplace_back(name, value);
    return 0;
}

/// The one value of a field that must not come twice; `count` tells how often it came.
std::string_view single(Request const& request, std::string_view name, std::size_t& count)
{
    std::string_view found;
    count = 0;
    for (auto const& [key, value] : request.headers) {
        if (!base::equal_ignoring_case(key, name)) continue;
        found = value;
        ++count;
    }
    return found;
}

bool has_word(std::string_view list, std::string_view word)
{
    for (auto one : base::split(list, ','))
        if (base::equal_ignoring_case(base::trim(one), word)) return true;
    return false;
}

/// "http://host/path" is for proxies, and every server must take it (RFC 9112 3.2.2). It stands above the Host field;
/// as nobody who means well sends two different ones, they must agree.
int take_absolute_form(Request& request)
{
    std::string_view const target = request.target;
    if (target.starts_with('/')) return 0;
    auto const scheme = base::lower(target.substr(0, 8));
    auto const begin = scheme.starts_with("https://") ? 8u : scheme.starts_with("http://") ? 7u : 0u;
    if (begin == 0) return request.method == "OPTIONS" && target == "*" ? 0 : bad_request;
    auto const end = std::min(target.find_first_of("/?", begin), target.size());
    auto const host = Host::parse(target.substr(begin, end - begin));
    if (host.name.empty() || host.name != request.host.name || host.port != request.host.port) return bad_request;
    auto rest = std::string(target.substr(end));
    request.target = rest.starts_with('/') ? rest : "/" + rest;
    return 0;
}

int read_host(Request& request)
{
    std::size_t count = 0;
    request.host = Host::parse(single(request, "Host", count));
    return count == 1 && !request.host.name.empty() ? take_absolute_form(request) : bad_request;
}

/// RFC 9112 6.3: two lengths, a length and a coding, a coding that is not ours: different programs would read
/// different requests out of it.
int read_framing(Head& head)
{
    std::size_t lengths = 0;
    std::size_t codings = 0;
    auto const length = single(head.request, "Content-Length", lengths);
    auto const coding = single(head.request, "Transfer-Encoding", codings);
    if (lengths + codings > 1) return bad_request;
    if (lengths == 1) {
        head.size = base::parse_number(length);
        if (!head.size || length.find_first_not_of("0123456789") != std::string_view::npos) return bad_request;
    }
    if (codings == 0) return 0;
    head.is_chunked = base::equal_ignoring_case(coding, "chunked");
    return head.is_chunked && head.minor_version == 1 ? 0 : bad_request;
}

int read_connection(Head& head)
{
    auto const& request = head.request;
    bool close = false;
    bool keep = head.minor_version == 1;
    for (auto const& [name, value] : request.headers) {
        if (!base::equal_ignoring_case(name, "Connection")) continue;
        close = close || has_word(value, "close");
        keep = keep || has_word(value, "keep-alive");
    }
    head.keeps_alive = keep && !close;
    auto const expected = request.header("Expect");
    if (expected.empty() || head.minor_version == 0) return 0;
    head.expects_continue = base::equal_ignoring_case(expected, "100-continue");
    return head.expects_continue ? 0 : 417;
}

int read_head(std::string_view text, Head& head)
{
    auto& request = head.request;
    while (text.starts_with("\r\n")) text.remove_prefix(2);
    for (bool first = true; !text.starts_with("\r\n"); first = false) {
        auto const end = text.find("\r\n");
        if (end == std::string_view::npos) return bad_request;
        auto const line = text.substr(0, end);
        if (int const fault = first ? parse_request_line(line, head) : parse_field(line, request)) return fault;
        text.remove_prefix(end + 2);
    }
    if (int const fault = read_host(request)) return fault;
    if (int const fault = read_framing(head)) return fault;
    return read_connection(head);
}
} // namespace

HeadReader::State HeadReader::fail(int fault)
{
    fault_ = fault;
    return State::broken;
}

HeadReader::State HeadReader::look(std::string_view bytes)
{
    for (;;) {
        auto const end = bytes.find('\n', searched_);
        if (std::min(end, bytes.size()) > limits::head) return fail(lines_ == 0 ? 414 : 431);
        if (end == std::string_view::npos) {
            searched_ = bytes.size();
            if (lines_ == 0 && searched_ - line_begin_ > limits::request_line) return fail(414);
            return State::more;
        }
        // RFC 9112 2.2 allows a bare LF as an end; what stands before us may think otherwise.
        if (end == line_begin_ || bytes[end - 1] != '\r') return fail(bad_request);
        bool const is_empty = end - 1 == line_begin_;
        if (lines_ == 0 && end - line_begin_ > limits::request_line) return fail(414);
        searched_ = line_begin_ = end + 1;
        if (is_empty && lines_ > 0) return State::whole;
        if (is_empty && ++empty_lines_ > limits::empty_lines) return fail(bad_request);
        if (!is_empty && ++lines_ > limits::fields + 1) return fail(431);
    }
}

Head parse_head(std::string_view text)
{
    Head head;
    head.fault = read_head(text, head);
    auto& request = head.request;
    auto const question = std::min(request.target.find('?'), request.target.size());
    request.path = request.target.substr(0, question);
    if (question < request.target.size())
        request.query = parse_urlencoded(std::string_view(request.target).substr(question + 1));
    request.cookies = parse_cookies(request.header("Cookie"));
    return head;
}

} // namespace httpd
