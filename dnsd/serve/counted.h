#pragma once
// A pointer to an object that counts its own owners. Not for objects with one owner (std::unique_ptr).

#include <utility>

namespace dnsd
{

/// T has `retain() const` and `release() const`; release destroys the object with its last owner. An object is made
/// with one owner: adopt() it.
template <class T>
class Counted
{
public:
    Counted() = default;
    static Counted adopt(T* object)
    {
        Counted made;
        made.object_ = object;
        return made;
    }
    static Counted share(T* object)
    {
        if (object) object->retain();
        return adopt(object);
    }
    Counted(Counted const& other) : object_(other.object_)
    {
        if (object_) object_->retain();
    }
    Counted(Counted&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
    Counted& operator=(Counted other) noexcept
    {
        std::swap(object_, other.object_);
        return *this;
    }
    ~Counted()
    {
        if (object_) object_->release();
    }

    T* get() const { return object_; }
    /// The caller becomes the owner.
    T* let_go() { return std::exchange(object_, nullptr); }
    T& operator*() const { return *object_; }
    T* operator->() const { return object_; }
    explicit operator bool() const { return object_ != nullptr; }

private:
    T* object_ = nullptr;
};

} // namespace dnsd
