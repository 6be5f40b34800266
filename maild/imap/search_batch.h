#pragma once
// One part of a mailbox while it is searched: what is known of its messages at the present step, and what a key says
// with that. search.h drives it.

#include "appliance/message/header.h"
#include "maild/imap/search.h"

#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

namespace maild::imap
{

enum class Truth { no, yes, open };

/// The messages of `uids` of the scope. Sets in the program are UIDs already. Throws base::StoreError.
class SearchBatch
{
public:
    /// `first`: columns to load at the start.
    SearchBatch(mailbox::MailStore& store, SearchScope const& scope, SearchKey const& program, mailbox::UidRange uids,
                mailbox::ColumnSet first = {});

    /// UIDs, ascending.
    std::vector<mailbox::Uid> run(Progress& progress);

private:
    using Row = std::uint32_t; ///< of the columns
    using Rows = std::vector<Row>;

    /// What the full-text index said of one key, by body.
    using TextAnswers = std::unordered_map<mailbox::BodyId, Truth>;

    /// `fields` point into `text`.
    struct OneHeader {
        mailbox::BodyId body = 0;
        std::string text = {};
        message::Header fields = {};
    };

    bool load_texts(Rows const& open, mailbox::ColumnSet wanted);
    mailbox::ColumnSet columns_for(SearchKey const& program) const;
    void load_headers(Rows const& rows, std::size_t begin);
    Rows rows_in_scope() const;
    void load_flags();
    void load_keywords(SearchKey const& key);
    void load_saved();
    Rows ask(Rows const& rows, std::vector<mailbox::Uid>& found) const;
    void load_threads(Rows const& rows);
    void ask_text_index(SearchKey const& key, std::vector<mailbox::BodyId> const& bodies);
    void ask_messages(Rows const& rows, std::vector<mailbox::Uid>& found, Progress& progress);

    Truth test(SearchKey const& key, Row row) const;
    Truth test_all(SearchKey const& key, Row row) const;
    Truth test_any(SearchKey const& key, Row row) const;
    Truth test_sent(SearchKey const& key, Row row) const;
    Truth test_header(SearchKey const& key, Row row) const;
    Truth test_text(SearchKey const& key, Row row) const;
    bool certain(SearchKey const& key, Row row);
    message::Header const& header_of(mailbox::BodyId body);
    bool header_holds(SearchKey const& key, Row row);

    mailbox::MailStore& store_;
    SearchScope const& scope_;
    SearchKey const& program_;
    mailbox::UidRange const uids_;
    mailbox::Columns columns_;
    std::vector<mailbox::FlagRow> flags_; ///< by row, when a key needs them; uid 0: it is gone
    std::vector<base::Timestamp> saved_;  ///< by row
    std::unordered_map<std::string, mailbox::UidSet> keywords_;
    std::unordered_map<Row, std::int64_t> threads_;
    std::unordered_map<SearchKey const*, TextAnswers> texts_;
    std::unordered_map<mailbox::BodyId, mailbox::MessageIndex> headers_; ///< of some messages
    std::unique_ptr<OneHeader> header_;                                  ///< that was asked for last
};

} // namespace maild::imap
