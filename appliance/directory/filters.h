#pragma once
// What becomes of a person's mail when it arrives: filters, and the answer while he is away (RFC 3834). Kept here,
// changed by the webmail and the command line, carried out at delivery (maild/queue/filter.h). Everything here could
// be said in Sieve (RFC 5228) too.

#include "appliance/directory/directory.h"

namespace directory
{

using FilterId = std::int64_t;

struct FilterCondition {
    enum class What {
        from,       ///< any address or name in From, Sender, Reply-To
        to,         ///< in To, Cc, Resent-To, Delivered-To
        subject,    ///< decoded
        list,       ///< List-Id
        header,     ///< the field named `header`
        size,       ///< of the whole message; value: bytes
        attachment, ///< it has one; no value
    };
    enum class How { contains, lacks, is, begins, ends, above, below };
    What what = What::subject;
    std::string header = {};
    How how = How::contains; ///< texts without regard to case; above, below: `size` only
    std::string value = {};
    bool operator==(FilterCondition const&) const = default;
};

struct FilterAction {
    enum class What {
        move,  ///< value: a folder, made when it is missing
        label, ///< value: a keyword (RFC 9051)
        star,
        read,
        copy, ///< value: an address that also gets it
        trash,
    };
    What what = What::move;
    std::string value = {};
    bool operator==(FilterAction const&) const = default;
};

struct Filter {
    FilterId id = 0; ///< 0: new
    std::string name;
    bool enabled = true;
    bool needs_all = true; ///< else one condition is enough
    bool stops = false;    ///< no later filter looks at the mail
    std::vector<FilterCondition> conditions;
    std::vector<FilterAction> actions;
};

struct Vacation {
    bool enabled = false;
    std::string subject; ///< empty: "Auto: SUBJECT"
    std::string text;
    base::Timestamp begins = 0; ///< 0: at once
    base::Timestamp ends = 0;   ///< 0: until it is switched off
    bool only_school = true;    ///< strangers get no answer
    unsigned days = 7;          ///< between two answers to one sender

    bool is_on(base::Timestamp now) const
    {
        return enabled && begins <= now && (ends == 0 || now < ends) && !text.empty();
    }
};

inline constexpr std::size_t filters_max = 50;
inline constexpr std::size_t filter_parts_max = 20;    ///< conditions, and actions, of one
inline constexpr std::size_t filter_text_max = 500;    ///< bytes of one value
inline constexpr std::size_t vacation_text_max = 8192; ///< bytes

std::string_view show(FilterCondition::What what);
std::string_view show(FilterCondition::How how);
std::string_view show(FilterAction::What what);
std::optional<FilterCondition::What> parse_condition(std::string_view text);
std::optional<FilterCondition::How> parse_comparison(std::string_view text);
std::optional<FilterAction::What> parse_action(std::string_view text);

/// Interface to these parts of the school database. From any thread; throws base::StoreError. Refusals are Results
/// whose texts are translatable.
class Filters
{
public:
    virtual ~Filters() = default;

    /// In their order.
    virtual std::vector<Filter> filters(UserId user) = 0;
    /// A new one (id 0) at the end, else in its place; gives the id. Refused with what is wrong with it.
    virtual base::Result<FilterId> save(UserId user, Filter const& filter) = 0;
    virtual base::Result<void> remove(UserId user, FilterId filter) = 0;
    virtual base::Result<void> set_enabled(UserId user, FilterId filter, bool enabled) = 0;
    /// One place earlier (or later) in the order.
    virtual base::Result<void> shift(UserId user, FilterId filter, bool earlier) = 0;

    /// Changes whenever something of it may have changed; cheap.
    virtual std::int64_t version() = 0;

    virtual Vacation vacation(UserId user) = 0;
    virtual base::Result<void> set_vacation(UserId user, Vacation const& vacation) = 0;
};

std::unique_ptr<Filters> make_sql_filters(db::Database& school);

} // namespace directory
