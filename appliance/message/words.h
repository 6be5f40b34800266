#pragma once
// Encoded words: "=?utf-8?Q?Selamat_pagi?=" (RFC 2047, language tags of RFC 2231 section 5). Not for parameters
// (parameters.h).

#include <cstddef>
#include <string>
#include <string_view>

namespace message
{

/// The length of the encoded word at the front of the text, 0 when there is none. Blanks inside are tolerated.
std::size_t encoded_word_length(std::string_view text);

/// UTF-8 for people. White space between two encoded words goes, neighbours of one charset are joined before decoding
/// (so a character cut in two survives), raw 8-bit is guessed; what cannot be decoded stays as it
/// is. Control characters become blanks.
std::string decode_words(std::string_view raw);

/// Unstructured text: unchanged when it is plain ASCII, else its words are encoded; each encoded word has at most 75
/// bytes.
std::string encode_text(std::string_view utf8);

/// A display name (RFC 5322 phrase): atoms as they are, other ASCII quoted, everything else encoded.
std::string encode_phrase(std::string_view utf8);

} // namespace message
