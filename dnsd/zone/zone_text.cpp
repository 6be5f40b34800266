// parse_zone_text: zone-file syntax through ldns, one record at a time, so that every bad line can be named.

#include "appliance/base/text.h"
#include "dnsd/zone/ldns_ptr.h"
#include "dnsd/zone/name.h"
#include "dnsd/zone/wire_record.h"

#include <array>
#include <cstdio>

namespace dnsd
{

namespace
{
struct CloseFile {
    void operator()(std::FILE* file) const { std::fclose(file); }
};

/// What a wrong line of that type probably lacks.
struct TypeHint {
    std::string_view type;
    char const* why;
    char const* to_do;
};
constexpr TypeHint hints[] = {
    {"A", "this is not an IPv4 address", "write four numbers from 0 to 255 with dots, for example 192.168.10.20"},
    {"AAAA", "this is not an IPv6 address", "write for example 2001:db8::20"},
    {"MX", "an MX record needs a number and the name of the mail server", "write for example: @ MX 10 mail"},
    {"SRV", "an SRV record needs priority, weight, port and the name of the server",
     "write for example: _imaps._tcp SRV 0 1 993 mail"},
    {"CNAME", "a CNAME record needs exactly one name", "write for example: web CNAME www"},
    {"NS", "an NS record needs exactly one name", "write for example: @ NS ns2"},
    {"PTR", "a PTR record needs exactly one name", "write the full name with a dot at its end"},
    {"TXT", "the text is not closed or too long", "put the text in double quotes, each piece at most 255 characters"},
    {"SOA", "an SOA record needs two names and five numbers",
     "write for example: @ SOA ns hostmaster 1 3600 900 1209600 300"},
};

std::vector<std::string> words_of(std::string const& line)
{
    auto const blanks = base::replace_all(line, "\t", " ");
    std::vector<std::string> words;
    for (auto const& word : base::split(blanks, ' '))
        if (!word.empty()) words.emplace_back(word);
    return words;
}

base::Error explain(ldns_status status, std::string const& line)
{
    switch (status) {
    case LDNS_STATUS_SYNTAX_TYPE_ERR:
        return base::refused(line, "the type of the record is missing or unknown",
                             "write for example: pc1 A 192.168.10.20");
    case LDNS_STATUS_SYNTAX_CLASS_ERR: return base::refused(line, "only records of class IN are kept");
    case LDNS_STATUS_SYNTAX_TTL_ERR: return base::refused(line, "the time to live is not a number of seconds");
    case LDNS_STATUS_SYNTAX_INCLUDE:
    case LDNS_STATUS_SYNTAX_INCLUDE_ERR_NOTIMPL:
        return base::refused(line, "$INCLUDE is not followed", "paste the other file here");
    case LDNS_STATUS_LABEL_OVERFLOW:
        return base::refused(line, "a part between two dots is longer than 63 characters");
    case LDNS_STATUS_DOMAINNAME_OVERFLOW: return base::refused(line, "a name may have at most 253 characters");
    case LDNS_STATUS_EMPTY_LABEL:
        return base::refused(line, "two dots stand next to each other, or the name begins with a dot",
                             "remove one dot");
    default: break;
    }
    auto const words = words_of(line);
    if (!words.empty() && words[0][0] != '$')
        if (auto const name = absolute_name(words[0], "."); !name)
            return base::refused(line, name.error().why, name.error().to_do);
    for (auto const& word : words)
        for (auto const& hint : hints)
            if (base::equal_ignoring_case(word, hint.type)) return base::refused(line, hint.why, hint.to_do);
    if (base::trim(line).starts_with("$"))
        return base::refused(line, "this directive is not known", "use $ORIGIN and $TTL only");
    return base::refused(line, "the type of the record is missing or unknown",
                         "write for example: pc1 A 192.168.10.20");
}

/// The data of a record as one line of text, in ldns's spelling.
std::string data_text(ldns_rr const* record)
{
    LdnsText const text(ldns_rr2str_fmt(ldns_output_format_nocomments, record));
    if (!text) return {};
    std::string_view rest = text.get();
    for (int field = 0; field < 4; ++field) { // owner, ttl, class, type
        auto const tab = rest.find('\t');
        if (tab == std::string_view::npos) return {};
        rest.remove_prefix(tab + 1);
    }
    return base::replace_all(std::string(base::trim(rest)), "\t", " ");
}

Record to_record(ldns_rr* parsed)
{
    ldns_rr2canonical(parsed); // owner, and the names in the data, in lower case
    auto const* owner = ldns_rr_owner(parsed);
    std::string_view const wire(static_cast<char const*>(static_cast<void const*>(ldns_rdf_data(owner))),
                                ldns_rdf_size(owner));
    LdnsText const type_text(ldns_rr_type2str(ldns_rr_get_type(parsed)));
    return {show_name(wire), type_text.get(), ldns_rr_ttl(parsed), data_text(parsed), false};
}

/// The reader of one text: ldns's state between two lines.
class Reader
{
public:
    Reader(std::string_view text, std::string_view zone)
        : text_(text), lines_(base::split(text_, '\n')), file_(::fmemopen(text_.data(), text_.size(), "r"))
    {
        origin_ = ldns_dname_new_frm_str(std::string(zone.empty() ? "." : zone).c_str());
    }
    Reader(Reader const&) = delete;
    Reader& operator=(Reader const&) = delete;
    ~Reader()
    {
        LdnsData const origin(origin_);
        LdnsData const previous(previous_);
    }

