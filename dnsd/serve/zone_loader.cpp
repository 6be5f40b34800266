#include "dnsd/serve/zone_loader.h"

#include "appliance/base/log.h"
#include "dnsd/zone/wire_record.h"
#include "dnsd/zone/zone_key.h"
#include "dnsd/zone/zone_reader.h"

#include <algorithm>
#include <array>

namespace dnsd
{

namespace
{
/// Reading a name by itself costs about four times as much as in the order of the whole zone.
constexpr std::size_t few_names = 200;
constexpr std::size_t part_of_zone = 4;

/// Node::name() of a key. Good until the next one is made.
class NameOfKey
{
public:
    explicit NameOfKey(std::string_view key)
    {
        // Labels come from the zone downwards: fill the name from its end.
        while (!key.empty() && at_ > longest_label + 1) take_label(key);
    }
    std::string_view view() const { return {bytes_.data() + at_, bytes_.size() - at_}; }

private:
    void take_label(std::string_view& key)
    {
        std::array<char, longest_label> label;
        std::size_t size = 0;
        std::size_t read = 0;
        for (; read < key.size() && key[read] != '\0'; ++read) {
            bool const escaped = key[read] == '\1' && read + 1 < key.size();
            if (escaped) ++read;
            if (size < label.size()) label[size++] = escaped ? static_cast<char>(key[read] - 1) : key[read];
        }
        key.remove_prefix(std::min(read + 1, key.size()));
        at_ -= size + 1;
        bytes_[at_] = static_cast<char>(size);
        std::copy_n(label.begin(), size, bytes_.begin() + static_cast<std::ptrdiff_t>(at_) + 1);
    }

