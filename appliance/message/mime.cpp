#include "appliance/message/mime.h"

#include "appliance/base/text.h"
#include "appliance/message/charset.h"
#include "appliance/message/header.h"
#include "appliance/message/transfer.h"

namespace message
{

namespace
{
constexpr std::size_t boundary_max = 1000;       // RFC 2046 5.1.1 says 70
constexpr std::size_t content_field_max = 65536; // bytes of a Content-* field that are looked at

/// RFC 2046 5.1.1: a line "--boundary" or "--boundary--", blanks may follow.
std::string_view delimiter_of(std::string_view line)
{
    if (line.substr(0, 2) != "--") return {};
    line.remove_prefix(2);
    while (!line.empty() && (line.back() == ' ' || line.back() == '\t')) line.remove_suffix(1);
    return line;
}

std::vector<std::string> parse_languages(std::string_view value)
{
    std::vector<std::string> languages;
    for (auto const& tag : base::split_list(value))
        if (languages.size() < 20) languages.push_back(tag);
    return languages;
}

std::string first_word(std::string_view value) { return base::lower(value.substr(0, value.find_first_of(" \t;("))); }

/// RFC 2045 5.2 and RFC 2046 5.1.5: what a part is when it does not say so.
void set_default_type(Part& part, bool in_digest)
{
    part.type = in_digest ? "message" : "text";
    part.subtype = in_digest ? "rfc822" : "plain";
    part.parameters.clear();
    if (!in_digest) part.parameters.push_back({"charset", "us-ascii"});
}

std::string field_of(Header const& header, std::string_view name)
{
    auto const* field = header.find(name);
    return field == nullptr ? std::string() : unfold(field->raw_value.substr(0, content_field_max));
}

void read_fields(Part& part, Header const& header, bool in_digest)
{
    set_default_type(part, in_digest);
    if (auto content = parse_content_type(field_of(header, "Content-Type"))) {
        part.type = std::move(content->type);
        part.subtype = std::move(content->subtype);
        part.parameters = std::move(content->parameters);
    }
    if (auto encoding = first_word(field_of(header, "Content-Transfer-Encoding")); !encoding.empty())
        part.encoding = encoding;
    part.disposition = parse_disposition(field_of(header, "Content-Disposition"));
    part.id = field_of(header, "Content-ID");
    part.description = field_of(header, "Content-Description");
    part.md5 = field_of(header, "Content-MD5");
    part.languages = parse_languages(field_of(header, "Content-Language"));
    part.location = field_of(header, "Content-Location");
}

std::string boundary_of(Part const& part)
{
    std::string boundary = raw_parameter(part.parameters, "boundary");
    if (boundary.empty()) boundary = decoded_parameter(part.parameters, "boundary").value_or(""); // RFC 2231 pieces
    while (!boundary.empty() && (boundary.back() == ' ' || boundary.back() == '\t')) boundary.pop_back();
    return boundary.size() > boundary_max ? std::string() : boundary;
}

void make_opaque(Part& part)
{
    part.type = "application";
    part.subtype = "octet-stream";
    part.parameters.clear();
    part.is_opaque = true;
}

/// Reads line by line; `open_` is the way from the root to the part that the next line belongs to. The pointers are
/// safe: only the last part of the way gets children, and its own place never moves while it is open.
class Scanner
{
public:
    explicit Scanner(std::string_view message) : message_(message) {}

    Part scan()
    {
        Part root;
        open_part(root, false);
        while (at_ < message_.size()) {
            std::string_view const line = peek_line();
            if (auto const level = boundary_level(line))
                pass_boundary(line, *level);
            else
                next_line();
        }
        close_to(0, message_.size(), lines_);
        return root;
    }

private:
    struct Open {
        Part* part;
        std::string boundary;              ///< empty: no delimiter of its own (or the last one has been seen)
        std::size_t lines_before_body = 0; ///< of the message
    };

    /// The line at the current place without its end.
    std::string_view peek_line() const
    {
        std::size_t const newline = message_.find('\n', at_);
        std::string_view line = message_.substr(at_, newline == std::string_view::npos ? newline : newline - at_);
        if (newline != std::string_view::npos && !line.empty() && line.back() == '\r') line.remove_suffix(1);
        return line;
    }

