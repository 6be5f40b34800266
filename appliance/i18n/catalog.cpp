#include "appliance/i18n/catalog.h"

#include <cstdint>
#include <cstring>
#include <ctime>
#include <optional>

/// The compiled id.po (see appliance/CMakeLists.txt).
extern "C" char const kotakpos_id_mo[];
extern "C" char const kotakpos_id_mo_end[];

namespace i18n
{

namespace
{
constexpr std::uint32_t mo_magic = 0x950412DE;

std::uint32_t word_at(std::string_view mo, std::size_t offset)
{
    std::uint32_t word = 0;
    if (offset + 4 <= mo.size()) std::memcpy(&word, mo.data() + offset, 4);
    return word;
}

/// The string of entry `index` in the table at `table`: length and offset, 4 bytes each.
std::string_view string_at(std::string_view mo, std::size_t table, std::size_t index)
{
    auto const length = word_at(mo, table + 8 * index);
    auto const offset = word_at(mo, table + 8 * index + 4);
    return offset + std::size_t{length} <= mo.size() ? mo.substr(offset, length) : std::string_view();
}
} // namespace

Catalog::Catalog(std::string language, std::string_view mo) : language_(std::move(language))
{
    if (word_at(mo, 0) != mo_magic) return;
    auto const count = word_at(mo, 8);
    for (std::size_t i = 0; i < count; ++i) {
        auto id = string_at(mo, word_at(mo, 12), i);
        id = id.substr(0, id.find('\0')); // a plural entry is found by its singular
        if (!id.empty()) texts_.emplace(id, string_at(mo, word_at(mo, 16), i));
    }
}

std::string Catalog::text(std::string_view id) const
{
    auto const found = texts_.find(id);
    return std::string(found == texts_.end() || found->second.empty() ? id : found->second);
}

std::string Catalog::plural(std::string_view one, std::string_view many, unsigned long count) const
{
    // Indonesian has one form; English is the ids themselves. A third language would need the Plural-Forms rule here.
    if (auto const found = texts_.find(one); found != texts_.end() && !found->second.empty())
        return std::string(found->second.substr(0, found->second.find('\0')));
    return std::string(count == 1 ? one : many);
}

bool Catalog::has(std::string_view id) const { return language_ == "en" || texts_.contains(id); }

Catalog const& catalog(std::string_view language)
{
    static Catalog const english("en", {});
    static Catalog const indonesian("id",
                                    {kotakpos_id_mo, static_cast<std::size_t>(kotakpos_id_mo_end - kotakpos_id_mo)});
    return language == "id" ? indonesian : english;
}

std::string show_time(Catalog const& catalog, long long microseconds_utc, int offset_minutes)
{
    constexpr char const* days[2][7] = {{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"},
                                        {"Min", "Sen", "Sel", "Rab", "Kam", "Jum", "Sab"}};
    constexpr char const* months[2][12] = {
        {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"},
        {"Jan", "Feb", "Mar", "Apr", "Mei", "Jun", "Jul", "Agu", "Sep", "Okt", "Nov", "Des"}};
    bool const indonesian = catalog.language() == "id";
    auto const seconds = static_cast<std::time_t>(microseconds_utc / 1000000 + offset_minutes * 60LL);
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    auto const two_digits = [](int number) { return std::to_string(100 + number).substr(1); };
    std::string text = days[indonesian][parts.tm_wday];
    text.append(", ").append(std::to_string(parts.tm_mday)).append(" ").append(months[indonesian][parts.tm_mon]);
    text.append(" ").append(std::to_string(parts.tm_year + 1900)).append(" ").append(two_digits(parts.tm_hour));
    return text.append(indonesian ? "." : ":").append(two_digits(parts.tm_min));
}

} // namespace i18n
