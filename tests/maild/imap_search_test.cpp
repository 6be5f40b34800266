#include "tests/maild/imap_fixture.h"
#include "tests/support/catch.h"

#include "appliance/base/text.h"
#include "maild/imap/progress.h"

#include <algorithm>
#include <functional>
#include <random>

namespace
{
/// What a test knows of a message without asking anybody.
struct Known {
    std::string from, subject, body;
    bool has_cc = false;
    unsigned flags = 0;
    bool has_keyword = false;
    int sent_day = 1; ///< of November 2026
    int came_day = 1;

    std::string text() const
    {
        return "From: " + from + "\r\nSubject: " + subject + (has_cc ? "\r\nCc: x@y" : "") +
               "\r\nDate: " + std::to_string(sent_day) + " Nov 2026 12:00:00 +0700\r\nX-Note: note of " + subject +
               "\r\n\r\n" + body;
    }
};

/// A key as the client writes it, and what it means.
struct Key {
    std::string text;
    std::function<bool(Known const&, std::size_t number)> holds;
};

class Random
{
public:
    int below(int count) { return std::uniform_int_distribution(0, count - 1)(engine_); }
    template <class Value, std::size_t size>
    Value const& one(Value const (&values)[size])
    {
        return values[static_cast<std::size_t>(below(size))];
    }

private:
    std::mt19937 engine_{9051};
};

bool holds(std::string_view text, std::string_view part)
{
    return base::lower(text).find(base::lower(part)) != std::string::npos;
}

constexpr char const* words[] = {"tugas", "Ujian", "rapat", "LIBUR", "pr"};

Known random_message(Random& random)
{
    Known mail;
    mail.from = std::string(random.one(words)) + "@smk.id";
    mail.subject = std::string(random.one(words)) + ' ' + random.one(words);
    mail.body = std::string(random.one(words)) + ' ' + std::string(static_cast<std::size_t>(random.below(50)), 'z');
    mail.has_cc = random.below(3) == 0;
    mail.flags = static_cast<unsigned>(random.below(32));
    mail.has_keyword = random.below(3) == 0;
    mail.sent_day = 1 + random.below(9);
    mail.came_day = 1 + random.below(9);
    return mail;
}

Key leaf(Random& random)
{
    using namespace maild::mailbox;
    static constexpr std::pair<char const*, unsigned> flags[] = {
        {"SEEN", flag_seen}, {"FLAGGED", flag_flagged}, {"DELETED", flag_deleted}, {"DRAFT", flag_draft}};
    std::string const word = random.one(words);
    auto const [flag, bit] = random.one(flags);
    int const day = 1 + random.below(9);
    auto const date = std::to_string(day) + "-Nov-2026";
    auto const size = static_cast<std::size_t>(130 + random.below(60));
    switch (random.below(14)) {
    case 0: return {flag, [bit = bit](Known const& m, std::size_t) { return (m.flags & bit) != 0; }};
    case 1:
        return {"UN" + std::string(flag), [bit = bit](Known const& m, std::size_t) { return (m.flags & bit) == 0; }};
    case 2: return {"FROM " + word, [=](Known const& m, std::size_t) { return holds(m.from, word); }};
    case 3: return {"SUBJECT " + word, [=](Known const& m, std::size_t) { return holds(m.subject, word); }};
    case 4: return {"BODY " + word, [=](Known const& m, std::size_t) { return holds(m.body, word); }};
    case 5: return {"TEXT " + word, [=](Known const& m, std::size_t) { return holds(m.text(), word); }};
    case 6: return {"KEYWORD kerja", [](Known const& m, std::size_t) { return m.has_keyword; }};
    case 7: return {"SENTSINCE " + date, [=](Known const& m, std::size_t) { return m.sent_day >= day; }};
    case 8: return {"SENTBEFORE " + date, [=](Known const& m, std::size_t) { return m.sent_day < day; }};
    case 9: return {"ON " + date, [=](Known const& m, std::size_t) { return m.came_day == day; }};
    case 10: return {"HEADER Cc \"\"", [](Known const& m, std::size_t) { return m.has_cc; }};
    case 11: return {"HEADER X-Note " + word, [=](Known const& m, std::size_t) { return holds(m.subject, word); }};
    case 12:
        return {"LARGER " + std::to_string(size),
                [=](Known const& m, std::size_t) { return m.text().size() > size; }};
    default: return {"5:20", [](Known const&, std::size_t number) { return number >= 5 && number <= 20; }};
    }
}

Key random_key(Random& random, int depth)
{
    int const kind = depth == 0 ? 3 : random.below(6);
    if (kind > 2) return leaf(random);
    auto const a = random_key(random, depth - 1);
    if (kind == 0) return {"NOT " + a.text, [a](Known const& m, std::size_t n) { return !a.holds(m, n); }};
    auto const b = random_key(random, depth - 1);
    if (kind == 1)
        return {"OR " + a.text + ' ' + b.text,
                [a, b](Known const& m, std::size_t n) { return a.holds(m, n) || b.holds(m, n); }};
    return {'(' + a.text + ' ' + b.text + ')',
            [a, b](Known const& m, std::size_t n) { return a.holds(m, n) && b.holds(m, n); }};
}

std::vector<Known> fill(support::ImapSchool& school, Random& random)
{
    std::vector<Known> mails;
    school.store->ensure_account(1);
    constexpr base::Timestamp first_of_november = 1793491200'000000;
    for (int i = 0; i < 40; ++i) {
        auto const mail = random_message(random);
        maild::mailbox::Flags flags{mail.flags, {}};
        if (mail.has_keyword) flags.keywords.push_back("Kerja");
        constexpr base::Timestamp day = 24 * 3600 * 1000000LL;
        school.store->append(1, "INBOX", {mail.text()}, flags, first_of_november + (mail.came_day - 1) * day + 5, 0);
        mails.push_back(mail);
    }
    return mails;
}
} // namespace

TEST_CASE("Any search program finds what its words mean", "[imap][rfc9051]")
{
    support::ImapSchool school;
    Random random;
    auto const mails = fill(school, random);
    support::ImapClient client(school);
    client.run();
    client.say("L LOGIN ali 123");
    client.say("S SELECT INBOX");
    for (int i = 0; i < 400; ++i) {
        auto const key = random_key(random, 3);
        std::string expected = "* SEARCH";
        for (std::size_t number = 1; number <= mails.size(); ++number)
            if (key.holds(mails[number - 1], number)) expected += ' ' + std::to_string(number);
        INFO(key.text);
        REQUIRE(client.say("a SEARCH " + key.text) == expected + "\r\na OK Searched\r\n");
    }
}

TEST_CASE("a long command tells how far it is, not more often than wished", "[imap][rfc9585]")
{
    std::string told;
    auto const write = [&](std::string_view text) { told += std::string(text) + '\n'; };
    maild::imap::Progress often("a1", write, std::chrono::milliseconds(0));
    often.advance(1);
    often.begin(200);
    often.advance(99);
    CHECK(told == "[INPROGRESS (\"a1\" NIL NIL)] Still searching\n[INPROGRESS (\"a1\" 100 200)] Still searching\n");
    told.clear();
    maild::imap::Progress seldom("a2", write, std::chrono::hours(1));
    seldom.begin(200);
    seldom.advance(199);
    CHECK(told.empty());
}
