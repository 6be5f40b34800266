#pragma once
// The school's page: the folder site/ as a whole, put there from an archive. What httpd shows of it: httpd/site.h.

#include "appliance/base/clock.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace site
{

// What one page may be. A school's page with its photographs has 50 MB.
inline constexpr std::size_t most_files = 5000;
inline constexpr std::uint64_t most_bytes = std::uint64_t{200} << 20;
inline constexpr std::uint64_t largest_archive = std::uint64_t{100} << 20;
inline constexpr std::uint64_t kept_free = std::uint64_t{100} << 20; ///< on the disk: mail goes before pictures

struct File {
    std::string path; ///< "foto/gedung.jpg"
    std::uint64_t size = 0;
    base::Timestamp changed = 0;
};

struct Published {
    std::size_t files = 0;
    std::uint64_t bytes = 0;
    std::size_t left_out = 0; ///< hidden files and what programs leave behind
    bool has_index = false;   ///< without index.html visitors see the page that comes with the box
};

/// One folder, one writer at a time (flock). Where a function throws, the page is what it was before; after a crash
/// finish() makes it what it was or what it was to become. Errors: base::Failure.
class Site
{
public:
    explicit Site(std::string folder);

    /// Takes the archive (ZIP, tar, tar.gz) that `source` reads: all of it, or nothing (refused). The page of
    /// before is kept for restore(). A single folder around everything is taken off.
    Published publish(int source);
    /// What is shown now, by path; what begins with a dot is not.
    std::vector<File> files() const;
    bool has_previous() const;
    /// Exchanges the page for the one before it.
    void restore();
    /// No page of the school's own; the one that comes with the box is shown. restore() takes it back.
    void clear();
    /// Ends an exchange that a crash has cut off.
    void finish();

private:
    std::string place(std::string_view name) const { return folder_ + "/" + std::string(name); }
    void exchange();

    std::string const folder_;
};

/// Unpacks into an empty folder (unpack.cpp). Refused: names that lead elsewhere, links, devices, too much, a damaged
/// or locked archive; the folder is then to be thrown away.
Published unpack(int source, std::string const& folder);

} // namespace site
