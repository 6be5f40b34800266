#pragma once
// Spool over spool/spool.db and the files of big bodies in spool/body/. Three files, by who asks: sql_spool.cpp
// (SMTP, and what all need), sql_spool_queue.cpp (the queue), sql_spool_people.cpp (kotakpos queue).

#include "appliance/db/database.h"
#include "maild/queue/spool.h"

#include <set>

namespace maild::queue
{

class SqlSpool : public Spool
{
public:
    SqlSpool(std::string const& folder, base::Clock const& clock);

    SpoolBody begin() override { return {new_message_id(clock_.now()), folder_ + "/body"}; }
    bool has_space(std::uint64_t bytes) override;
    bool can_settle() override;
    MessageId commit(SpoolBody& body, Envelope const& envelope, std::vector<NewRecipient> const& recipients) override;
    std::optional<std::int64_t> room(std::int64_t account) override;
    std::vector<LoginUse> use_since(base::Timestamp since, std::string_view login) override;
    void note_refused(std::vector<RefusedMail> const& refused) override;
    std::vector<WaitingMail> waiting(std::string_view login, std::size_t most) override;
    bool take_back(MessageId id, std::string_view login) override;

    std::vector<Message> due(base::Timestamp now, std::size_t most) override;
    std::vector<std::string> due_destinations(base::Timestamp now, std::size_t most) override;
    std::vector<Message> due_for(std::string_view destination, base::Timestamp now, std::size_t most,
                                 Turn const& turn) override;
    std::vector<Message> late(base::Timestamp now, std::size_t most) override;
    void settle(Settlement& settlement) override;
    base::Timestamp last_answer(std::int64_t account, std::string_view sender) override;
    void look_later(std::string_view destination) override;
    void rest(std::vector<std::string> const& destinations, base::Timestamp until, unsigned failures,
              std::string_view reply) override;
    std::optional<Resting> resting(std::string_view destination) override;
    void revive(std::string_view destination) override;
    std::vector<Room> rooms() override;
    void publish_room(std::int64_t account, std::optional<std::int64_t> bytes) override;
    void sweep() override;
    void forget_trace(base::Timestamp before) override;

    std::vector<Message> list(std::size_t most, MessageId after, Selection const& selection) override;
    std::optional<Message> find(MessageId id) override;
    QueueCounts counts() override;
    std::vector<Resting> all_resting() override;
    std::size_t retry(MessageIds const& ids) override;
    std::size_t hold(MessageIds const& ids) override;
    std::size_t remove(MessageIds const& ids) override;
    std::size_t expire(MessageIds const& ids) override;

private:
    void insert(db::Transaction& transaction, SpoolBody const& body, Envelope const& envelope,
                std::vector<NewRecipient> const& recipients) const;
    static std::optional<MessageId> committed_before(db::Transaction& transaction, Envelope const& envelope);
    void insert_recipient(db::Transaction& transaction, Envelope const& envelope, MessageId message,
                          std::int64_t number, NewRecipient const& recipient) const;
    void insert_onward(db::Transaction& transaction, Settlement::Onward const& onward,
                       Settlement::BulkRule const& bulk) const;
    /// Counts the recipient; whether its sender has sent masses by now.
    bool is_bulk(db::Transaction& transaction, std::string const& origin, Settlement::BulkRule const& bulk) const;
    void apply(db::Transaction& transaction, Settlement const& settlement) const;
    /// How a message came, and what happened to it (sql_spool_trace.cpp).
    void trace_arrival(db::Transaction& transaction, SpoolBody const& body, Envelope const& envelope,
                       std::vector<NewRecipient> const& recipients) const;
    void trace(db::Transaction& transaction, TraceEvent const& event) const;
    /// Removes what has no recipients left; gives those whose body is a file.
    static std::vector<MessageId> remove_finished(db::Transaction& transaction, std::set<MessageId> const& touched);
    void unlink_bodies(std::vector<MessageId> const& messages) const;
    std::uint64_t free_bytes() const;
    std::string body_file(MessageId id) const { return folder_ + "/body/" + show(id); }

    void add_due(db::Reader& reader, MessageId id, base::Timestamp now, std::vector<Message>& messages) const;
    /// The next messages of one class and rank, a message of each sender in turn.
    void take_turns(db::Reader& reader, std::string_view destination, base::Timestamp now, std::size_t most,
                    Turn const& turn, MailClass mail_class, std::int64_t rank, std::vector<MessageId>& ids) const;
    bool retry_one(db::Transaction& transaction, MessageId id) const;
    bool hold_one(db::Transaction& transaction, MessageId id) const;
    bool expire_one(db::Transaction& transaction, MessageId id) const;
    static std::set<std::string> destinations_of(db::Reader& reader, MessageId id);
    /// Something may be due at the message's destinations now.
    void wake_destinations(db::Transaction& transaction, MessageId id) const;

    enum class Body { with, without };
    std::optional<Message> read_message(db::Reader& reader, MessageId id, Body body) const;
    static std::vector<Recipient> read_recipients(db::Reader& reader, MessageId id);
    /// Groups rows (message_id first, then recipient_columns) by message.
    std::vector<Message> group(db::Reader& reader, db::Rows rows) const;

    std::string folder_;
    base::Clock const& clock_;
    db::Database database_;
};

} // namespace maild::queue
