#pragma once
// A value or the reason why there is none: the small part of std::expected that g++ 12 lacks.

#include "appliance/base/error.h"

#include <utility>
#include <variant>

namespace base
{

/// Holds a T or an E (a `base::Error` unless said otherwise). `value()` of an error throws Failure only for E =
/// Error.
template <class T, class E = Error>
class [[nodiscard]] Result
{
public:
    Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
    Result(E error) : state_(std::in_place_index<1>, std::move(error)) {}

    explicit operator bool() const { return state_.index() == 0; }
    bool ok() const { return state_.index() == 0; }

    T& operator*() & { return std::get<0>(state_); }
    T const& operator*() const& { return std::get<0>(state_); }
    T&& operator*() && { return std::get<0>(std::move(state_)); }
    T* operator->() { return &std::get<0>(state_); }
    T const* operator->() const { return &std::get<0>(state_); }
    E const& error() const { return std::get<1>(state_); }

    /// The value, or a Failure carrying the error.
    T value() &&
    {
        if (!ok()) throw Failure(error());
        return std::get<0>(std::move(state_));
    }

private:
    std::variant<T, E> state_;
};

/// The Result of something that has no value.
template <class E>
class [[nodiscard]] Result<void, E>
{
public:
    Result() : state_(std::in_place_index<0>) {}
    Result(E error) : state_(std::in_place_index<1>, std::move(error)) {}

    explicit operator bool() const { return state_.index() == 0; }
    bool ok() const { return state_.index() == 0; }
    E const& error() const { return std::get<1>(state_); }
    void value() const
    {
        if (!ok()) throw Failure(error());
    }

private:
    std::variant<std::monostate, E> state_;
};

} // namespace base
