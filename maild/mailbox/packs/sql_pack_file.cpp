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
                    auto const bytes = must_uncompress(row->view(2));
                    take_pack(bytes, {told + 1, std::min(last, span.last)}, take);
                    told = std::min(last, span.last);
                }
            });
        });
    } catch (base::StoreError const&) { // a cache that cannot be read: mail.db is read instead
    }
    return told;
}

std::optional<FlagMoment> PackFile::flag_moment(MailboxId mailbox)
{
    try {
        return file_.use([&](db::Database& database) {
            return database.read([&](db::Reader& reader) -> std::optional<FlagMoment> {
                auto found = reader.query("SELECT modseq, last_uid FROM flag_pack WHERE mailbox_id = ? "
                                          "ORDER BY first_uid DESC LIMIT 1",
                                          mailbox);
                auto const row = found.next();
                if (!row) return std::nullopt;
                return FlagMoment{static_cast<ModSeq>(row->integer(0)), static_cast<Uid>(row->integer(1))};
            });
        });
    } catch (base::StoreError const&) { // mail.db is read instead
        return std::nullopt;
    }
}

Uid PackFile::read_flags(MailboxId mailbox, ModSeq moment, UidRange span, TakeFlags const& take)
{
    Uid told = span.first - 1;
    try {
        file_.use([&](db::Database& database) {
            database.read([&](db::Reader& reader) {
                auto found = reader.query("SELECT last_uid, bytes FROM flag_pack WHERE mailbox_id = ? AND modseq = ? "
                                          "AND last_uid >= ? AND first_uid <= ? ORDER BY first_uid",
                                          mailbox, moment, span.first, span.last);
                while (auto const row = found.next()) {
                    auto const last = std::min(static_cast<Uid>(row->integer(0)), span.last);
                    auto const bytes = must_uncompress(row->view(1));
                    take_pack(bytes, {told + 1, last}, [&](Uid uid, std::optional<std::string_view> text) {
                        must_unpack_flags(uid, text.value_or(""), moment, take);
                        told = uid;
                    });
                    told = last;
                }
            });
        });
    } catch (base::StoreError const&) { // as above
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

std::map<MailboxId, PackFile::PackedFlags> PackFile::packed_flags()
{
    return file_.use([](db::Database& database) {
        return database.read([](db::Reader& reader) {
            std::map<MailboxId, PackedFlags> packed;
            auto found = reader.query("SELECT mailbox_id, modseq, MAX(last_uid), SUM(messages) FROM flag_pack "
                                      "GROUP BY mailbox_id, modseq");
            while (auto const row = found.next())
                packed[row->integer(0)] = {{static_cast<ModSeq>(row->integer(1)), static_cast<Uid>(row->integer(2))},
                                           static_cast<std::uint32_t>(row->integer(3))};
            return packed;
        });
    });
}

void PackFile::put_flags(MailboxId mailbox, ModSeq moment, std::vector<NewFlagPack> const& packs)
{
    file_.use([&](db::Database& database) {
        database.run([&](db::Transaction& transaction) {
            transaction.exec("DELETE FROM flag_pack WHERE mailbox_id = ?", mailbox);
            for (auto const& pack : packs)
                transaction.exec("INSERT INTO flag_pack (mailbox_id, first_uid, last_uid, modseq, messages, bytes) "
                                 "VALUES (?, ?, ?, ?, ?, ?)",
                                 mailbox, pack.uids.first, pack.uids.last, moment, pack.messages,
                                 db::Blob{pack.bytes});
        });
    });
}

void PackFile::remove(MailboxId mailbox)
{
    put(mailbox, 0, {});
    put_flags(mailbox, 0, {});
}

} // namespace maild::mailbox::packs
