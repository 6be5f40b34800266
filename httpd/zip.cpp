#include "httpd/zip.h"

#include <algorithm>
#include <libdeflate.h>

namespace httpd
{

namespace
{
constexpr std::size_t largest_block = 65535;        ///< RFC 1951 3.2.4
constexpr std::uint32_t needs = 20;                 ///< version 2.0 can unpack it
constexpr std::uint32_t flags = 1U << 3 | 1U << 11; ///< sizes follow behind the data; names are UTF-8
constexpr std::uint32_t method = 8;                 ///< deflate, of which only the blocks without packing are used
constexpr std::uint32_t first_day = 1U << 5 | 1U;   ///< 1 January 1980: attachments have no time of their own

void put16(std::string& out, std::uint32_t number)
{
    out += static_cast<char>(number & 0xff);
    out += static_cast<char>(number >> 8 & 0xff);
}

void put32(std::string& out, std::uint32_t number)
{
    put16(out, number & 0xffff);
    put16(out, number >> 16);
}

std::uint32_t length(std::string_view text) { return static_cast<std::uint32_t>(text.size()); }
} // namespace

void ZipWriter::put(std::string const& bytes)
{
    write_(bytes);
    offset_ += length(bytes);
}

std::string ZipWriter::free_name(std::string name) const
{
    auto const is_taken = [&](std::string const& wanted) {
        return std::any_of(entries_.begin(), entries_.end(),
                           [&](Entry const& entry) { return entry.name == wanted; });
    };
    auto const dot = name.rfind('.');
    auto const stem = name.substr(0, dot);
    auto const ending = dot == std::string::npos ? "" : name.substr(dot);
    for (int number = 2; is_taken(name); ++number) name = stem + " (" + std::to_string(number) + ")" + ending;
    return name;
}

void ZipWriter::begin(std::string name)
{
    Entry entry;
    entry.name = free_name(std::move(name));
    entry.offset = offset_;
    std::string out = "PK\x03\x04";
    put16(out, needs);
    put16(out, flags);
    put16(out, method);
    put16(out, 0); // time
    put16(out, first_day);
    put32(out, 0); // checksum and sizes: behind the data
    put32(out, 0);
    put32(out, 0);
    put16(out, length(entry.name));
    put16(out, 0);
    entries_.push_back(entry);
    put(out + entry.name);
}

void ZipWriter::add(std::string_view bytes)
{
    auto& entry = entries_.back();
    entry.crc = libdeflate_crc32(entry.crc, bytes.data(), bytes.size());
    entry.size += length(bytes);
    while (!bytes.empty()) {
        auto const block = bytes.substr(0, largest_block);
        std::string out(1, '\0');
        put16(out, length(block));
        put16(out, ~length(block) & 0xffff);
        out += block;
        entry.packed += length(out);
        put(out);
        bytes.remove_prefix(block.size());
    }
}

void ZipWriter::end()
{
    auto& entry = entries_.back();
    std::string out("\x01\x00\x00\xff\xff", 5); // an empty last block
    entry.packed += length(out);
    out += "PK\x07\x08";
    put32(out, entry.crc);
    put32(out, entry.packed);
    put32(out, entry.size);
    put(out);
}

void ZipWriter::finish()
{
    auto const begin = offset_;
    for (auto const& entry : entries_) {
        std::string out = "PK\x01\x02";
        put16(out, needs);
        put16(out, needs);
        put16(out, flags);
        put16(out, method);
        put16(out, 0);
        put16(out, first_day);
        put32(out, entry.crc);
        put32(out, entry.packed);
        put32(out, entry.size);
        put16(out, length(entry.name));
        out.append(12, '\0'); // extra field, comment, disk, attributes
        put32(out, entry.offset);
        put(out + entry.name);
    }
    auto const size = offset_ - begin;
    std::string out("PK\x05\x06\0\0\0\0", 8);
    put16(out, static_cast<std::uint32_t>(entries_.size()));
    put16(out, static_cast<std::uint32_t>(entries_.size()));
    put32(out, size);
    put32(out, begin);
    put16(out, 0);
    put(out);
}

} // namespace httpd
