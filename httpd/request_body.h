#pragma once
// Reads the body of a POST into the request's form, with the limits that keep one slow or large upload from harming
// the others. For server.cpp only.

#include "httpd/request.h"

#include <condition_variable>
#include <functional>
#include <mutex>

namespace Poco::Net
{
class HTTPServerRequest;
}

namespace httpd
{

/// Places for bodies above limits::small_post: memory for a few of them is there, for fifty it is not.
class LargePlaces
{
public:
    explicit LargePlaces(int count) : free_(count) {}
    /// Waits for one; false after limits::large_post_wait.
    bool enter();
    void leave();

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    int free_;
};

/// Holds a place, once it has entered, until it goes away.
class LargePlace
{
public:
    explicit LargePlace(LargePlaces& places) : places_(places) {}
    ~LargePlace();
    LargePlace(LargePlace const&) = delete;
    LargePlace& operator=(LargePlace const&) = delete;
    bool enter();

private:
    LargePlaces& places_;
    bool entered_ = false;
};

class BodyReader
{
public:
    /// `place` is entered when the body is a large one; keep it as long as the request is worked on.
    BodyReader(Poco::Net::HTTPServerRequest& from, std::size_t largest, LargePlace& place)
        : from_(from), largest_(largest), place_(place)
    {
    }

    /// 0, or the status to refuse it with; then the rest of the body is still on the wire.
    int read_into(Request& request);

private:
    bool is_ambiguous(Request const& request) const;
    int read_form(Request& request);
    /// Gives the body's pieces to `take` until it says false.
    int read_pieces(std::function<bool(std::string_view)> const& take);
    int drain();

    Poco::Net::HTTPServerRequest& from_;
    std::size_t largest_;
    LargePlace& place_;
};

} // namespace httpd
