/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * crash_file.h - files that names and lines come from.
 * Layer: libsecgear_urts. Threads: no state.
 */
#ifndef URTS_CRASH_FILE_H
#define URTS_CRASH_FILE_H

#include "base/bytes.h"

enum { CRASH_PATH_ROOM = 1024 };

/* The file that a module of an enclave was copied from, "sg-image" its image; "": none known. */
void crash_file_find(const char *image, const char *name, char ret_path[static CRASH_PATH_ROOM]);
struct buf crash_file_read(const char *path); /* empty: no plain file, or too large */

#endif
