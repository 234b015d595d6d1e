// The queue's tables.
#pragma once

#include "harness/deliver/database.h"

namespace harness::deliver {

// Makes them in an empty database, and brings those of the version before up to date. Throws DatabaseError for a
// database that is something else.
void set_up_queue(const Database& database);

} // namespace harness::deliver
