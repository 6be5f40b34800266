#include "maild/auth/canonical.h"

#include "appliance/base/error.h"
#include "appliance/base/text.h"

#include <algorithm>
#include <openssl/evp.h>

namespace maild::auth
{

namespace
{
constexpr std::string_view crlf = "\r\n";

bool is_blank(char c) { return c == ' ' || c == '\t'; }
bool is_space(char c) { return is_blank(c) || c == '\r' || c == '\n'; }

std::string relaxed_field(std::string_view raw)
{
    auto const colon = std::min(raw.find(':'), raw.size());
    std::string text = base::lower(base::trim(raw.substr(0, colon)));
    text += ':';
    bool const has_value = colon < raw.size();
    bool gap = false;
    bool begun = false;
    for (char const c : has_value ? raw.substr(colon + 1) : std::string_view()) {
        if (is_space(c)) {
            gap = true;
            continue;
        }
        if (gap && begun) text += ' ';
        gap = false;
        begun = true;
        text += c;
    }
    return text.append(crlf);
}
} // namespace

std::string canonical_field(std::string_view raw, Canonical how)
{
    if (how == Canonical::relaxed) return relaxed_field(raw);
    std::string text(raw);
    if (!text.ends_with(crlf)) text += crlf;
    return text;
}

void Digest::Release::operator()(evp_md_ctx_st* context) const { EVP_MD_CTX_free(context); }

Digest::Digest(Hash hash) : context_(EVP_MD_CTX_new())
{
    if (!context_ || EVP_DigestInit_ex(context_.get(), hash == Hash::sha1 ? EVP_sha1() : EVP_sha256(), nullptr) != 1)
        throw base::Failure(base::failed("DKIM", "OpenSSL cannot make a hash"));
}

void Digest::add(std::string_view bytes)
{
    if (EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) != 1)
        throw base::Failure(base::failed("DKIM", "OpenSSL cannot make a hash"));
}

std::string Digest::finish()
{
    unsigned char value[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    if (EVP_DigestFinal_ex(context_.get(), value, &size) != 1)
        throw base::Failure(base::failed("DKIM", "OpenSSL cannot make a hash"));
    return {value, value + size};
}

BodyHash::BodyHash(Hash hash, Canonical how, std::optional<std::uint64_t> length)
    : digest_(hash), how_(how), left_(length.value_or(UINT64_MAX))
{
}

void BodyHash::write(std::string_view bytes)
{
    size_ += bytes.size();
    auto const counted = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size()));
    left_ -= counted;
    digest_.add(bytes.substr(0, counted));
}

/// Something follows: what was held back was not at the end.
void BodyHash::write_waiting()
{
    for (; empty_lines_ > 0; --empty_lines_) write(crlf);
    if (!space_.empty()) write(how_ == Canonical::relaxed ? std::string_view(" ") : std::string_view(space_));
    space_.clear();
}

/// Bytes of one line, without its end. Simple: as they are; relaxed: runs of blanks become one, none at the end.
void BodyHash::add_line_part(std::string_view part)
{
    if (part.empty()) return;
    if (how_ == Canonical::simple) {
        write_waiting();
        write(part);
        line_begun_ = true;
        return;
    }
    while (!part.empty()) {
        if (is_blank(part.front())) {
            space_ = " ";
            part.remove_prefix(std::min(part.find_first_not_of(" \t"), part.size()));
            continue;
        }
        auto const end = std::min(part.find_first_of(" \t"), part.size());
        write_waiting();
        write(part.substr(0, end));
        line_begun_ = true;
        part.remove_prefix(end);
    }
}

void BodyHash::end_line()
{
    space_.clear();
    if (line_begun_)
        write(crlf);
    else
        ++empty_lines_;
    line_begun_ = false;
}

void BodyHash::add(std::string_view piece)
{
    while (!piece.empty()) {
        if (std::exchange(after_cr_, false)) {
            if (piece.front() == '\n') {
                end_line();
                piece.remove_prefix(1);
                continue;
            }
            add_line_part("\r"); // a CR alone is a byte like others
        }
        auto const cr = std::min(piece.find('\r'), piece.size());
        add_line_part(piece.substr(0, cr));
        after_cr_ = cr < piece.size();
        piece.remove_prefix(std::min(cr + 1, piece.size()));
    }
}

std::string BodyHash::finish()
{
    if (std::exchange(after_cr_, false)) add_line_part("\r");
    if (line_begun_) end_line();                              // the last line gets its CRLF
    if (how_ == Canonical::simple && size_ == 0) write(crlf); // RFC 6376 3.4.3: an empty body is one CRLF
    return digest_.finish();
}

} // namespace maild::auth
