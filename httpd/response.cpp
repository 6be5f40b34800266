#include "httpd/response.h"

#include "appliance/base/text.h"
#include "appliance/message/charset.h"
#include "httpd/form.h"

#include <algorithm>

namespace httpd
{

std::string_view const page_policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
    "frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

namespace
{
constexpr std::size_t longest_file_name = 120;

/// Bidirectional controls can show "cod.exe" as "exe.doc"; line and paragraph separators break lines.
bool is_deceiving(std::string_view character)
{
    for (std::string_view const bad : {"\u200e", "\u200f", "\u202a", "\u202b", "\u202c", "\u202d", "\u202e", "\u2066",
                                       "\u2067", "\u2068", "\u2069", "\u2028", "\u2029", "\u061c", "\ufeff"})
        if (character == bad) return true;
    return false;
}

bool is_unsafe(char c)
{
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f ||
           std::string_view("/\\:*?\"<>|").find(c) != std::string_view::npos;
}

std::string cut_keeping_ending(std::string name)
{
    if (name.size() <= longest_file_name) return name;
    auto const dot = name.rfind('.');
    std::string const ending = dot != std::string::npos && name.size() - dot <= 12 ? name.substr(dot) : "";
    auto length = longest_file_name - ending.size();
    while (length > 0 && (static_cast<unsigned char>(name[length]) & 0xC0) == 0x80) --length;
    return name.substr(0, length) + ending;
}
} // namespace

Response& Response::set(std::string name, std::string value)
{
    std::erase_if(value, [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
    headers.emplace_back(std::move(name), std::move(value));
    return *this;
}

Response& Response::set_cookie(std::string_view name, std::string_view value, std::optional<long> max_age)
{
    auto text = std::string(name) + "=" + std::string(value) + "; Path=/; Secure; HttpOnly; SameSite=Lax";
    if (max_age) text += "; Max-Age=" + std::to_string(*max_age);
    return set("Set-Cookie", text);
}

Response see_other(std::string location)
{
    Response response;
    response.status = 303;
    response.type.clear();
    response.set("Location", std::move(location));
    return response;
}

Response moved(std::string location, std::string_view method)
{
    Response response;
    response.status = method == "GET" || method == "HEAD" ? 301 : 308;
    response.type.clear();
    response.set("Location", std::move(location));
    return response;
}

Response plain(int status, std::string text)
{
    Response response;
    response.status = status;
    response.type = "text/plain; charset=utf-8";
    response.body = std::move(text);
    response.set("Cache-Control", "no-store");
    return response;
}

std::string mail_policy(bool remote_images)
{
    return std::string("default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self'") +
           (remote_images ? " https: http:" : "") +
           "; form-action 'none'; base-uri 'none'; frame-ancestors 'self'; "
           "sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox";
}

void protect(Response& response)
{
    auto const has = [&](std::string_view name) {
        return std::any_of(response.headers.begin(), response.headers.end(),
                           [&](auto const& header) { return base::equal_ignoring_case(header.first, name); });
    };
    if (!has("Content-Security-Policy")) response.set("Content-Security-Policy", std::string(page_policy));
    if (!has("Referrer-Policy")) response.set("Referrer-Policy", "same-origin");
    if (!has("Cache-Control")) response.set("Cache-Control", "no-store");
    response.set("X-Content-Type-Options", "nosniff");
    response.set("Cross-Origin-Opener-Policy", "same-origin");
    response.set("Cross-Origin-Resource-Policy", "same-origin");
    response.set("Permissions-Policy", "camera=(), microphone=(), geolocation=()");
}

std::string safe_file_name(std::string_view file_name)
{
    std::string const whole = message::scrub_utf8(file_name);
    std::string clean;
    for (std::size_t i = 0; i < whole.size();) {
        auto const length = std::max<std::size_t>(1, base::utf8_sequence(std::string_view(whole).substr(i)));
        auto const character = whole.substr(i, length);
        if (length == 1 && is_unsafe(character[0]))
            clean += '_';
        else if (!is_deceiving(character))
            clean += character;
        i += length;
    }
    auto const first = clean.find_first_not_of(". "); // no hidden files
    clean = first == std::string::npos ? "" : std::string(base::trim(clean.substr(first)));
    return clean.empty() ? "attachment" : cut_keeping_ending(clean);
}

std::string attachment_disposition(std::string_view file_name)
{
    auto const name = safe_file_name(file_name);
    std::string fallback;
    for (char const c : name) {
        bool const ascii = static_cast<unsigned char>(c) < 0x80;
        if (ascii)
            fallback += c == '%' ? '_' : c;
        else if ((static_cast<unsigned char>(c) & 0xC0) != 0x80)
            fallback += '_';
    }
    return "attachment; filename=\"" + fallback + "\"; filename*=UTF-8''" + percent_encoded(name);
}

std::string_view reason(int status)
{
    switch (status) {
    case 200: return "OK";
    case 206: return "Partial Content";
    case 301: return "Moved Permanently";
    case 302: return "Found";
    case 303: return "See Other";
    case 304: return "Not Modified";
    case 308: return "Permanent Redirect";
    case 400: return "Bad Request";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 408: return "Request Timeout";
    case 412: return "Precondition Failed";
    case 413: return "Content Too Large";
    case 414: return "URI Too Long";
    case 415: return "Unsupported Media Type";
    case 416: return "Range Not Satisfiable";
    case 417: return "Expectation Failed";
    case 422: return "Unprocessable Content";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 503: return "Service Unavailable";
    case 505: return "HTTP Version Not Supported";
    case 507: return "Insufficient Storage"; // RFC 4918 11.5
    default: return "Internal Server Error";
    }
}

} // namespace httpd
