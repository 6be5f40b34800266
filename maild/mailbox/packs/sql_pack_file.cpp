#include "maild/mailbox/packs/pack_file.h"

#include <algorithm>

namespace maild::mailbox::packs
{

namespace
{
/// Where the pack begins that has this UID.
Uid first_of(db::Reader& reader, MailboxId mailbox, Kind kind, Uid uid)
{
    auto const first = reader.number("SELECT MAX(first_uid) FROM pack WHERE mailbox_id = ? AND kind = ? "
                                     "AND first_uid <= ?",
                                     mailbox, static_cast<int>(kind), uid);
    return static_cast<Uid>(first.value_or(0));
}

void take_pack(std::string_view bytes, UidRange span, PackFile::Take const& take)
{
    PackReader pack(bytes);
    while (pack.next())
        if (span.first <= pack.uid() && pack.uid() <= span.last) take(pack.uid(), pack.text());
}
} // namespace

Uid PackFile::read(MailboxId mailbox, Kind kind, UidRange span, Take const& take)
{
    Uid told = span.first - 1;
    try {
        file_.use([&](db::Database& database) {
            database.read([&](db::Reader& reader) {
                auto const begin = first_of(reader, mailbox, kind, span.first);
                if (begin == 0) return;
                auto found = reader.query("SELECT first_uid, last_uid, bytes FROM pack WHERE mailbox_id = ? "
                                          "AND kind = ? AND first_uid BETWEEN ? AND ? ORDER BY first_uid",
                                          mailbox, static_cast<int>(kind), begin, span.last);
                while (auto const row = found.next()) {
                    if (row->integer(0) > std::int64_t{told} + 1) return; // a gap: mail.db knows
                    auto const last = static_cast<Uid>(row->integer(1));
                    if (last < span.first) continue;
                    take_pack(row->view(2), {told + 1, std::min(last, span.last)}, take);
                    told = std::min(last, span.last);
                }
            });
        });
    } catch (base::StoreError const&) { // a cache that cannot be read: mail.db is read instead
    }
    return told;
}

std::map<MailboxId, std::vector<Run>> PackFile::runs()
{
    return file_.use([](db::Database& database) {
        return database.read([](db::Reader& reader) {
            std::map<MailboxId, std::vector<Run>> runs;
            auto found = reader.query("SELECT mailbox_id, first_uid, last_uid, messages FROM pack WHERE kind = ? "
                                      "ORDER BY mailbox_id, first_uid",
                                      static_cast<int>(Kind::rows));
            while (auto const row = found.next())
                runs[row->integer(0)].push_back(
                    {{static_cast<Uid>(row->integer(1)), static_cast<Uid>(row->integer(2))},
                     static_cast<std::uint32_t>(row->integer(3))});
            return runs;
        });
    });
}

void PackFile::put(MailboxId mailbox, Uid from, std::vector<NewPack> const& packs)
{
    file_.use([&](db::Database& database) {
        database.run([&](db::Transaction& transaction) {
            transaction.exec("DELETE FROM pack WHERE mailbox_id = ? AND first_uid >= ?", mailbox, from);
            for (auto const& pack : packs)
                transaction.exec("INSERT INTO pack (mailbox_id, kind, first_uid, last_uid, messages, bytes) "
                                 "VALUES (?, ?, ?, ?, ?, ?)",
                                 mailbox, static_cast<int>(pack.kind), pack.uids.first, pack.uids.last, pack.messages,
                                 db::Blob{pack.bytes});
        });
    });
}

} // namespace maild::mailbox::packs
