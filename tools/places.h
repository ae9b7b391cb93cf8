/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * places.h - where the files are that were installed with this program, seen from it: a tree may be
 * moved as a whole. In a build tree they are beside it as well.
 *
 * Layer: tools. Threads: no state.
 */
#ifndef TOOLS_PLACES_H
#define TOOLS_PLACES_H

#include "status.h"
#include <limits.h>

/* The folder that this program is in. */
cc_enclave_result_t place_of_self(char ret_path[static PATH_MAX])
    __attribute__((warn_unused_result));
/* A script or program in libexec; a file or folder of share/secgear. CC_ERROR_INVALID_PATH. */
cc_enclave_result_t place_of_script(const char *name, char ret_path[static PATH_MAX])
    __attribute__((warn_unused_result));
cc_enclave_result_t place_of_data(const char *name, char ret_path[static PATH_MAX])
    __attribute__((warn_unused_result));
/* Folders where the libraries are, for a search path: "installed:of a build tree". */
cc_enclave_result_t place_of_libraries(char ret_paths[static 3 * PATH_MAX])
    __attribute__((warn_unused_result));

#endif
