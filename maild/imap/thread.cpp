#include "maild/imap/thread.h"

#include "appliance/base/secret.h"
#include "maild/imap/limits.h"
#include "maild/imap/sort.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace maild::imap
{

namespace
{
using Id = std::uint32_t; ///< of a container
constexpr Id none = UINT32_MAX;

/// Messages, and dummies for those that are only referred to. Siblings are a linked list from `child` on.
struct Container {
    std::uint32_t row = none; ///< none: a dummy
    Id parent = none;
    Id child = none;
    Id next = none;
};

/// From the hash of a Message-ID to its container.
class IdTable
{
public:
    explicit IdTable(std::size_t most) : slots_(std::bit_ceil(most * 2 + 2)) {}

    /// The container's place; `none` in it when the key is new.
    Id& find(mailbox::MessageIdHash key)
    {
        // Multiplied by a secret: nobody can write Message-IDs that meet in one place.
        static auto const factor = static_cast<std::uint64_t>(base::random_key()) | 1;
        auto const mask = slots_.size() - 1;
        auto place = static_cast<std::size_t>(static_cast<std::uint64_t>(key) * factor >> 20U) & mask;
        while (slots_[place].container != none && slots_[place].key != key) place = (place + 1) & mask;
        slots_[place].key = key;
        return slots_[place].container;
    }

private:
    struct Slot {
        mailbox::MessageIdHash key = 0;
        Id container = none;
    };
    std::vector<Slot> slots_;
};

class Threads
{
public:
    Threads(mailbox::Columns const& columns, ThreadAlgorithm algorithm)
        : columns_(columns), dates_(sent_dates(columns)), is_refs_(algorithm == ThreadAlgorithm::refs)
    {
        containers_.emplace_back(); // the root
    }

    void build_ordered_subject(std::vector<std::uint32_t> rows)
    {
        auto const& subjects = columns_.text(mailbox::TextKind::subject).ranks();
        std::sort(rows.begin(), rows.end(), [&](auto a, auto b) {
            if (subjects[a] != subjects[b]) return subjects[a] < subjects[b];
            return is_earlier(a, b);
        });
        Id first = none;
        for (auto const row : rows) {
            auto const id = make(row);
            bool const begins = first == none || subjects[containers_[first].row] != subjects[row];
            attach(id, begins ? root : first);
            if (begins) first = id;
        }
        sort_all();
    }

    void build_references(std::vector<std::uint32_t> const& rows)
    {
        link(rows);
        gather();
        prune();
        if (!is_refs_) {
            sort_threads();
            merge_subjects();
        }
        sort_all();
    }

    std::string show(std::function<std::uint32_t(std::uint32_t)> const& number_of) const
    {
        std::string text;
        for (auto id = containers_[root].child; id != none; id = containers_[id].next)
            show_thread(id, number_of, text);
        return text;
    }

private:
    static constexpr Id root = 0;

    Id make(std::uint32_t row)
    {
        containers_.push_back({row, none, none, none});
        return static_cast<Id>(containers_.size() - 1);
    }
    bool is_dummy(Id id) const { return containers_[id].row == none; }

    bool is_earlier(std::uint32_t a, std::uint32_t b) const
    {
        return dates_[a] != dates_[b] ? dates_[a] < dates_[b] : a < b;
    }

    void attach(Id child, Id parent)
    {
        containers_[child].parent = parent;
        containers_[child].next = containers_[parent].child;
        containers_[parent].child = child;
    }

    /// Step 1. Only `parent` is set: lists of children are made when all parents are known.
    void link(std::vector<std::uint32_t> const& rows)
    {
        auto const& threads = *columns_.threads;
        auto const parents_begin = [&](std::uint32_t row) { return row == 0 ? 0 : threads.parents_end[row - 1]; };
        std::size_t ids = rows.size();
        for (auto const row : rows) ids += threads.parents_end[row] - parents_begin(row);
        IdTable table(ids);
        auto const container_of = [&](mailbox::MessageIdHash id) {
            auto& place = table.find(id);
            if (place == none) place = make(none);
            return place;
        };
        for (auto const row : rows) {
            Id last = none;
            for (auto i = parents_begin(row); i < threads.parents_end[row]; ++i) { // 1 (A)
                auto const reference = container_of(threads.parents[i]);
                if (last != none && containers_[reference].parent == none && !would_loop(reference, last))
                    set_parent(reference, last);
                last = reference;
            }
            auto own = threads.message_ids[row] == 0 ? make(none) : container_of(threads.message_ids[row]);
            if (!is_dummy(own)) own = make(none); // the same Message-ID once more
            containers_[own].row = row;
            if (last == none || !would_loop(own, last)) set_parent(own, last); // 1 (B)
        }
    }

    void set_parent(Id child, Id parent)
    {
        containers_[child].parent = parent;
        if (parent != none) containers_[parent].child = child; // any: only asked whether it has some
    }

    bool would_loop(Id child, Id parent)
    {
        if (child == parent) return true;
        if (containers_[child].child == none) return false;
        std::size_t depth = 0;
        for (auto id = parent; id != none; id = containers_[id].parent)
            if (id == child || ++depth > limits::thread_depth || ++steps_ > limits::thread_steps) return true;
        return false;
    }

    /// Step 2, and the lists of children.
    void gather()
    {
        for (auto& container : containers_) container.child = container.next = none;
        for (Id id = 1; id < containers_.size(); ++id)
            attach(id, containers_[id].parent == none ? root : containers_[id].parent);
    }

    /// Parents before their children.
    std::vector<Id> from_the_top() const
    {
        std::vector<Id> order{root};
        order.reserve(containers_.size());
        for (std::size_t i = 0; i < order.size(); ++i)
            for (auto id = containers_[order[i]].child; id != none; id = containers_[id].next) order.push_back(id);
        return order;
    }

    /// Step 3, from the bottom.
    void prune()
    {
        auto const order = from_the_top();
        for (auto i = order.rbegin(); i != order.rend(); ++i) {
            auto id = containers_[*i].child;
            containers_[*i].child = none;
            while (id != none) {
                auto const next = containers_[id].next;
                auto const first = containers_[id].child;
                bool const has_several = first != none && containers_[first].next != none;
                if (!is_dummy(id) || (*i == root && has_several))
                    attach(id, *i);
                else
                    move_children(id, *i);
                id = next;
            }
        }
    }

    void move_children(Id from, Id to)
    {
        for (auto id = containers_[from].child; id != none;) {
            auto const next = containers_[id].next;
            attach(id, to);
            id = next;
        }
        containers_[from].child = none;
    }

    /// The message by which a container is sorted and named; a dummy's children must be sorted.
    std::uint32_t first_row(Id id) const
    {
        return is_dummy(id) ? containers_[containers_[id].child].row : containers_[id].row;
    }

    std::vector<Id> children_of(Id parent) const
    {
        std::vector<Id> children;
        for (auto id = containers_[parent].child; id != none; id = containers_[id].next) children.push_back(id);
        return children;
    }

    void set_children(Id parent, std::vector<Id> const& children)
    {
        containers_[parent].child = none;
        for (auto i = children.rbegin(); i != children.rend(); ++i) attach(*i, parent);
    }

    void sort_children(Id parent)
    {
        auto const first = containers_[parent].child;
        if (first == none || containers_[first].next == none) return;
        auto children = children_of(parent);
        std::sort(children.begin(), children.end(),
                  [&](Id a, Id b) { return is_earlier(first_row(a), first_row(b)); });
        set_children(parent, children);
    }

    /// Step 4.
    void sort_threads()
    {
        for (auto id = containers_[root].child; id != none; id = containers_[id].next)
            if (is_dummy(id)) sort_children(id);
        sort_children(root);
    }

    /// Step 5.
    void merge_subjects()
    {
        auto const& subject_column = columns_.text(mailbox::TextKind::subject);
        auto const& subjects = subject_column.ranks();
        std::vector<Id> table(subjects.size(), none); // by rank
        auto const threads = children_of(root);
        auto const is_named = [&](Id id) { return subject_column.at(first_row(id)).value_or("") != ""; };
        for (auto const id : threads) { // 5 (B)
            if (!is_named(id)) continue;
            auto& known = table[subjects[first_row(id)]];
            if (known == none || (!is_dummy(known) && (is_dummy(id) || (is_reply(known) && !is_reply(id)))))
                known = id;
        }
        containers_[root].child = none;
        for (auto const id : threads) { // 5 (C)
            if (!is_named(id)) {
                attach(id, root);
                continue;
            }
            auto& known = table[subjects[first_row(id)]];
            if (known == id)
                attach(id, root);
            else
                known = merge(known, id);
        }
        attach_moved();
    }

    /// A reply or a forwarded message; a dummy is none.
    bool is_reply(Id id) const { return !is_dummy(id) && columns_.threads->is_reply[containers_[id].row] != 0; }

    /// Puts thread `id` to thread `known`, which has its subject; gives what the table shall know from now on.
    Id merge(Id known, Id id)
    {
        if (is_dummy(known) && is_dummy(id)) {
            move_children(id, known);
            return known;
        }
        if (is_dummy(known) || (is_reply(id) && !is_reply(known))) {
            attach(id, known);
            return known;
        }
        auto const both = make(none);
        moved_.push_back({known, both});
        attach(id, both);
        made_.push_back(both);
        return both;
    }

    /// Threads that came below a dummy of merge() leave the root.
    void attach_moved()
    {
        std::vector<bool> is_moved(containers_.size());
        for (auto const& [id, to] : moved_) is_moved[id] = true;
        std::vector<Id> kept;
        for (auto const id : children_of(root))
            if (!is_moved[id]) kept.push_back(id);
        kept.insert(kept.end(), made_.begin(), made_.end());
        set_children(root, kept);
        for (auto const& [id, to] : moved_) attach(id, to);
    }

    /// Step 6: the youngest siblings first.
    void sort_all()
    {
        auto const order = from_the_top();
        if (is_refs_) return sort_by_latest(order);
        for (auto i = order.rbegin(); i != order.rend(); ++i) sort_children(*i);
    }

    void sort_by_latest(std::vector<Id> const& order)
    {
        std::vector<base::Timestamp> latest(containers_.size(), INT64_MIN);
        for (auto i = order.rbegin(); i != order.rend(); ++i) {
            if (!is_dummy(*i)) latest[*i] = std::max(latest[*i], dates_[containers_[*i].row]);
            if (*i == root) continue;
            sort_children(*i);
            auto& above = latest[containers_[*i].parent];
            above = std::max(above, latest[*i]);
        }
        auto threads = children_of(root);
        std::sort(threads.begin(), threads.end(), [&](Id a, Id b) {
            return latest[a] != latest[b] ? latest[a] < latest[b] : first_row(a) < first_row(b);
        });
        set_children(root, threads);
    }

    /// thread-list = "(" (thread-members / thread-nested) ")".
    void show_thread(Id top, std::function<std::uint32_t(std::uint32_t)> const& number_of, std::string& text) const
    {
        std::vector<Id> due{top}; // none: a closing bracket
        while (!due.empty()) {
            auto const id = due.back();
            due.pop_back();
            if (id == none) {
                text += ')';
                continue;
            }
            text += '(';
            due.push_back(none);
            auto const end = show_members(id, number_of, text);
            auto const branches = children_of(end);
            if (!branches.empty() && !is_dummy(end)) text += ' ';
            due.insert(due.end(), branches.rbegin(), branches.rend());
        }
    }

    /// A chain of single children; gives its last one.
    Id show_members(Id id, std::function<std::uint32_t(std::uint32_t)> const& number_of, std::string& text) const
    {
        for (;;) {
            if (!is_dummy(id)) text += std::to_string(number_of(containers_[id].row));
            auto const child = containers_[id].child;
            if (child == none || containers_[child].next != none) return id;
            text += ' ';
            id = child;
        }
    }

    mailbox::Columns const& columns_;
    std::vector<base::Timestamp> const dates_; ///< by row
    bool const is_refs_;
    std::vector<Container> containers_;
    std::size_t steps_ = 0;                ///< of would_loop
    std::vector<std::pair<Id, Id>> moved_; ///< by merge_subjects: thread, and its new dummy
    std::vector<Id> made_;                 ///< those dummies
};
} // namespace

mailbox::ColumnSet columns_for_threads()
{
    mailbox::ColumnSet wanted;
    wanted.rows = wanted.sent = wanted.threads = true;
    wanted.add(mailbox::TextKind::subject);
    return wanted;
}

std::string thread(mailbox::Columns const& columns, std::vector<std::uint32_t> const& rows, ThreadAlgorithm algorithm,
                   std::function<std::uint32_t(std::uint32_t row)> const& number_of)
{
    Threads threads(columns, algorithm);
    if (algorithm == ThreadAlgorithm::ordered_subject)
        threads.build_ordered_subject(rows);
    else
        threads.build_references(rows);
    return threads.show(number_of);
}

} // namespace maild::imap
