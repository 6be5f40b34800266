#include "httpd/compress.h"

#include "appliance/base/secret.h"
#include "appliance/base/text.h"
#include "httpd/limits.h"

#include <algorithm>
#include <libdeflate.h>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <vector>

namespace httpd
{

namespace
{
constexpr std::size_t most_padding = 64;

struct Release {
    void operator()(libdeflate_compressor* compressor) const { libdeflate_free_compressor(compressor); }
};
using Compressor = std::unique_ptr<libdeflate_compressor, Release>;

/// Those that wait for the next page; one needs too much memory for every thread to have its own.
class Compressors
{
public:
    Compressor take()
    {
        std::lock_guard const lock(mutex_);
        if (idle_.empty()) return Compressor(libdeflate_alloc_compressor(limits::compression_level));
        auto one = std::move(idle_.back());
        idle_.pop_back();
        return one;
    }
    void give_back(Compressor one)
    {
        constexpr std::size_t kept = 2;
        std::lock_guard const lock(mutex_);
        if (idle_.size() < kept) idle_.push_back(std::move(one));
    }

private:
    std::mutex mutex_;
    std::vector<Compressor> idle_;
};

void append_little_endian(std::string& to, std::uint32_t number)
{
    for (int shift = 0; shift < 32; shift += 8) to += static_cast<char>((number >> shift) & 0xff);
}

std::string gzip_with(libdeflate_compressor* compressor, std::string_view bytes, std::size_t padding)
{
    if (!compressor) throw std::bad_alloc();
    constexpr char has_name = 8;
    std::string out("\x1f\x8b\x08", 3);
    out += padding > 0 ? has_name : '\0';
    out += std::string("\0\0\0\0\0\xff", 6); // no time, unknown system
    if (padding > 0) out += std::string(padding, 'x') + '\0';
    auto const bound = libdeflate_deflate_compress_bound(compressor, bytes.size());
    std::unique_ptr<char[]> const space(new char[bound]); // a string would be filled with zeros first
    out.append(space.get(), libdeflate_deflate_compress(compressor, bytes.data(), bytes.size(), space.get(), bound));
    append_little_endian(out, libdeflate_crc32(0, bytes.data(), bytes.size()));
    append_little_endian(out, static_cast<std::uint32_t>(bytes.size()));
    return out;
}

bool is_text(std::string_view type)
{
    type = base::trim(type.substr(0, type.find(';')));
    constexpr std::string_view types[] = {"application/json", "application/xml", "application/manifest+json",
                                          "application/wasm", "image/svg+xml"};
    return type.starts_with("text/") || std::find(std::begin(types), std::end(types), type) != std::end(types);
}

std::string_view header_of(Response const& response, std::string_view wanted)
{
    for (auto const& [name, value] : response.headers)
        if (base::equal_ignoring_case(name, wanted)) return value;
    return {};
}

/// A page that nobody may keep belongs to somebody.
bool is_private(Response const& response)
{
    return header_of(response, "Cache-Control").find("no-store") != std::string_view::npos;
}
} // namespace

bool takes_gzip(Request const& request)
{
    for (auto one : base::split(request.header("Accept-Encoding"), ',')) {
        auto const semicolon = std::min(one.find(';'), one.size());
        auto const coding = base::trim(one.substr(0, semicolon));
        if (!base::equal_ignoring_case(coding, "gzip") && coding != "*") continue;
        std::string weight;
        for (char const c : one.substr(semicolon))
            if (c != ' ' && c != ';') weight += c;
        weight = base::lower(weight);
        return !weight.starts_with("q=0") || weight.find_first_not_of("q=0.") != std::string::npos;
    }
    return false;
}

std::string gzip(std::string_view bytes, int level, std::size_t padding)
{
    return gzip_with(Compressor(libdeflate_alloc_compressor(level)).get(), bytes, padding);
}

void compress(Request const& request, Response& response)
{
    if (response.stream || response.status == 206 || response.body.size() < limits::compressed_from) return;
    if (!is_text(response.type)) return;
    if (!header_of(response, "Content-Encoding").empty()) return;
    if (header_of(response, "Vary").empty()) response.set("Vary", "Accept-Encoding");
    if (!takes_gzip(request)) return;
    static Compressors compressors;
    auto compressor = compressors.take();
    auto const random = is_private(response) ? base::random_bytes(1)[0] : '\0';
    auto const padding = is_private(response) ? 1 + static_cast<unsigned char>(random) % most_padding : 0;
    response.body = gzip_with(compressor.get(), response.body, padding);
    compressors.give_back(std::move(compressor));
    response.set("Content-Encoding", "gzip");
    for (auto& [name, value] : response.headers)
        if (base::equal_ignoring_case(name, "ETag") && value.starts_with('"')) value = "W/" + value;
}

} // namespace httpd
