#include "maild/imap/sort.h"
#include "maild/imap/thread.h"
#include "tests/support/catch.h"
#include "tests/support/linear_time.h"

#include <algorithm>
#include <map>
#include <memory>
#include <numeric>
#include <random>

using namespace maild::imap;
namespace mailbox = maild::mailbox;

namespace
{
/// One message of a test; `id` and `parents` are small numbers, 0: none.
struct Mail {
    std::string subject;
    bool is_reply = false;
    base::Timestamp date = 0;
    int id = 0;
    std::vector<int> parents = {};
    base::Timestamp arrived = 0;
    std::string from = {};
};

mailbox::Columns columns_of(std::vector<Mail> const& mails)
{
    auto uids = std::make_shared<std::vector<mailbox::Uid>>();
    auto rows = std::make_shared<mailbox::RowColumn>();
    auto sent = std::make_shared<mailbox::SentColumn>();
    auto threads = std::make_shared<mailbox::ThreadColumn>();
    auto subjects = std::make_shared<mailbox::TextColumn>();
    auto from = std::make_shared<mailbox::TextColumn>();
    for (std::size_t i = 0; i < mails.size(); ++i) {
        auto const& mail = mails[i];
        uids->push_back(static_cast<mailbox::Uid>(i + 1));
        rows->sizes.push_back(static_cast<std::uint32_t>(mail.subject.size()));
        rows->arrived.push_back(mail.arrived);
        sent->when.push_back(mail.date);
        threads->message_ids.push_back(mail.id);
        threads->is_reply.push_back(mail.is_reply);
        for (auto const parent : mail.parents) threads->parents.push_back(parent);
        threads->parents_end.push_back(static_cast<std::uint32_t>(threads->parents.size()));
        subjects->add(mail.subject);
        from->add(mail.from);
    }
    subjects->rank();
    from->rank();
    mailbox::Columns columns{uids, rows, sent, threads, {}};
    columns.texts[static_cast<std::size_t>(mailbox::TextKind::subject)] = subjects;
    columns.texts[static_cast<std::size_t>(mailbox::TextKind::from)] = from;
    return columns;
}

std::vector<std::uint32_t> all_rows(std::size_t count)
{
    std::vector<std::uint32_t> rows(count);
    std::iota(rows.begin(), rows.end(), 0U);
    return rows;
}

std::string threads_of(std::vector<Mail> const& mails, ThreadAlgorithm algorithm = ThreadAlgorithm::references)
{
    return thread(columns_of(mails), all_rows(mails.size()), algorithm, [](std::uint32_t row) { return row + 1; });
}

/// RFC 5256 section 3 word by word, with no thought of speed: what thread() is compared with.
class Plain
{
public:
    explicit Plain(std::vector<Mail> const& mails) : mails_(mails) {}

    std::string references()
    {
        for (std::size_t i = 0; i < mails_.size(); ++i) link(i);
        Node root;
        for (auto const& node : nodes_) // step 2
            if (node->parent == nullptr) root.children.push_back(node.get());
        prune(root, true);
        sort(root, false);
        merge(root);
        sort(root, true);
        std::string text;
        for (auto const* const child : root.children) show(*child, text);
        return text;
    }

private:
    struct Node {
        int mail = -1;
        Node* parent = nullptr;
        std::vector<Node*> children = {};
    };

    Node* make()
    {
        nodes_.push_back(std::make_unique<Node>());
        return nodes_.back().get();
    }
    Node* node_of(int id)
    {
        auto& node = by_id_[id];
        if (node == nullptr) node = make();
        return node;
    }
    static bool is_above(Node const* above, Node const* node)
    {
        for (; node != nullptr; node = node->parent)
            if (node == above) return true;
        return false;
    }
    static void attach(Node* child, Node* parent)
    {
        if (child->parent != nullptr) std::erase(child->parent->children, child);
        child->parent = parent;
        if (parent != nullptr) parent->children.push_back(child);
    }

    void link(std::size_t number)
    {
        auto const& mail = mails_[number];
        Node* last = nullptr;
        for (auto const id : mail.parents) {
            auto* const node = node_of(id);
            if (last != nullptr && node->parent == nullptr && !is_above(node, last)) attach(node, last);
            last = node;
        }
        auto* own = mail.id == 0 ? make() : node_of(mail.id);
        if (own->mail >= 0) own = make();
        own->mail = static_cast<int>(number);
        if (!is_above(own, last)) attach(own, last);
    }

    void prune(Node& node, bool is_root)
    {
        std::vector<Node*> kept;
        for (auto* const child : node.children) {
            prune(*child, false);
            if (child->mail >= 0 || (is_root && child->children.size() > 1))
                kept.push_back(child);
            else
                kept.insert(kept.end(), child->children.begin(), child->children.end());
        }
        node.children = kept;
    }