    std::array<char, 2 * longest_name> bytes_;
    std::size_t at_ = 2 * longest_name;
};

/// Ends of the labels of a key: its own and those of the names above it, the zone's left out.
template <class Each>
void each_prefix(std::string_view key, Each&& each)
{
    for (std::size_t at = key.find('\0'); at != std::string_view::npos; at = key.find('\0', at + 1))
        each(key.substr(0, at + 1));
}

bool begins_with(std::string_view text, std::string_view beginning)
{
    return text.substr(0, beginning.size()) == beginning;
}

void log_broken(std::string const& zone, base::Error const& error, bool has_old)
{
    base::log(base::Level::error, "", "zone-broken",
              {{"zone", zone}, {"why", error.line()}, {"serving", has_old ? "its last good version" : "nothing"}});
}
} // namespace

// --- ZoneReading

base::Result<std::shared_ptr<Zone const>> ZoneReading::whole(std::shared_ptr<Zone const> before)
{
    has_read_all_ = true;
    change_ = std::make_unique<ZoneChange>(head_.wire_name, std::move(before));
    trouble_.clear();
    owner_.clear();
    last_.clear();
    has_rows_ = false;
    bool is_first = true;
    read_rows(reader_, head_.id, [&](RowView const& row) {
        if (is_first || row.owner != owner_) {
            if (!is_first) end_owner();
            begin_owner(row.owner);
            is_first = false;
        }
        add_row(row.type, row.ttl, row.rdata);
    });
    if (is_first) return std::shared_ptr<Zone const>();
    end_owner();
    return finish();
}

base::Result<std::shared_ptr<Zone const>> ZoneReading::changed(std::shared_ptr<Zone const> const& before,
                                                               std::int64_t revision)
{
    std::vector<std::string> owners;
    auto const most = std::max(few_names, before->names() / part_of_zone);
    read_touched(reader_, head_.id, revision, [&](std::string_view owner) {
        if (owners.size() <= most) owners.emplace_back(owner);
    });
    if (owners.size() > most) return whole(before);
    change_ = std::make_unique<ZoneChange>(*before);
    trouble_.clear();
    for (auto const& owner : owners) reread(owner);
    auto finished = finish();
    if (finished || reader_.number("SELECT 1 FROM record WHERE zone_id = ? LIMIT 1", head_.id)) return finished;
    return std::shared_ptr<Zone const>(); // emptied on purpose
}

base::Result<std::shared_ptr<Zone const>> ZoneReading::finish()
{
    if (!trouble_.empty()) return base::failed(head_.name, "a record cannot be read: " + trouble_);
    auto zone = change_->finish();
    if (!zone) return base::failed(head_.name, "the zone has no SOA or no NS record");
    return zone;
}

void ZoneReading::start(std::string_view key)
{
    owner_ = key;
    NameOfKey const name(key);
    bool const fits = name.view().size() + head_.wire_name.size() <= longest_name;
    if (!fits && trouble_.empty()) trouble_ = "a name is too long";
    maker_.start(fits ? name.view() : std::string_view());
}

void ZoneReading::add_row(std::uint16_t type, std::uint32_t ttl, std::string_view data)
{
    has_rows_ = true;
    if (maker_.add(type, ttl, data) || !trouble_.empty()) return;
    trouble_ = show_name(key_name(owner_, head_.wire_name)) + " type " + std::to_string(type);
}

/// While the whole zone is read.
void ZoneReading::begin_owner(std::string_view key)
{
    // A name is followed by everything below it: what the one before does not begin with has no rows itself.
    last_.swap(owner_);
    start(key);
    if (key.size() > 1 && key.find('\0') != key.size() - 1) add_names_above(key);
}

void ZoneReading::end_owner()
{
    if (auto hash = maker_.finish_hash_name()) change_->put(std::move(hash));
    if (!maker_.has_only_hash()) put(maker_.finish(flags_from_above(owner_)), owner_);
}

/// Brings one name in step with the database.
void ZoneReading::reread(std::string_view key)
{
    has_rows_ = false;
    start(key);
    read_rows_at(reader_, head_.id, key, [&](RowView const& row) { add_row(row.type, row.ttl, row.rdata); });
    auto hash = maker_.finish_hash_name();
    if (hash)
        change_->put(std::move(hash));
    else
        change_->erase_hash_name(NameOfKey(key).view());

    bool const is_name = has_rows_ && !maker_.has_only_hash();
    if (!is_name && !key.empty() && !has_rows_below(reader_, head_.id, key)) return drop(key);
    auto const* old = find(key);
    unsigned const was = old ? old->flags() : 0U;
    add_names_above(key);
    put(maker_.finish(static_cast<std::uint8_t>(flags_from_above(key) | (was & Node::wildcard))), key);
    constexpr unsigned hides = Node::cut | Node::dname;
    if (((was ^ find(key)->flags()) & hides) != 0) refresh_below(key);
}

void ZoneReading::drop(std::string_view key)
{
    if (!find(key)) return;
    change_->erase(NameOfKey(key).view());
    if (is_wildcard_key(key)) set_wildcard(parent_key(key), false);
    remove_empty_above(key);
}

void ZoneReading::put(NodeRef node, std::string_view key)
{
    bool const is_new_wildcard = is_wildcard_key(key) && !find(key);
    change_->put(std::move(node));
    if (is_new_wildcard) set_wildcard(parent_key(key), true);
}

/// Every name between an owner and the zone exists too (RFC 4592 2.2.2).
void ZoneReading::add_names_above(std::string_view key)
{
    each_prefix(key, [&](std::string_view above) {
        if (above.size() == key.size() || begins_with(last_, above) || find(above)) return;
        NodeMaker empty(head_.wire_name);
        empty.start(NameOfKey(above).view());
        put(empty.finish(flags_from_above(above)), above);
    });
}

void ZoneReading::remove_empty_above(std::string_view key)
{
    for (auto above = parent_key(key); !above.empty(); above = parent_key(above)) {
        auto const* node = find(above);
        if (!node) continue;
        if (!node->is_empty() || has_rows_below(reader_, head_.id, above)) return;
        change_->erase(NameOfKey(above).view());
        if (is_wildcard_key(above)) set_wildcard(parent_key(above), false);
    }
}

void ZoneReading::set_wildcard(std::string_view parent, bool there)
{
    auto const* node = find(parent);
    if (!node || node->is(Node::wildcard) == there) return;
    change_->put(node->with_flags(static_cast<std::uint8_t>(node->flags() ^ Node::wildcard)));
}

/// A delegation or DNAME came or went: what is below it is to be answered from no longer, or again.
void ZoneReading::refresh_below(std::string_view key)
{
    std::string before(key);
    read_owners_below(reader_, head_.id, key, [&](std::string_view owner) {
        each_prefix(owner, [&](std::string_view name) {
            if (name.size() <= key.size() || begins_with(before, name)) return;
            auto const* node = find(name);
            if (!node) return; // touched too: its turn comes
            auto const flags =
                static_cast<std::uint8_t>((node->flags() & ~unsigned{Node::below}) | flags_from_above(name));
            if (flags != node->flags()) change_->put(node->with_flags(flags));
        });
        before = owner;
    });
}

std::uint8_t ZoneReading::flags_from_above(std::string_view key) const
{
    if (key.empty()) return 0;
    auto const* above = find(parent_key(key));
    return above && above->is(Node::cut | Node::dname | Node::below) ? Node::below : 0;
}

Node const* ZoneReading::find(std::string_view key) const { return change_->find(NameOfKey(key).view()); }

// --- ZoneLoader

void ZoneLoader::forget_revisions()
{
    for (auto& [name, loaded] : loaded_) loaded.revision = loaded.last_tried = -1;
}

/// True: there is something new to serve.
bool ZoneLoader::load_zone(db::Reader& reader, ZoneHead const& head)
{
    auto [place, is_new] = loaded_.try_emplace(head.name);
    auto& loaded = place->second;
    if (is_new) {
        loaded.wire_name = head.wire_name;
        names_changed_ = true;
    }
    if (loaded.id != head.id) loaded.revision = loaded.last_tried = -1;
    loaded.id = head.id;
    if (!is_new && loaded.last_tried == head.revision) return false;
    if (head.is_expired) { // SERVFAIL; read as a whole when its primary is back
        loaded.zone.reset();
        loaded.revision = -1;
        loaded.last_tried = head.revision;
        return true;
    }
    ZoneReading reading(reader, head);
    bool const knows = loaded.zone && loaded.revision >= head.base_revision && loaded.revision < head.revision;
    auto read = knows ? reading.changed(loaded.zone, loaded.revision) : reading.whole(loaded.zone);
    loaded.last_tried = head.revision;
    if (!read) {
        log_broken(head.name, read.error(), loaded.zone != nullptr);
        return false;
    }
    loaded.revision = head.revision;
    loaded.zone = std::move(*read);
    if (reading.has_read_all() && loaded.zone) read_whole_ += loaded.zone->names();
    return true;
}

std::size_t ZoneLoader::load(db::Reader& reader)
{
    read_whole_ = 0;
    auto const heads = read_zones(reader); // in order
    for (auto const& head : heads) changed_ += load_zone(reader, head) ? 1 : 0;
    drop_all_but(heads);
    if (changed_ == 0 && !names_changed_) return 0;
    publish();
    base::log(base::Level::info, "", "zones-loaded",
              {{"zones", std::to_string(loaded_.size())}, {"changed", std::to_string(changed_)}});
    changed_ = 0;
    names_changed_ = false;
    return read_whole_;
}

void ZoneLoader::drop_all_but(std::vector<ZoneHead> const& heads)
{
    for (auto zone = loaded_.begin(); zone != loaded_.end();) {
        auto const head =
            std::lower_bound(heads.begin(), heads.end(), zone->first,
                             [](ZoneHead const& one, std::string const& name) { return one.name < name; });
        bool const there = head != heads.end() && head->name == zone->first;
        names_changed_ = names_changed_ || !there;
        zone = there ? std::next(zone) : loaded_.erase(zone);
    }
}

void ZoneLoader::publish()
{
    if (!names_changed_) {
        std::vector<std::shared_ptr<Zone const>> zones;
        zones.reserve(loaded_.size());
        for (auto const& [name, loaded] : loaded_) zones.push_back(loaded.zone);
        zones_.publish(std::make_shared<ZoneSet const>(*zones_.get(), std::move(zones)));
        return;
    }
    std::vector<ZoneSet::Entry> entries;
    for (auto const& [name, loaded] : loaded_) entries.push_back({loaded.wire_name, loaded.zone});
    zones_.publish(std::make_shared<ZoneSet const>(std::move(entries)));
}

} // namespace dnsd
