#include "httpd/server.h"

#include "appliance/base/log.h"
#include "appliance/base/text.h"
#include "httpd/limits.h"
#include "httpd/request_body.h"
#include "httpd/server_sockets.h"

#include <Poco/Net/HTTPRequestHandler.h>
#include <Poco/Net/HTTPRequestHandlerFactory.h>
#include <Poco/Net/HTTPServer.h>
#include <Poco/Net/HTTPServerParams.h>
#include <Poco/Net/HTTPServerRequest.h>
#include <Poco/Net/HTTPServerRequestImpl.h>
#include <Poco/Net/HTTPServerResponse.h>
#include <Poco/Net/TCPServer.h>
#include <Poco/ThreadPool.h>
#include <atomic>
#include <ostream>
#include <sys/socket.h>
#include <thread>

namespace httpd
{

namespace
{
using Clock = std::chrono::steady_clock;

/// What all connections of one listener share.
struct Shared {
    Handler handler;
    std::size_t largest_body = 0;
    LargePlaces* places = nullptr;
    std::atomic<int>* running = nullptr;
    Poco::ThreadPool* pool = nullptr;
};

Request read_head(Poco::Net::HTTPServerRequest& from)
{
    Request request;
    request.method = from.getMethod();
    request.target = from.getURI();
    auto const question = std::min(request.target.find('?'), request.target.size());
    request.path = request.target.substr(0, question);
    if (question < request.target.size())
        request.query = parse_urlencoded(std::string_view(request.target).substr(question + 1));
    for (auto const& [name, value] : from) request.headers.emplace_back(name, value);
    request.host = Host::parse(request.header("Host"));
    request.cookies = parse_cookies(request.header("Cookie"));
    request.peer = from.clientAddress().host().toString();
    return request;
}

void write_head(Response const& response, Poco::Net::HTTPServerResponse& to)
{
    to.setStatusAndReason(static_cast<Poco::Net::HTTPResponse::HTTPStatus>(response.status),
                          std::string(reason(response.status)));
    if (!response.type.empty()) to.setContentType(response.type);
    for (auto const& [name, value] : response.headers) to.add(name, value);
    if (response.close) to.setKeepAlive(false);
}

void write(Response const& response, bool head_only, Poco::Net::HTTPServerResponse& to)
{
    write_head(response, to);
    if (response.stream) {
        to.setChunkedTransferEncoding(true);
        auto& out = to.send();
        if (!head_only)
            response.stream([&](std::string_view bytes) {
                out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
                if (!out) throw std::runtime_error("the browser went away");
            });
        return;
    }
    if (response.status == 304) {
        to.send();
        return;
    }
    to.sendBuffer(response.body.data(), response.body.size());
}

/// An answer that broke off must not look whole: Poco ends the chunks properly even while an exception goes by.
void cut_off(Poco::Net::HTTPServerRequest& request)
{
    auto& socket = dynamic_cast<Poco::Net::HTTPServerRequestImpl&>(request).socket();
    ::shutdown(socket.impl()->sockfd(), SHUT_RDWR);
}

GuardedConnection& guard_of(Poco::Net::HTTPServerRequest& request)
{
    return dynamic_cast<GuardedConnection&>(
        *dynamic_cast<Poco::Net::HTTPServerRequestImpl&>(request).socket().impl());
}

/// A request between its header and its answer.
class Running
{
public:
    Running(std::atomic<int>& count, GuardedConnection& connection) : count_(count), connection_(connection)
    {
        count_.fetch_add(1);
        connection_.head_arrived();
    }
    ~Running()
    {
        connection_.head_expected();
        count_.fetch_sub(1);
    }
    Running(Running const&) = delete;
    Running& operator=(Running const&) = delete;

private:
    std::atomic<int>& count_;
    GuardedConnection& connection_;
};

/// One address must not take all threads.
class SurplusFilter final : public Poco::Net::TCPServerConnectionFilter
{
public:
    bool accept(Poco::Net::StreamSocket const& socket) override
    {
        return !dynamic_cast<GuardedConnection&>(*socket.impl()).is_surplus();
    }
};

class Connection final : public Poco::Net::HTTPRequestHandler
{
public:
    explicit Connection(Shared& shared) : shared_(shared) {}

