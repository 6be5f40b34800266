#pragma once
// Transfer encodings (RFC 2045 section 6): base64 and quoted-printable, both ways. Decoding takes any bytes and never
// fails.

#include <cstdint>
#include <string>
#include <string_view>

namespace message
{

/// Decodes piece by piece. The encoding is that of a Content-Transfer-Encoding (any case); an unknown one passes
/// unchanged.
class TransferDecoder
{
public:
    explicit TransferDecoder(std::string_view encoding);

    /// Appends to `out` what the bytes so far make up.
    void feed(std::string_view bytes, std::string& out);
    /// Appends what was still held back.
    void finish(std::string& out);

private:
    enum class Encoding { identity, base64, quoted_printable };

    void feed_base64(std::string_view bytes, std::string& out);
    void feed_quoted_printable(std::string_view bytes, std::string& out);
    void quoted_printable_line(std::string_view line, std::string& out);

    Encoding encoding_;
    std::uint32_t bits_ = 0;   // base64: bits not yet given out
    unsigned bit_count_ = 0;   // how many
    std::string pending_line_; // quoted-printable: the line that has no end yet
};

std::string decode_transfer(std::string_view bytes, std::string_view encoding);
std::string decode_base64(std::string_view text);
std::string decode_quoted_printable(std::string_view text);

/// Lines of 76 columns, each with CRLF.
std::string encode_base64_lines(std::string_view bytes);
/// Text whose lines end with CRLF or LF: lines of at most 76 columns with CRLF.
std::string encode_quoted_printable(std::string_view text);

} // namespace message
