// Asio's function bodies, compiled once here instead of in every file that includes it
// (BOOST_ASIO_SEPARATE_COMPILATION). It stays header-only: no library of Boost is linked.
#include <boost/asio/impl/src.hpp>
