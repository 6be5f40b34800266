// SEARCH (RFC 9051 6.4.4), SORT and THREAD (RFC 5256), and results that are kept up to date (RFC 5267).

#include "maild/imap/session.h"

#include "appliance/base/text.h"
#include "maild/imap/limits.h"
#include "maild/imap/thread.h"

#include <algorithm>

namespace maild::imap
{

namespace
{
ThreadAlgorithm must_algorithm(Parser& parser)
{
    auto const name = base::upper(parser.must_atom());
    if (name == "ORDEREDSUBJECT") return ThreadAlgorithm::ordered_subject;
    if (name == "REFERENCES") return ThreadAlgorithm::references;
    if (name == "REFS") return ThreadAlgorithm::refs;
    throw_bad("Unknown threading algorithm " + name);
}

/// RFC 7162 3.1.5 and RFC 4731 3.2: of MIN and MAX alone, only theirs counts.
mailbox::UidSet counted_for_modseq(SearchRequest const& request, NumberList const& found, UidMap const& map,
                                   Numbers numbers)
{
    auto const& options = request.options;
    bool const all = !options.is_given || options.all || options.count || options.partial || found.empty();
    mailbox::UidSet uids;
    auto const add = [&](std::uint32_t first, std::uint32_t last) {
        uids = uids | (numbers == Numbers::uid ? mailbox::UidSet::of({first, last}) : map.uids(first, last));
    };
    if (all)
        for (auto const& range : found.ranges()) add(range.first, range.last);
    if (!all && options.min) add(found.front(), found.front());
    if (!all && options.max) add(found.back(), found.back());
    return uids;
}
} // namespace

Reply Session::search(Parser& parser)
{
    parser.must_space();
    return answer(must_search_request(parser, Sorts::no));
}

Reply Session::sort(Parser& parser)
{
    parser.must_space();
    return answer(must_search_request(parser, Sorts::yes));
}

SearchRequest Session::must_search_request(Parser& parser, Sorts sorts)
{
    SearchRequest request;
    request.options = must_return_options(parser);
    try {
        if (sorts == Sorts::yes) {
            request.criteria = must_sort_criteria(parser);
            parser.must_space();
        }
        request.program =
            sorts == Sorts::yes ? must_search_criteria(parser) : must_search_program(parser, charset_name());
    } catch (ClientError const& error) { // RFC 5182 section 2.1: what ends with NO leaves an empty result
        if (request.options.save && error.reply().status == Status::no) view_->save({});
        throw;
    }
    parser.must_end();
    resolve_sets(request.program,
                 [&](SequenceSet const& set, Numbers numbers) { return view_->must_resolve(set, numbers); });
    if (request.options.save) view_->save({});
    if (request.program.uses(SearchKey::Kind::modseq)) use_condstore();
    return request;
}

Reply Session::answer(SearchRequest const& request)
{
    auto options = request.options;
    bool const sorts = !request.criteria.empty();
    bool const as_esearch = options.is_given || (is_enabled(feature_rev2) && !sorts); // RFC 9051 6.4.4
    options.all = options.all || !options.is_given;
    auto const found = find(request);
    mailbox::ModSeq const modseq = request.program.uses(SearchKey::Kind::modseq)
                                       ? greatest_modseq(context_.store, view_->id(),
                                                         counted_for_modseq(request, found, view_->map(), numbers()))
                                       : 0;
    if (!as_esearch) {
        auto text = (sorts ? "SORT" : "SEARCH") + (lowest_ ? found.show_each_from_the_end() : found.show_each());
        if (modseq > 0) text += " (MODSEQ " + std::to_string(modseq) + ')';
        untagged(text);
    } else if (options.has_answer()) {
        untagged(show_esearch("TAG \"" + tag_ + '"', numbers(), options, found, modseq));
    }
    if (options.save) save_result(request, found);
    if (options.update) begin_updates(request, found);
    return ok(sorts ? "Sorted" : "Searched");
}

/// The result as the client's numbers, in its order.
NumberList Session::find(SearchRequest const& request)
{
    auto const& map = view_->map();
    auto const how = request.criteria.empty() ? OverLimit::take_newest : OverLimit::refuse;
    auto const uids = find(request.program, searched(request.program, how));
    if (request.criteria.empty()) return numbers_of(uids, map, numbers());
    NumberList list;
    for (auto const uid : sorted_uids(context_.store, view_->id(), uids, request.criteria))
        list.add(numbers() == Numbers::uid ? uid : map.number(uid).value_or(0));
    return list;
}

/// Among the messages of the map.
mailbox::UidSet Session::find(SearchKey const& program, UidMap const& map)
{
    SearchScope const scope{view_->id(), view_->mailbox().account, map,
                            [this](mailbox::Uid uid) { return view_->is_recent(uid); }, base::system_clock().now()};
    auto told = progress();
    return Searcher(context_.store, scope, told).run(program);
}

Progress Session::progress()
{
    return Progress(tag_, [this](std::string_view text) {
        untagged("OK " + std::string(text));
        stream_.flush();
    });
}

/// RFC 5182 section 2.1, RFC 9394 section 3.2.
void Session::save_result(SearchRequest const& request, NumberList const& found)
{
    auto const& options = request.options;
    NumberList kept;
    bool const all = options.all || options.count || !options.has_answer();
    if (all) kept = found;
    if (!all && options.partial) kept = found.partial(*options.partial);
    if (!all && options.min && !found.empty()) kept.add(found.front());
    if (!all && options.max && !found.empty()) kept.add(found.back());
    std::vector<mailbox::UidRange> ranges;
    for (auto const& range : kept.ranges()) {
        auto const of =
            numbers() == Numbers::uid ? mailbox::UidSet::of(range) : view_->map().uids(range.first, range.last);
        ranges.insert(ranges.end(), of.ranges().begin(), of.ranges().end());
    }
    view_->save(mailbox::UidSet::of(std::move(ranges)));
}

/// RFC 5256 section 3.
Reply Session::thread(Parser& parser)
{
    parser.must_space();
    auto const algorithm = must_algorithm(parser);
    parser.must_space();
    auto program = must_search_criteria(parser);
    parser.must_end();

    resolve_sets(program, [&](SequenceSet const& set, Numbers kind) { return view_->must_resolve(set, kind); });
    auto const found = find(program, searched(program, OverLimit::refuse));
    auto const columns = context_.store.columns(view_->id(), columns_for_threads());
    auto const& map = view_->map();
    auto const trees = imap::thread(columns, rows_of(columns, found), algorithm, [&](std::uint32_t row) {
        auto const uid = (*columns.uids)[row];
        return numbers() == Numbers::uid ? uid : map.number(uid).value_or(0);
    });
    untagged(trees.empty() ? "THREAD" : "THREAD " + trees);
    return ok("Threaded");
}

/// RFC 5267 section 4.3.
void Session::begin_updates(SearchRequest const& request, NumberList const& found)
{
    auto const has_tag = [&](SearchContext const& context) { return context.tag == tag_; };
    std::size_t kept = found.size();
    for (auto const& context : contexts_) kept += context.result.size();
    bool const too_many = contexts_.size() >= limits::search_contexts || kept > limits::search_context_messages;
    if (lowest_ || too_many || std::any_of(contexts_.begin(), contexts_.end(), has_tag)) {
        untagged("NO [NOUPDATE \"" + tag_ + "\"] There are too many results to keep up to date");
        return;
    }
    SearchContext context{tag_, numbers(), request, {}};
    for (auto const& range : found.ranges())
        for (std::uint64_t number = range.first; number <= range.last; ++number) {
            auto const one = static_cast<std::uint32_t>(number);
            context.result.push_back(numbers() == Numbers::uid ? one : view_->map().uid(one));
        }
    contexts_.push_back(std::move(context));
}

/// RFC 5267 section 4.3.5.
Reply Session::cancel_update(Parser& parser)
{
    std::vector<std::string> tags;
    do {
        parser.must_space();
        tags.push_back(parser.must_string());
    } while (!parser.at_end());
    for (auto const& tag : tags) {
        auto const is_it = [&](SearchContext const& context) { return context.tag == tag; };
        if (std::none_of(contexts_.begin(), contexts_.end(), is_it)) throw_bad("There is no such result: " + tag);
    }
    std::erase_if(contexts_, [&](SearchContext const& context) {
        return std::find(tags.begin(), tags.end(), context.tag) != tags.end();
    });
    return ok("No more updates");
}

/// What was expunged leaves the results before its EXPUNGE is told, everything else afterwards.
mailbox::UidSet Session::sync_contexts(Expunges expunges, ChangedFlags flags)
{
    auto const before = view_->map();
    std::string news;
    auto came = view_->sync(expunges, flags, [&](std::string_view lines) { news += lines; });
    if (view_->is_gone()) return came;
    auto const gone = before.uids() - view_->map().uids();
    for (auto& context : contexts_) stream_.write(tell_removed(context, gone, before));
    stream_.write(news);
    for (auto& context : contexts_) {
        auto const& request = context.request;
        auto const found = find(request.program, view_->map());
        auto const now = sorted_uids(context_.store, view_->id(), found, request.criteria);
        stream_.write(tell_removed(context, mailbox::UidSet(context.result) - found, view_->map()));
        stream_.write(tell_added(context, now, view_->map()));
    }
    return came;
}

} // namespace maild::imap