    void handleRequest(Poco::Net::HTTPServerRequest& from, Poco::Net::HTTPServerResponse& to) override
    {
        Running const running(*shared_.running, guard_of(from));
        auto const begin = Clock::now();
        Request request = read_head(from);
        LargePlace place(*shared_.places);
        Response response = answer(from, request, place);
        if (shared_.pool->used() >= limits::busy_threads) response.close = true;
        // Poco takes a broken chunk for the last one; what comes behind it must not become a request.
        if (from.getChunkedTransferEncoding()) response.close = true;
        try {
            write(response, request.method == "HEAD", to);
        } catch (...) {
            cut_off(from);
            throw;
        }
        auto const spent = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - begin);
        // The query may hold what somebody searches for: only the path is written.
        base::log(base::Level::debug, "", "request",
                  {{"peer", request.peer},
                   {"method", request.method},
                   {"path", request.path},
                   {"status", std::to_string(response.status)},
                   {"us", std::to_string(spent.count())}});
    }

private:
    Response answer(Poco::Net::HTTPServerRequest& from, Request& request, LargePlace& place)
    {
        if (request.method != "GET" && request.method != "HEAD" && request.method != "POST") {
            auto response = plain(405, "This method is not offered here.\n");
            response.set("Allow", "GET, HEAD, POST");
            response.close = true;
            return response;
        }
        if (request.host.name.empty() || !request.path.starts_with('/'))
            return refused(400, "The request is not understood.\n");
        request.fault = BodyReader(from, shared_.largest_body, place).read_into(request);
        if (request.fault == 400) return refused(400, "The request is not understood.\n");
        try {
            auto response = shared_.handler(request);
            response.close = response.close || request.fault != 0; // the rest of the body is still on the wire
            return response;
        } catch (std::exception const& error) { // the top of a request: nothing may end the thread
            base::log(base::Level::error, "", "request-failed", {{"path", request.path}, {"why", error.what()}});
            return plain(500, "Something went wrong here. Please try again.\n");
        }
    }

    /// What is left of the body stays unread, so the connection cannot go on.
    static Response refused(int status, std::string text)
    {
        auto response = plain(status, std::move(text));
        response.close = true;
        return response;
    }

    Shared& shared_;
};

class Factory final : public Poco::Net::HTTPRequestHandlerFactory
{
public:
    explicit Factory(Shared shared) : shared_(std::move(shared)) {}
    Poco::Net::HTTPRequestHandler* createRequestHandler(Poco::Net::HTTPServerRequest const&) override
    {
        return new Connection(shared_);
    }

private:
    Shared shared_;
};

Poco::Net::HTTPServerParams::Ptr server_params()
{
    auto const seconds = [](auto duration) {
        return Poco::Timespan(std::chrono::duration_cast<std::chrono::seconds>(duration).count(), 0);
    };
    Poco::Net::HTTPServerParams::Ptr params(new Poco::Net::HTTPServerParams);
    params->setMaxThreads(limits::threads);
    params->setMaxQueued(limits::waiting_connections);
    params->setKeepAlive(true);
    params->setKeepAliveTimeout(seconds(limits::keep_alive));
    params->setMaxKeepAliveRequests(limits::requests_per_connection);
    params->setTimeout(seconds(limits::socket_silence));
    return params;
}
} // namespace

class WebServer::Implementation
{
public:
    Implementation(std::size_t largest_body, std::vector<net::Network> exempt)
        : largest_body_(largest_body), counts_(std::make_shared<ConnectionCounts>(std::move(exempt)))
    {
    }

    void listen(int fd, Poco::Net::Context::Ptr context, Handler handler)
    {
        auto const socket = inherited_socket(fd, std::move(context), counts_);
        Shared shared{std::move(handler), largest_body_, &places_, &running_, &pool_};
        auto* factory = new Factory(std::move(shared)); // the server owns it
        servers_.push_back(std::make_unique<Poco::Net::HTTPServer>(factory, pool_, socket, server_params()));
        servers_.back()->setConnectionFilter(new SurplusFilter);
        servers_.back()->start();
    }

    void stop()
    {
        for (auto& server : servers_) server->stop();
        auto const until = Clock::now() + std::chrono::seconds(2);
        while (running_ > 0 && Clock::now() < until) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }

private:
    std::size_t largest_body_;
    std::shared_ptr<ConnectionCounts> counts_;
    LargePlaces places_{limits::large_posts};
    std::atomic<int> running_ = 0;
    // Two threads more than requests may run: each listener's own.
    Poco::ThreadPool pool_{2, limits::threads, 60, 512 << 10};
    std::vector<std::unique_ptr<Poco::Net::HTTPServer>> servers_;
};

WebServer::WebServer(std::size_t largest_body, std::vector<net::Network> exempt)
    : implementation_(std::make_unique<Implementation>(largest_body, std::move(exempt)))
{
}
WebServer::~WebServer() = default;

void WebServer::listen(std::vector<service::Socket> const& sockets, TlsFiles const* tls, Handler handler)
{
    Poco::Net::Context::Ptr context;
    if (tls && !sockets.empty()) context = server_context(tls->certificate, tls->key);
    for (auto const& socket : sockets) implementation_->listen(socket.fd, context, handler);
}

void WebServer::stop() { implementation_->stop(); }

} // namespace httpd
