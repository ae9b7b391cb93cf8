/* SPDX-License-Identifier: MulanPSL-2.0 */
/* functions.h - what enclave.c of these tests can do, by number. */
#ifndef SIM_FUNCTIONS_H
#define SIM_FUNCTIONS_H

enum {
    F_ECHO,
    F_SECRET, /* out: u64 address of ENCLAVE_SECRET */
    F_NAP,    /* in: u32 ms */
    F_CRASH,
    F_ASK, /* one ocall */
    F_TRY, /* in: u32 TRY_*; out: i32 errno, 0 = it worked */
    F_RANDOM,
    F_HEAP, /* in: u64 size; out: 1 when that much could be had */
    F_PRINT,
    F_REPORT, /* in: 64 bytes of user data; out: the report */
    F_THREADS,
    FUNCTION_COUNT
};

enum {
    TRY_CONSTRUCTOR, /* the errno that a constructor got */
    TRY_OPEN,
    TRY_OPEN_IMAGE,
    TRY_SOCKET,
    TRY_WRITE,
    TRY_EXEC_MEMORY,
    TRY_FORK,
    TRY_EXECVE,
    TRY_PTRACE,
    TRY_DUMPABLE,
    TRY_UNMAP_CODE,
    TRY_RELRO, /* to write to the tables of addresses again */
    TRY_EXIT,
    TRY_ABORT,
};

#define ENCLAVE_SECRET "an enclave's secret that nobody else reads"

#endif
