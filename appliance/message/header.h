#pragma once
// The header of a message or MIME part cut into fields (RFC 5322 2.2), as hostile as it may be, and a builder for new
// ones. What a field's value means is elsewhere: words.h (RFC 2047), parameters.h (RFC 2045, 2231), date.h,
// address_list.h.

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace message
{

inline constexpr std::size_t header_bytes_max = std::size_t{1}
                                                << 20;  ///< fields are cut up to here; the end is still found
inline constexpr std::size_t header_fields_max = 10000; ///< so many fields are kept

/// One field. The views borrow the message.
struct HeaderField {
    std::string_view name;      ///< as written, without blanks before the colon
    std::string_view raw_value; ///< all after the colon with its folding, without the last line end
    std::size_t begin = 0;      ///< of the name in the message
    std::size_t end = 0;        ///< behind the last line end

    /// Unfolded and trimmed: one line, without CR, LF and NUL.
    std::string value() const;
};

/// The fields in order. Borrows the message, which must live longer.
class Header
{
public:
    /// Reads from `begin`. Tolerates LF without CR, NULs, 8-bit, an mbox "From " line in front and no blank line at
    /// the end: the first line that can be no field begins the body, and so does a line for which `stop` says true.
    static Header parse(std::string_view message, std::size_t begin = 0,
                        std::function<bool(std::string_view line)> const& stop = {});

    std::vector<HeaderField> const& fields() const { return fields_; }
    std::size_t begin() const { return begin_; }
    /// Behind the blank line: where the body begins.
    std::size_t end() const { return end_; }
    /// A limit was met; the later fields are missing.
    bool is_cut() const { return cut_; }

    /// The first field of that name (any case), or null.
    HeaderField const* find(std::string_view name) const;
    std::vector<HeaderField const*> all(std::string_view name) const;
    /// Unfolded value of the first field of that name, or "" when there is none.
    std::string first(std::string_view name) const;
    /// The same with encoded words decoded: UTF-8 for people.
    std::string first_decoded(std::string_view name) const;

private:
    std::vector<HeaderField> fields_;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    bool cut_ = false;
};

/// Makes one line of a folded value: CR, LF and NUL go, white space around goes, inner white space stays.
std::string unfold(std::string_view raw_value);

/// The <message-ids> of a Message-ID, In-Reply-To or References value, with their brackets, at most `most`.
std::vector<std::string> parse_message_ids(std::string_view value, std::size_t most = 1000);

/// Writes header fields with CRLF, folded at white space to 78 columns where possible (never above 998).
/// CR, LF, NUL in names and values never come through, so no field can be smuggled in.
class HeaderBuilder
{
public:
    /// A value that is ready (structured or already encoded).
    HeaderBuilder& add(std::string_view name, std::string_view value);
    /// People's text in UTF-8: becomes encoded words where needed (RFC 2047).
    HeaderBuilder& add_text(std::string_view name, std::string_view utf8);

    /// The fields so far, without a blank line at the end.
    std::string const& text() const { return text_; }

private:
    std::string text_;
};

} // namespace message