    int first(Node const* node) const { return node->mail >= 0 ? node->mail : node->children.front()->mail; }
    Mail const& mail(Node const* node) const { return mails_[static_cast<std::size_t>(first(node))]; }

    void sort(Node& node, bool deep)
    {
        for (auto* const child : node.children)
            if (deep || child->mail < 0) sort(*child, deep);
        std::sort(node.children.begin(), node.children.end(), [&](Node const* a, Node const* b) {
            return std::pair(mail(a).date, first(a)) < std::pair(mail(b).date, first(b));
        });
    }

    void merge(Node& root)
    {
        std::map<std::string, Node*> table;
        auto const is_reply = [&](Node const* node) { return node->mail >= 0 && mail(node).is_reply; };
        for (auto* const node : root.children) {
            auto const& subject = mail(node).subject;
            if (subject.empty()) continue;
            auto& known = table[subject];
            if (known == nullptr)
                known = node;
            else if (known->mail >= 0 && (node->mail < 0 || (is_reply(known) && !is_reply(node))))
                known = node;
        }
        auto const children = root.children;
        for (auto* const node : children) {
            auto const subject = mail(node).subject;
            if (subject.empty()) continue;
            auto& known = table[subject];
            if (known == node) continue;
            std::erase(root.children, node);
            if (known->mail < 0 && node->mail < 0) {
                known->children.insert(known->children.end(), node->children.begin(), node->children.end());
            } else if (known->mail < 0 || (is_reply(node) && !is_reply(known))) {
                known->children.push_back(node);
            } else {
                std::erase(root.children, known);
                auto* const both = make();
                both->children = {known, node};
                root.children.push_back(both);
                known = both;
            }
        }
    }

    void show(Node const& node, std::string& text) const
    {
        text += '(';
        show_members(node, text);
        text += ')';
    }
    void show_members(Node const& node, std::string& text) const
    {
        if (node.mail >= 0) text += std::to_string(node.mail + 1);
        if (node.children.empty()) return;
        if (node.mail >= 0) text += ' ';
        if (node.children.size() == 1) return show_members(*node.children[0], text);
        for (auto const* const child : node.children) show(*child, text);
    }

    std::vector<Mail> const& mails_;
    std::vector<std::unique_ptr<Node>> nodes_;
    std::map<int, Node*> by_id_;
};

std::vector<Mail> random_mailbox(std::mt19937& random)
{
    auto const below = [&](int count) { return std::uniform_int_distribution(0, count - 1)(random); };
    std::vector<Mail> mails;
    int const ids = 1 + below(12);
    for (int count = below(14); count >= 0; --count) {
        Mail mail{.subject = std::string(1, "ABC"[below(3)]), .is_reply = below(2) == 0, .date = below(6)};
        if (below(5) == 0) mail.subject.clear();
        mail.id = below(ids);
        for (int parents = below(4); parents > 0; --parents) mail.parents.push_back(1 + below(ids));
        mails.push_back(mail);
    }
    return mails;
}
} // namespace

TEST_CASE("THREAD REFERENCES gives what the RFC's words give", "[imap][rfc5256]")
{
    std::mt19937 random(5256);
    for (int i = 0; i < 20000; ++i) {
        auto const mails = random_mailbox(random);
        INFO("mailbox " << i);
        REQUIRE(threads_of(mails) == Plain(mails).references());
    }
}

TEST_CASE("THREAD REFERENCES follows references and gathers by subject", "[imap][rfc5256]")
{
    CHECK(threads_of({}).empty());
    CHECK(threads_of({{.subject = "A", .date = 1, .id = 1},
                      {.subject = "A", .date = 2, .id = 2, .parents = {1}},
                      {.subject = "A", .date = 3, .id = 3, .parents = {1}},
                      {.subject = "A", .date = 4, .id = 4, .parents = {1, 3}}}) == "(1 (2)(3 4))");
    // The parent is missing: its children stay together, without a subject in common too.
    CHECK(threads_of({{.subject = "A", .date = 2, .id = 2, .parents = {1}},
                      {.subject = "B", .date = 1, .id = 3, .parents = {1}}}) == "((2)(1))");
    CHECK(threads_of({{.subject = "A", .date = 2, .id = 2, .parents = {1}}}) == "(1)");
    // An answer without references goes below the message of that subject.
    CHECK(threads_of({{.subject = "A", .is_reply = true, .date = 1}, {.subject = "A", .date = 2}}) == "(2 1)");
    CHECK(threads_of({{.subject = "A", .date = 1}, {.subject = "A", .date = 2}}) == "((1)(2))");
    // The same Message-ID twice, and a loop.
    CHECK(threads_of({{.subject = "A", .date = 1, .id = 1}, {.subject = "B", .date = 2, .id = 1}}) == "(1)(2)");
    CHECK(threads_of({{.subject = "A", .date = 1, .id = 1, .parents = {2}},
                      {.subject = "B", .date = 2, .id = 2, .parents = {1}}}) == "(2 1)");
}