    void next_line()
    {
        std::size_t const newline = message_.find('\n', at_);
        at_ = newline == std::string_view::npos ? message_.size() : newline + 1;
        if (newline != std::string_view::npos) ++lines_;
    }

    /// Which open multipart the line parts: the innermost one that has this boundary.
    std::optional<std::size_t> boundary_level(std::string_view line) const
    {
        std::string_view const delimiter = delimiter_of(line);
        if (delimiter.empty() || is_full()) return std::nullopt;
        for (std::size_t i = open_.size(); i-- > 0;)
            if (is_delimiter(delimiter, open_[i].boundary) || is_close(delimiter, open_[i].boundary)) return i;
        return std::nullopt;
    }

    static bool is_delimiter(std::string_view delimiter, std::string_view boundary)
    {
        return !boundary.empty() && delimiter == boundary;
    }
    static bool is_close(std::string_view delimiter, std::string_view boundary)
    {
        return !boundary.empty() && delimiter.size() == boundary.size() + 2 &&
               delimiter.substr(boundary.size()) == "--" && delimiter.substr(0, boundary.size()) == boundary;
    }

    bool is_full() const { return count_ >= part_count_max; }

    void pass_boundary(std::string_view line, std::size_t level)
    {
        close_to(level + 1, before_line_end(at_), lines_);
        next_line();
        Open& parent = open_[level];
        if (!is_delimiter(delimiter_of(line), parent.boundary)) {
            parent.boundary.clear(); // what follows is the epilogue
            return;
        }
        parent.part->children.emplace_back();
        open_part(parent.part->children.back(), parent.part->subtype == "digest");
    }

    /// The line end before a boundary belongs to the boundary (RFC 2046 5.1.1).
    std::size_t before_line_end(std::size_t at) const
    {
        if (at > 0 && message_[at - 1] == '\n') --at;
        if (at > 0 && message_[at - 1] == '\r' && message_[at] == '\n') --at;
        return at;
    }

    /// Reads the header, and those of the messages inside messages that begin right behind it.
    void open_part(Part& first, bool in_digest)
    {
        Part* part = &first;
        for (;;) {
            read_header(*part, in_digest);
            in_digest = false;
            if (is_full()) return make_opaque(*part); // it swallows the rest of the message
            bool const is_multipart = part->type == "multipart";
            bool const is_message =
                part->type == "message" && (part->subtype == "rfc822" || part->subtype == "global");
            if ((is_multipart || is_message) && open_.size() >= part_depth_max) return make_opaque(*part);
            if (is_multipart) open_.back().boundary = boundary_of(*part);
            if (!is_message) return;
            part->children.emplace_back();
            part = &part->children.back();
        }
    }

    void read_header(Part& part, bool in_digest)
    {
        ++count_;
        auto const header =
            Header::parse(message_, at_, [this](std::string_view line) { return boundary_level(line).has_value(); });
        read_fields(part, header, in_digest);
        part.header = {header.begin(), header.end()};
        part.body = {header.end(), header.end()};
        while (at_ < header.end()) next_line();
        open_.push_back({&part, {}, lines_});
    }

    /// Ends all parts from this depth on; their bodies end at `end`.
    void close_to(std::size_t depth, std::size_t end, std::size_t lines)
    {
        while (open_.size() > depth) {
            Open const& open = open_.back();
            Part& part = *open.part;
            part.body.end = std::max(part.body.begin, end);
            if (part.body.size() > 0) {
                bool const cut = end < at_; // the line end before the boundary was counted, but is not ours
                bool const unfinished = message_[part.body.end - 1] != '\n';
                part.lines = lines - open.lines_before_body - (cut ? 1 : 0) + (unfinished ? 1 : 0);
            }
            if (part.type == "multipart" && part.children.empty()) add_only_child(part);
            open_.pop_back();
        }
    }

    /// A multipart must have a part (the grammar of BODYSTRUCTURE has no other way), so its text is shown as one.
    static void add_only_child(Part& part)
    {
        Part child;
        set_default_type(child, false);
        child.header = {part.body.begin, part.body.begin};
        child.body = part.body;
        child.lines = part.lines;
        part.children.push_back(std::move(child));
    }

