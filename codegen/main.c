/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "cli.h"

int main(int argc, char **argv)
{
    return codegen_run(argc, argv);
}
