// The daneverify program: `danelab verify` under the appliance's name.
#include "harness/cli/command.h"

int main(int argc, char** argv) {
    const harness::cli::Arguments arguments(argv + (argc > 0 ? 1 : 0), argv + argc);
    return harness::cli::guarded("daneverify", harness::cli::verify_command, arguments);
}
