#pragma once
// The head of an update file (made by image/sign): what it is for, how large its parts are, and who signed it. Does
// not write.

#include "appliance/base/result.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace box
{

/// A product's version and the time of its commit (seconds since 1970); together they say which is newer.
struct Release {
    std::string product;
    std::string version; ///< "0.1.0"
    std::uint64_t date = 0;
};

/// Numbers between dots count as numbers; the date decides between equal ones.
bool is_older(Release const& one, Release const& other);
/// One line of /usr/share/kotakpos/release: "kotakpos 0.1.0 1764000000".
base::Result<Release> parse_release(std::string_view line);

struct UpdatePart {
    std::uint64_t size = 0;
    std::string sha256; ///< in hex
};

struct UpdateHead {
    Release release;
    UpdatePart boot; ///< comes first
    UpdatePart root;
    std::string signed_text; ///< the lines above the signature
    std::string signature;
    std::size_t length = 0; ///< of the head with its empty line: where `boot` begins
};

/// Heads are far smaller.
constexpr std::size_t largest_head = 4096;
/// `bytes`: the beginning of the file. Every line must be there once, in the order of image/sign.
base::Result<UpdateHead> parse_update_head(std::string_view bytes, std::string const& file);

/// Ed25519 (RFC 8032) over `signed_text`; `public_key` in PEM.
bool is_signed_by(UpdateHead const& head, std::string const& public_key);

/// Whether this box may take it: right product, right signature, not older than `running`, parts that fit.
base::Result<void> check_update(UpdateHead const& head, std::string const& file, std::string const& public_key,
                                Release const& running, std::uint64_t boot_room, std::uint64_t root_room);

} // namespace box
