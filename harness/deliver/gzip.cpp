#include "harness/deliver/gzip.h"

#include <zlib.h>

#include <stdexcept>

namespace harness::deliver {

dns::Bytes gzip(std::string_view text) {
    constexpr int window_bits = 15, with_gzip_header = 16, memory_level = 8; // zlib's defaults, in gzip's clothes
    z_stream stream{};
    if (deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, window_bits + with_gzip_header, memory_level,
                     Z_DEFAULT_STRATEGY) != Z_OK)
        throw std::runtime_error("gzip: out of memory");
    dns::Bytes out(deflateBound(&stream, text.size()));
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data())); // zlib only reads it
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = out.data();
    stream.avail_out = static_cast<uInt>(out.size());
    const int end = deflate(&stream, Z_FINISH);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    if (end != Z_STREAM_END) throw std::runtime_error("gzip: cannot compress");
    return out;
}

} // namespace harness::deliver
