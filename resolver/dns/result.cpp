#include "resolver/dns/result.h"

namespace dns {

std::string_view describe(WireErrorCode code) {
    switch (code) {
    case WireErrorCode::truncated: return "the data ends before the field does";
    case WireErrorCode::trailing_octets: return "octets are left over behind a complete structure";
    case WireErrorCode::label_too_long: return "a label of more than 63 octets";
    case WireErrorCode::name_too_long: return "a name of more than 255 octets";
    case WireErrorCode::bad_label_type: return "a label of a type that is not in use";
    case WireErrorCode::bad_pointer: return "a compression pointer that does not point backwards";
    case WireErrorCode::pointer_not_allowed: return "a compression pointer where none is allowed";
    case WireErrorCode::bad_rdata: return "RDATA unfit for its type";
    case WireErrorCode::bad_type_bitmap: return "a type bit map with windows out of order or of a wrong length";
    case WireErrorCode::bad_opt: return "an OPT record out of place or malformed";
    case WireErrorCode::too_many_records: return "more records than a message can hold";
    case WireErrorCode::bad_text: return "text that is not in presentation format";
    }
    return "an unknown fault";
}

} // namespace dns
