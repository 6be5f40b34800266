#include "httpd/site.h"

#include "appliance/base/file.h"
#include "appliance/base/secret.h"
#include "appliance/base/text.h"
#include "httpd/assets.h"
#include "httpd/compress.h"
#include "httpd/conditional.h"
#include "httpd/limits.h"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <linux/openat2.h>
#include <map>
#include <memory>
#include <mutex>
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

/// `size` bytes from `offset`; less when the file ends before.
std::string read_open_file(int fd, std::uint64_t offset, std::size_t size)
{
    std::string bytes(size, '\0');
    std::size_t done = 0;
    while (done < size) {
        auto const count = ::pread(fd, bytes.data() + done, size - done, static_cast<off_t>(offset + done));
        if (count <= 0) break;
        done += static_cast<std::size_t>(count);
    }
    bytes.resize(done);
    return bytes;
}

/// The bytes of an open file, at once or piece by piece.
void give_file(Response& response, std::shared_ptr<base::Fd> file, Range const& range)
{
    if (range.size <= streamed_from) {
        response.body = read_open_file(file->get(), range.first, static_cast<std::size_t>(range.size));
        return;
    }
    response.length = range.size;
    response.stream = [file = std::move(file), range](auto const& write) {
        constexpr std::uint64_t piece_size = 256 << 10;
        for (std::uint64_t done = 0; done < range.size;) {
            auto const piece = read_open_file(file->get(), range.first + done,
                                              static_cast<std::size_t>(std::min(piece_size, range.size - done)));
            if (piece.empty()) return;
            write(piece);
            done += piece.size();
        }
    };
}

/// As small as it gets; made once.
std::string const& packed_asset(Asset const& asset)
{
    static std::mutex mutex;
    static std::map<std::string_view, std::string> packed;
    std::lock_guard const lock(mutex);
    auto& bytes = packed[asset.name];
    if (bytes.empty()) bytes = gzip(asset.bytes, limits::file_compression_level);
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
    Validators const validators{etag_of(status), status.st_mtim.tv_sec};
    if (int const known = precondition(request, validators); known != 0)
        return precondition_answer(known, validators);
    auto const size = static_cast<std::uint64_t>(status.st_size);
    auto const range = wanted_range(request, validators, size);
    Response response;
    response.type = content_type(path);
    response.set("Accept-Ranges", "bytes").set("Cache-Control", "no-cache");
    set_validators(response, validators);
    protect_site(response);
    if (!range) {
        give_file(response, opened, {0, size});
        return response;
    }
    response.status = range->size > 0 ? 206 : 416;
    auto const part = range->size > 0
                          ? std::to_string(range->first) + "-" + std::to_string(range->first + range->size - 1)
                          : std::string("*");
    response.set("Content-Range", "bytes " + part + "/" + std::to_string(size));
    if (range->size > 0) give_file(response, opened, *range);
    return response;
}

/// Before anybody has put an index.html there.
Response Site::default_page(Request const& request, std::string const& name) const
{
    auto const* asset = find_asset("default_site/" + name);
    if (!asset) return not_found();
    Validators const validators{"\"" + base::hex(base::sha256(asset->bytes)).substr(0, 16) + "\"", {}};
    if (int const known = precondition(request, validators); known != 0)
        return precondition_answer(known, validators);
    Response response;
    response.type = content_type(name);
    response.body = asset->bytes;
    response.set("Cache-Control", "no-cache");
    set_validators(response, validators);
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
    Validators const validators{"\"" + static_version() + "\"", {}};
    int const known = precondition(request, validators);
    Response response;
    if (known != 0) {
        response = precondition_answer(known, validators);
    } else {
        response.type = content_type(name);
        set_validators(response, validators);
        auto const* const packed = takes_gzip(request) ? &packed_asset(*asset) : nullptr;
        response.body = packed && packed->size() < asset->bytes.size() ? *packed : std::string(asset->bytes);
        if (packed && packed->size() < asset->bytes.size()) response.set("Content-Encoding", "gzip");
    }
    return response.set("Vary", "Accept-Encoding").set("Cache-Control", "public, max-age=31536000, immutable");
}

} // namespace httpd
