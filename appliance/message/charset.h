#pragma once
// Any charset of the mail world to UTF-8, through iconv. Not for transfer encodings (transfer.h) or words in headers
// (words.h).

#include <memory>
#include <string>
#include <string_view>

namespace message
{

/// Always well-formed UTF-8, never fails: a byte that does not convert becomes U+FFFD. An unknown or empty charset,
/// and "us-ascii" with 8-bit bytes, is guessed (see guess_utf8). Names in either case, usual misspellings included.
std::string to_utf8(std::string_view bytes, std::string_view charset);

/// Bytes of no declared charset: themselves when well-formed UTF-8, else read as Windows-1252.
std::string guess_utf8(std::string_view bytes);

/// The text with everything that is not well-formed UTF-8 replaced by U+FFFD.
std::string scrub_utf8(std::string_view bytes);

/// One character; what is none becomes U+FFFD.
void append_utf8(std::string& out, char32_t code);

/// to_utf8 piece by piece, for texts too long to hold. Its one difference: an undeclared charset is guessed from the
/// first piece. Appends whole characters only.
class Utf8Reader
{
public:
    explicit Utf8Reader(std::string_view charset);
    ~Utf8Reader();
    Utf8Reader(Utf8Reader const&) = delete;
    Utf8Reader& operator=(Utf8Reader const&) = delete;

    void feed(std::string_view bytes, std::string& out);
    /// Appends what was still held back.
    void finish(std::string& out);

private:
    class State;
    std::unique_ptr<State> state_;
};

/// Whether to_utf8 knows this charset (IMAP SEARCH CHARSET answers BADCHARSET otherwise).
bool is_known_charset(std::string_view charset);

/// Loads iconv's modules of the common charsets and keeps them: call before `confine()`, which takes the file system
/// away.
void prepare_charsets();

} // namespace message
