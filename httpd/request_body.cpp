#include "httpd/request_body.h"

#include "appliance/base/cursor.h"
#include "appliance/base/error.h"
#include "appliance/base/log.h"
#include "appliance/base/text.h"
#include "appliance/message/parameters.h"
#include "httpd/limits.h"

namespace httpd
{

bool BodyMemory::try_take(std::size_t bytes)
{
    std::lock_guard const lock(mutex_);
    if (free_ < bytes) return false;
    free_ -= bytes;
    return true;
}

void BodyMemory::give_back(std::size_t bytes)
{
    std::lock_guard const lock(mutex_);
    free_ += bytes;
}

bool BodyShare::try_grow(std::size_t to)
{
    if (to <= bytes_) return true;
    auto const more = (to - bytes_ + limits::body_step - 1) / limits::body_step * limits::body_step;
    if (!memory_.try_take(more)) return false;
    bytes_ += more;
    return true;
}

std::string_view ChunkReader::next(std::string_view& bytes)
{
    for (;;) {
        if (state_ == State::data) {
            auto const piece = bytes.substr(0, left_);
            bytes.remove_prefix(piece.size());
            left_ -= piece.size();
            if (left_ == 0) state_ = State::data_end;
            return piece;
        }
        if (state_ == State::done || state_ == State::broken || !step_line(bytes)) return {};
    }
}

/// A line of its own: a size, the end of a chunk's data, a trailer. False: more must come, or it is over.
bool ChunkReader::step_line(std::string_view& bytes)
{
    auto const end = bytes.find('\n');
    auto const count = std::min(end, bytes.size());
    line_ += bytes.substr(0, std::min(count, limits::chunk_line + 1));
    bytes.remove_prefix(end == std::string_view::npos ? count : count + 1);
    if (line_.size() > limits::chunk_line) state_ = State::broken;
    if (state_ == State::broken || end == std::string_view::npos) return false;
    if (!line_.ends_with('\r')) {
        state_ = State::broken;
        return false;
    }
    line_.pop_back();
    auto const line = std::exchange(line_, {});
    if (state_ == State::size) {
        take_size(line);
    } else if (state_ == State::data_end) {
        state_ = line.empty() ? State::size : State::broken;
    } else if (line.empty()) {
        state_ = State::done;
    } else if ((extra_ += line.size()) > limits::chunk_line || line.find('\r') != std::string::npos) {
        state_ = State::broken;
    }
    return state_ != State::broken && state_ != State::done;
}

/// "1a2b" or "1a2b;name=value": at most 15 digits, so that nothing overflows.
void ChunkReader::take_size(std::string_view line)
{
    constexpr std::size_t most_digits = 15;
    auto const size = line.substr(0, line.find(';'));
    state_ = State::broken;
    if (size.empty() || size.size() > most_digits || line.find('\r') != std::string_view::npos) return;
    left_ = 0;
    for (char const c : size) {
        if (!base::hex_digits.contains(c)) return;
        auto const digit = base::digits.contains(c) ? c - '0' : (c | 0x20) - 'a' + 10;
        left_ = left_ * 16 + static_cast<std::size_t>(digit);
    }
    state_ = left_ == 0 ? State::trailer : State::data;
}

BodyReader::BodyReader(Head head, std::size_t largest) : head_(std::move(head)), largest_(largest)
{
    if (!head_.has_body()) {
        finish();
    } else if (!head_.request.is_post()) {
        end(400, false);
    } else {
        fault_ = head_.size.value_or(0) > largest_ ? 413 : choose_form();
        // Who asks first is told at once and keeps his bytes.
        if (fault_ != 0 && head_.expects_continue) end(fault_, false);
    }
}

/// 0, or the status for a body that no page reads.
int BodyReader::choose_form()
{
    auto const type = message::parse_content_type(head_.request.header("Content-Type"));
    if (!type) return 415;
    if (type->is("multipart", "form-data")) {
        multipart_.emplace(message::raw_parameter(type->parameters, "boundary"));
        return 0;
    }
    is_urlencoded_ = type->is("application", "x-www-form-urlencoded");
    bool const is_xml = type->is("text", "xml") || type->is("application", "xml");
    if (is_xml) largest_ = std::min(largest_, limits::raw_body);
    return is_urlencoded_ || is_xml ? 0 : 415;
}

void BodyReader::feed(std::string_view& bytes)
{
    while (!is_done_ && !bytes.empty()) {
        std::string_view piece;
        if (head_.is_chunked) {
            piece = chunks_.next(bytes);
        } else {
            piece = bytes.substr(0, *head_.size - total_);
            bytes.remove_prefix(piece.size());
        }
        total_ += piece.size();
        take(piece);
        if (is_done_) return;
        if (chunks_.is_broken()) return end(400, false);
        if (head_.is_chunked ? chunks_.is_done() : total_ == *head_.size) return finish();
    }
}

void BodyReader::take(std::string_view piece)
{
    constexpr std::size_t thrown_away = 4; // times the largest: then it is no mistake
    if (total_ > largest_ && fault_ == 0) {
        fault_ = 413;
        multipart_.reset();
        std::string().swap(text_);
    }
    if (total_ > thrown_away * largest_) return end(413, false);
    if (fault_ != 0) return;
    if (!multipart_)
        text_ += piece;
    else
        fault_ = read_part(piece);
}

/// 0, or the status of the refusal.
int BodyReader::read_part(std::string_view piece)
{
    try {
        return multipart_->feed(piece) ? 0 : 400;
    } catch (base::StoreError const& error) { // this upload ends, not the connection's thread
        base::log(base::Level::error, "", "upload-failed", {{"why", error.what()}});
        return base::is_disk_full(error) ? 507 : 503;
    }
}

std::chrono::steady_clock::time_point BodyReader::deadline() const
{
    return begin_ + limits::upload_grace + std::chrono::seconds(total_ / limits::slowest_upload);
}

void BodyReader::finish()
{
    auto& request = head_.request;
    if (fault_ == 0 && multipart_) {
        auto form = multipart_->finish();
        if (form)
            request.form = std::move(*form);
        else
            fault_ = 400;
    } else if (fault_ == 0 && is_urlencoded_) {
        request.form = parse_urlencoded(text_);
    } else if (fault_ == 0) {
        request.body = std::move(text_);
    }
    std::string().swap(text_);
    end(fault_, true);
}

void BodyReader::end(int fault, bool whole)
{
    head_.request.fault = fault;
    is_done_ = true;
    is_whole_ = whole;
}

} // namespace httpd