    std::string_view message_;
    std::size_t at_ = 0;
    std::size_t lines_ = 0; ///< line ends before at_
    std::size_t count_ = 0; ///< parts so far
    std::vector<Open> open_;
};

std::string without_folders(std::string_view name)
{
    std::size_t const slash = name.find_last_of("/\\");
    if (slash != std::string_view::npos) name.remove_prefix(slash + 1);
    std::string clean;
    for (char const c : name)
        if (static_cast<unsigned char>(c) >= 0x20 && c != 0x7F) clean += c;
    clean = base::trim(clean);
    return clean == "." || clean == ".." ? std::string() : clean;
}

/// Calls `visit` for every part that is shown as the mail itself: attachments and messages inside are passed over.
template <class Visit>
void visit_text(Part const& part, Visit const& visit)
{
    if (part.is_multipart()) {
        for (auto const& child : part.children) visit_text(child, visit);
    } else if (part.type == "text" && !part.is_attachment()) {
        visit(part);
    }
}

void collect_text(Part const& part, std::vector<Part const*>& found)
{
    for (auto const& child : part.children) collect_text(child, found);
    if (part.children.empty() && part.type == "text" && !part.is_attachment()) found.push_back(&part);
}
} // namespace

bool Part::is(std::string_view wanted_type, std::string_view wanted_subtype) const
{
    return type == wanted_type && subtype == wanted_subtype;
}

std::string Part::file_name() const
{
    std::optional<std::string> name;
    if (disposition) name = decoded_parameter(disposition->parameters, "filename");
    if (!name || name->empty()) name = decoded_parameter(parameters, "name");
    return name ? without_folders(*name) : std::string();
}

bool Part::is_attachment() const
{
    if (is_multipart()) return false;
    if (disposition && disposition->type == "attachment") return true;
    if (type == "text") return !file_name().empty();
    bool const shown_by_html = !id.empty() && type == "image"; // referred to as "cid:..."
    return !shown_by_html;
}

Part scan(std::string_view message) { return Scanner(message).scan(); }

Part const* find_part(Part const& root, std::span<std::uint32_t const> numbers)
{
    Part const* part = &root;
    bool inside = true; // the number counts inside this message; false: inside this part
    for (std::uint32_t const number : numbers) {
        if (part->is_message() && !inside) {
            part = &part->children[0];
            inside = true;
        }
        if (part->is_multipart()) {
            if (number < 1 || number > part->children.size()) return nullptr;
            part = &part->children[number - 1];
        } else if (!inside || number != 1) {
            return nullptr; // a message that is no multipart has the one part 1: its body
        }
        inside = false;
    }
    return part;
}

std::optional<Range> find_section(Part const& root, std::span<std::uint32_t const> numbers, SectionText what)
{
    Part const* part = find_part(root, numbers);
    if (part == nullptr) return std::nullopt;
    bool const whole = numbers.empty();
    if (what == SectionText::mime) return whole ? std::nullopt : std::optional(part->header);
    if (what == SectionText::body) return whole ? Range{part->header.begin, part->body.end} : part->body;
    if (!whole) {
        if (!part->is_message()) return std::nullopt;
        part = &part->children[0];
    }
    return what == SectionText::header ? part->header : part->body;
}

std::string bytes_of(std::string_view message, Part const& part)
{
    return decode_transfer(part.body.of(message), part.encoding);
}

std::string text_of(std::string_view message, Part const& part, std::size_t most)
{
    std::string const bytes = decode_transfer(part.body.of(message).substr(0, most), part.encoding);
    return to_utf8(bytes, raw_parameter(part.parameters, "charset"));
}

Part const* readable_part(Part const& root)
{
    Part const *plain = nullptr, *html = nullptr, *other = nullptr;
    visit_text(root, [&](Part const& part) {
        Part const*& place = part.subtype == "plain" ? plain : part.subtype == "html" ? html : other;
        if (place == nullptr) place = &part;
    });
    return plain != nullptr ? plain : html != nullptr ? html : other;
}

std::vector<Part const*> text_parts(Part const& root)
{
    std::vector<Part const*> found;
    collect_text(root, found);
    return found;
}

bool has_attachment(Part const& root)
{
    if (root.children.empty() || root.is_message()) return root.is_attachment();
    for (auto const& child : root.children)
        if (has_attachment(child)) return true;
    return false;
}

} // namespace message
