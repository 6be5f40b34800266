#pragma once
// Texts for people in their language: gettext's .mo format compiled into the binary, one catalogue per request.
// The message id is the English sentence. The C library's gettext is not used: it knows one language per process.

#include <string>
#include <string_view>
#include <unordered_map>

namespace i18n
{

/// Immutable after start; safe from all threads.
class Catalog
{
public:
    /// `mo`: the bytes of a .mo file, or empty for English; they must outlive the catalogue.
    Catalog(std::string language, std::string_view mo);

    std::string const& language() const { return language_; }
    /// The translation, or the id itself where there is none.
    std::string text(std::string_view id) const;
    /// As `text`, for a count: "{1} message" / "{1} messages". Does not fill in the number.
    std::string plural(std::string_view one, std::string_view many, unsigned long count) const;
    /// Whether there is a translation (English: always).
    bool has(std::string_view id) const;
    std::size_t size() const { return texts_.size(); }

private:
    std::string language_;
    std::unordered_map<std::string_view, std::string_view> texts_;
};

/// "id" gives Indonesian, everything else English.
Catalog const& catalog(std::string_view language);

/// Day and month as people write them: "Sab, 21 Nov 2026 05.25" (id), "Sat, 21 Nov 2026 05:25" (en).
/// `offset_minutes`: the reader's time zone east of UTC (Indonesia: 420, 480, 540).
std::string show_time(Catalog const& catalog, long long microseconds_utc, int offset_minutes);

} // namespace i18n
