#pragma once
// Canonicalization (RFC 6376 3.4): what two servers may see differently and still sign alike. Bodies are hashed as
// they come, in pieces of any size, without a copy of the whole.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

extern "C" {
struct evp_md_ctx_st;
}

namespace maild::auth
{

enum class Canonical { simple, relaxed };
enum class Hash { sha1, sha256 };

/// One field with its CRLF. `raw`: as in the message, line end at its end or not. `simple` gives it back unchanged.
std::string canonical_field(std::string_view raw, Canonical how);

/// A digest that is fed piece by piece.
class Digest
{
public:
    explicit Digest(Hash hash);
    void add(std::string_view bytes);
    std::string finish();

private:
    struct Release {
        void operator()(evp_md_ctx_st* context) const;
    };
    std::unique_ptr<evp_md_ctx_st, Release> context_;
};

/// The hash of a body (RFC 6376 3.4.3, 3.4.4, 3.4.5).
class BodyHash
{
public:
    /// `length`: l=, octets of the canonical body that count; nothing: all.
    BodyHash(Hash hash, Canonical how, std::optional<std::uint64_t> length = std::nullopt);

    void add(std::string_view piece);
    /// The digest; only once.
    std::string finish();
    /// Octets of the canonical body, whatever `length` says; after finish().
    std::uint64_t canonical_size() const { return size_; }

private:
    void add_line_part(std::string_view part);
    void end_line();
    void write(std::string_view bytes);
    void write_waiting();

    Digest digest_;
    Canonical how_;
    std::uint64_t left_;
    std::uint64_t size_ = 0;
    std::uint64_t empty_lines_ = 0; ///< held back: those at the end do not count
    std::string space_;             ///< held back: white space at the end of a line does not count (relaxed)
    bool line_begun_ = false;       ///< something of this line was written
    bool after_cr_ = false;
};

} // namespace maild::auth
