#pragma once
// What a browser sends in a query string or a form post (WHATWG URL 5.1, RFC 7578). Knows nothing of HTTP itself.

#include "httpd/hidden_file.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace httpd
{

/// A file that came with a form.
struct UploadedFile {
    std::string field;
    std::string name; ///< as the browser sent it, UTF-8; not safe as a path
    std::string type; ///< "image/png"; empty when none was sent
    HiddenFile content;
};

/// Fields in the order in which they came. Values are UTF-8 (broken sequences replaced), without NUL.
class Form
{
public:
    void add(std::string name, std::string value);
    void add(UploadedFile file) { files_.push_back(std::move(file)); }

    /// The first value of that name, or "".
    std::string const& value(std::string_view name) const;
    bool has(std::string_view name) const;
    std::vector<std::string> all(std::string_view name) const;
    std::vector<std::pair<std::string, std::string>> const& fields() const { return fields_; }
    std::vector<UploadedFile> const& files() const { return files_; }
    std::vector<UploadedFile>& files() { return files_; }

private:
    std::vector<std::pair<std::string, std::string>> fields_;
    std::vector<UploadedFile> files_;
};

/// "a=1&b=2"; percent signs and plus signs decoded. Fields beyond limits::form_fields are dropped.
Form parse_urlencoded(std::string_view text);

/// "%2F" -> "/"; a broken escape stays as it is.
std::string percent_decoded(std::string_view text);
/// Everything but letters, digits and "-._~" escaped: for one path segment or one query value.
std::string percent_encoded(std::string_view text);

/// multipart/form-data as it comes in, piece by piece: fields go into memory, files to the disk.
class MultipartParser
{
public:
    /// `boundary` as in the Content-Type.
    explicit MultipartParser(std::string_view boundary);

    /// False: this is no multipart form, or a limit was met; nothing more will be taken. Throws base::StoreError when
    /// the disk is full.
    bool feed(std::string_view bytes);
    /// The form; nothing when the end is missing or feed() had failed.
    std::optional<Form> finish();
    /// Bytes that have gone to the disk.
    std::size_t on_disk() const { return on_disk_; }

private:
    enum class State { preamble, after_boundary, header, body, epilogue, broken };

    bool step();
    bool step_preamble();
    bool step_after_boundary();
    bool step_header();
    bool step_body();
    bool begin_part(std::string_view header);
    void take(std::string_view piece);
    void end_part();
    bool fail();

    std::string delimiter_; ///< CRLF "--" boundary
    std::string waiting_;   ///< bytes not yet understood
    std::size_t taken_ = 0; ///< of waiting_
    State state_ = State::preamble;
    std::string field_;
    bool is_file_ = false;
    UploadedFile part_;
    std::string value_; ///< of a part that is no file
    std::size_t on_disk_ = 0;
    Form form_;
};

} // namespace httpd
