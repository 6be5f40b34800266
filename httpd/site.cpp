#include "httpd/site.h"

#include "appliance/base/clock.h"
#include "appliance/base/file.h"
#include "appliance/base/secret.h"
#include "appliance/base/text.h"
#include "httpd/assets.h"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <linux/openat2.h>
#include <memory>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace httpd
{

namespace
{
constexpr std::size_t streamed_from = 1 << 20;

/// Opens below the folder only: the kernel refuses "..", absolute links and links that lead outside.
base::Fd open_beneath(std::string const& folder, std::string const& path)
{
    base::Fd const root(::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!root) return {};
    open_how how{};
    how.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK; // a named pipe must not stop us
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
    auto fd = static_cast<int>(::syscall(SYS_openat2, root.get(), path.c_str(), &how, sizeof how));
    if (fd < 0 && errno == ENOSYS)
        fd = ::openat(root.get(), path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    return base::Fd(fd);
}

std::string etag_of(struct stat const& status)
{
    return "\"" + std::to_string(status.st_ino) + "-" + std::to_string(status.st_size) + "-" +
           std::to_string(status.st_mtim.tv_sec) + "." + std::to_string(status.st_mtim.tv_nsec) + "\"";
}

/// "Sat, 21 Nov 2026 22:25:00 GMT" (RFC 9110 5.6.7).
std::string http_date(std::time_t when)
{
    auto text = base::rfc5322_date(when * base::Timestamp{1000000});
    text = base::replace_all(text, "+0000", "GMT");
    auto const comma = text.find(", ");
    if (comma != std::string::npos && comma + 3 < text.size() && text[comma + 3] == ' ') text.insert(comma + 2, "0");
    return text;
}

bool is_known_to_browser(Request const& request, std::string const& etag, std::string const& modified)
{
    auto const known = request.header("If-None-Match");
    if (known.empty()) return !modified.empty() && request.header("If-Modified-Since") == modified;
    for (auto one : base::split(known, ',')) {
        one = base::trim(one);
        if (one.starts_with("W/")) one.remove_prefix(2);
        if (one == etag || one == "*") return true;
    }
    return false;
}

Response not_modified(std::string const& etag)
{
    Response response;
    response.status = 304;
    response.type.clear();
    response.set("ETag", etag);
    return response;
}

std::string read_open_file(int fd, std::size_t size)
{
    std::string bytes(size, '\0');
    std::size_t done = 0;
    while (done < size) {
        auto const count = ::read(fd, bytes.data() + done, size - done);
        if (count <= 0) break;
        done += static_cast<std::size_t>(count);
    }
    bytes.resize(done);
    return bytes;
}

/// The school's own files may load what they like from their own place and show pictures and frames from elsewhere.
void protect_site(Response& response)
{
    response.set("X-Content-Type-Options", "nosniff");
    response.set("Referrer-Policy", "strict-origin-when-cross-origin");
    response.set("X-Frame-Options", "SAMEORIGIN");
}
} // namespace

std::string content_type(std::string_view file_name)
{
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 33> types = {{
        {"html", "text/html; charset=utf-8"},
        {"htm", "text/html; charset=utf-8"},
        {"css", "text/css; charset=utf-8"},
        {"js", "text/javascript; charset=utf-8"},
        {"mjs", "text/javascript; charset=utf-8"},
        {"json", "application/json"},
        {"txt", "text/plain; charset=utf-8"},
        {"md", "text/plain; charset=utf-8"},
        {"csv", "text/csv; charset=utf-8"},
        {"xml", "application/xml"},
        {"svg", "image/svg+xml"},
        {"png", "image/png"},
        {"jpg", "image/jpeg"},
        {"jpeg", "image/jpeg"},
        {"gif", "image/gif"},
        {"webp", "image/webp"},
        {"avif", "image/avif"},
        {"ico", "image/x-icon"},
        {"pdf", "application/pdf"},
        {"zip", "application/zip"},
        {"mp4", "video/mp4"},
        {"webm", "video/webm"},
        {"mp3", "audio/mpeg"},
        {"ogg", "audio/ogg"},
        {"wav", "audio/wav"},
        {"woff", "font/woff"},
        {"woff2", "font/woff2"},
        {"ttf", "font/ttf"},
        {"otf", "font/otf"},
        {"webmanifest", "application/manifest+json"},
        {"wasm", "application/wasm"},
        {"ics", "text/calendar; charset=utf-8"},
        {"vcf", "text/vcard; charset=utf-8"},
    }};
    auto const dot = file_name.rfind('.');
    auto const ending = dot == std::string_view::npos ? "" : base::lower(file_name.substr(dot + 1));
    for (auto const& [known, type] : types)
        if (known == ending) return std::string(type);
    return "application/octet-stream";
}

Response Site::handle(Request const& request) const
{
    if (request.is_post()) return plain(405, "This page only shows things.\n").set("Allow", "GET, HEAD");
    auto const segments = path_segments(request.path);
    if (!segments) return not_found();
    std::string path;
    for (auto const& segment : *segments) {
        if (segment.starts_with('.') && segment != ".well-known") return not_found(); // .git, .htpasswd
        if (segment.find('/') != std::string::npos) return not_found();
        path += (path.empty() ? "" : "/") + segment;
    }
    if (path.empty() || path.ends_with('/')) path += "index.html";
    return file(request, path);
}

Response Site::file(Request const& request, std::string const& path) const
{
    auto const opened = std::make_shared<base::Fd>(open_beneath(folder_, path));
    struct stat status {
    };
    if (!*opened || ::fstat(opened->get(), &status) != 0) return default_page(request, path);
    if (S_ISDIR(status.st_mode)) return moved(request.path + "/", "GET");
    if (!S_ISREG(status.st_mode)) return not_found();
    auto const etag = etag_of(status);
    auto const modified = http_date(status.st_mtim.tv_sec);
    if (is_known_to_browser(request, etag, modified)) return not_modified(etag);
    Response response;
    response.type = content_type(path);
    response.set("ETag", etag).set("Last-Modified", modified).set("Cache-Control", "no-cache");
    protect_site(response);
    auto const size = static_cast<std::size_t>(status.st_size);
    if (size <= streamed_from) {
        response.body = read_open_file(opened->get(), size);
        return response;
    }
    response.stream = [opened](auto const& write) {
        for (;;) {
            auto const piece = read_open_file(opened->get(), 256 << 10);
            if (piece.empty()) return;
            write(piece);
        }
    };
    return response;
}

/// Before anybody has put an index.html there.
Response Site::default_page(Request const& request, std::string const& name) const
{
    auto const* asset = find_asset("default_site/" + name);
    if (!asset) return not_found();
    auto const etag = "\"" + base::hex(base::sha256(asset->bytes)).substr(0, 16) + "\"";
    if (is_known_to_browser(request, etag, "")) return not_modified(etag);
    Response response;
    response.type = content_type(name);
    response.body = asset->bytes;
    response.set("ETag", etag).set("Cache-Control", "no-cache");
    protect_site(response);
    return response;
}

Response Site::not_found() const
{
    Response response;
    response.status = 404;
    if (auto const own = base::read_file(folder_ + "/404.html", streamed_from))
        response.body = *own;
    else if (auto const* asset = find_asset("default_site/404.html"))
        response.body = asset->bytes;
    response.set("Cache-Control", "no-cache");
    protect_site(response);
    return response;
}

std::string const& static_version()
{
    static std::string const version = [] {
        std::string all;
        for (auto const& asset : assets())
            if (asset.name.starts_with("static/")) all += base::sha256(asset.bytes);
        return base::hex(base::sha256(all)).substr(0, 10);
    }();
    return version;
}

Response static_file(Request const& request, std::string_view name)
{
    auto const* asset = find_asset("static/" + std::string(name));
    if (!asset) return plain(404, "There is no such file.\n");
    auto const etag = "\"" + static_version() + "\"";
    auto const keep = "public, max-age=31536000, immutable";
    Response response;
    if (is_known_to_browser(request, etag, ""))
        response = not_modified(etag);
    else
        response.body = asset->bytes;
    if (response.status == 200) response.type = content_type(name);
    response.set("Cache-Control", keep);
    if (response.status == 200) response.set("ETag", etag);
    return response;
}

} // namespace httpd