    ParsedText read()
    {
        while (file_ && !std::feof(file_.get())) read_one();
        return std::move(result_);
    }

private:
    void read_one()
    {
        auto const before = line_;
        ldns_rr* raw = nullptr;
        auto const status = ldns_rr_new_frm_fp_l(&raw, file_.get(), &ttl_, &origin_, &previous_, &line_);
        LdnsRecord const record(raw);
        auto const line = first_line(static_cast<std::size_t>(before));
        switch (status) {
        case LDNS_STATUS_OK: return take(line, raw);
        case LDNS_STATUS_SYNTAX_EMPTY:
        case LDNS_STATUS_SYNTAX_TTL:
        case LDNS_STATUS_SYNTAX_ORIGIN: return;
        default: refuse(line, explain(status, text_of(line)));
        }
    }

    void take(std::size_t line, ldns_rr* raw)
    {
        if (ldns_rr_get_class(raw) != LDNS_RR_CLASS_IN)
            return refuse(line, explain(LDNS_STATUS_SYNTAX_CLASS_ERR, text_of(line)));
        if (ldns_rr_rd_count(raw) == 0) return refuse(line, explain(LDNS_STATUS_SYNTAX_RDATA_ERR, text_of(line)));
        auto record = to_record(raw);
        if (!to_wire(record)) return refuse(line, explain(LDNS_STATUS_SYNTAX_RDATA_ERR, text_of(line)));
        result_.records.push_back({line, std::move(record)});
    }

    void refuse(std::size_t line, base::Error error)
    {
        result_.refused.push_back({line, text_of(line), std::move(error)});
    }

    /// The first line from `before` on that holds more than blanks and comments; counted from 1.
    std::size_t first_line(std::size_t before) const
    {
        for (auto line = before; line < lines_.size(); ++line) {
            auto const text = base::trim(lines_[line]);
            if (!text.empty() && text[0] != ';') return line + 1;
        }
        return before + 1;
    }
    std::string text_of(std::size_t line) const
    {
        return line <= lines_.size() ? std::string(base::trim(lines_[line - 1])).substr(0, 200) : std::string();
    }

    std::string text_; ///< the file below reads from it
    std::vector<std::string_view> lines_;
    std::unique_ptr<std::FILE, CloseFile> file_;
    ldns_rdf* origin_ = nullptr; ///< replaced by ldns at $ORIGIN
    ldns_rdf* previous_ = nullptr;
    std::uint32_t ttl_ = no_ttl; ///< replaced by ldns at $TTL
    int line_ = 0;
    ParsedText result_;
};
} // namespace

ParsedText parse_zone_text(std::string_view text, std::string_view zone)
{
    if (auto const nul = text.find('\0'); nul != std::string_view::npos) {
        auto const line = base::split(text.substr(0, nul), '\n').size();
        return {{},
                {{line, "", base::refused("zone file", "a zero byte stands in the text", "send a plain text file")}}};
    }
    if (base::trim(text).empty()) return {};
    return Reader(text, zone).read();
}

} // namespace dnsd