TEST_CASE("THREAD ORDEREDSUBJECT makes one level of answers", "[imap][rfc5256]")
{
    CHECK(threads_of({{.subject = "B", .date = 3},
                      {.subject = "A", .date = 2},
                      {.subject = "B", .date = 1},
                      {.subject = "B", .date = 5},
                      {.subject = "A", .date = 9}},
                     ThreadAlgorithm::ordered_subject) == "(3 (1)(4))(2 5)");
}

TEST_CASE("THREAD REFS leaves subjects alone and ends with the latest thread", "[imap]")
{
    CHECK(threads_of({{.subject = "A", .date = 1, .id = 1, .arrived = 9},
                      {.subject = "A", .date = 2, .id = 2, .arrived = 8},
                      {.subject = "A", .date = 3, .id = 3, .parents = {1}, .arrived = 7}},
                     ThreadAlgorithm::refs) == "(2)(1 3)");
}

TEST_CASE("A thread of 100,000 levels is neither a stack nor an hour", "[imap][rfc5256]")
{
    std::vector<Mail> chain;
    std::string expected = "(1";
    for (int i = 1; i <= 100000; ++i) {
        chain.push_back({.subject = "A", .date = i, .id = i, .parents = {}});
        if (i > 1) chain.back().parents = {i - 1};
        if (i > 1) expected += ' ' + std::to_string(i);
    }
    CHECK(threads_of(chain) == expected + ')');
    std::reverse(chain.begin(), chain.end());
    CHECK(threads_of(chain).size() == expected.size() + 1);
}

TEST_CASE("Mail that names both ends of a long thread again and again does not make THREAD last", "[imap][rfc5256]")
{
    std::vector<Mail> mails;
    for (int i = 1; i <= 9000; ++i) {
        mails.push_back({.subject = "A", .date = i, .id = i, .parents = {}});
        if (i > 1) mails.back().parents = {i - 1};
    }
    Mail hostile{.subject = "A", .date = 10000, .parents = {}};
    for (int i = 0; i < 30; ++i) hostile.parents.insert(hostile.parents.end(), {9000, 1});
    for (int i = 0; i < 100000; ++i) mails.push_back(hostile); // 27,000,000,000 steps to look at every link
    auto const threads = support::in_linear_time(10, [&] { return threads_of(mails); });
    CHECK(threads.starts_with("(1 "));
}

TEST_CASE("SORT orders by each criterion in turn, then by number", "[imap][rfc5256]")
{
    using Key = SortCriterion::Key;
    std::mt19937 random(5256);
    auto const below = [&](int count) { return std::uniform_int_distribution(0, count - 1)(random); };
    std::vector<Mail> mails;
    for (int i = 0; i < 300; ++i)
        mails.push_back({.subject = std::string(static_cast<std::size_t>(below(3)), 'X') + "ABC"[below(3)],
                         .date = below(4) == 0 ? mailbox::SentColumn::unknown : below(9),
                         .arrived = below(9),
                         .from = std::string(1, "PQR"[below(3)])});
    auto const columns = columns_of(mails);
    auto const text = [&](std::uint32_t row, Key key) {
        return key == Key::subject ? mails[row].subject : key == Key::from ? mails[row].from : "";
    };
    auto const number = [&](std::uint32_t row, Key key) -> base::Timestamp {
        auto const& mail = mails[row];
        if (key == Key::size) return static_cast<base::Timestamp>(mail.subject.size());
        if (key == Key::arrival) return mail.arrived;
        if (key != Key::date) return 0;
        return mail.date == mailbox::SentColumn::unknown ? mail.arrived : mail.date;
    };
    for (int round = 0; round < 50; ++round) {
        std::vector<SortCriterion> criteria;
        for (int count = below(3); count >= 0; --count) {
            Key const keys[] = {Key::arrival, Key::date, Key::from, Key::size, Key::subject};
            criteria.push_back({keys[below(5)], below(2) == 0});
        }
        auto expected = all_rows(mails.size());
        std::stable_sort(expected.begin(), expected.end(), [&](std::uint32_t a, std::uint32_t b) {
            for (auto const& [key, reverse] : criteria) {
                auto const x = std::pair(text(a, key), number(a, key));
                auto const y = std::pair(text(b, key), number(b, key));
                if (x != y) return reverse ? y < x : x < y;
            }
            return false;
        });
        REQUIRE(sorted(columns, all_rows(mails.size()), criteria) == expected);
    }
}
