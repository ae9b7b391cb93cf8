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
    F_MANY_THREADS, /* out: u32 threads that could be had at once, twice; 0: not the second time */
    F_SEAL,         /* in: u8 policy, the data; out: it sealed, with the text SEAL_TEXT */
    F_UNSEAL,       /* in: sealed data; out: the data */
    F_COUNT,        /* in: u8 COUNT_*, u8 policy, u8 id; out: u64 value, u8 rollback_protected */
    F_LOCAL_REPORT, /* in: target's MRENCLAVE (32), its debug (1), user data (64);
                     * out: report, in the last two bytes its size */
    F_LOCAL_CHECK,  /* in: report; out: MRENCLAVE (32) of who says it, user data (64) */
    F_ATTEST,       /* in: UUID and hash as texts, 37 and 65 bytes */
    F_IDENTITY,     /* out: cc_enclave_identity_t */
    F_EXTEND,       /* in: u8 register, the data; the event's name is "event" */
    F_LOG,          /* out: the event log */
    F_TIME,         /* out: cc_time_t */
    F_TALLY,        /* in: u8; out: u8, what the library of the image made of it */
    F_PCL_KEY,      /* in: 48 bytes; out: they sealed */
    F_CANARY,       /* out: u64 stack canary of the thread that serves */
    F_FAULT,        /* in: u32 FAULT_*; does not return; workers of switchless calls do it, too */
    F_MISTAKE,      /* in: u32 MISTAKE_*; goes on, unless a tool finds it */
    FUNCTION_COUNT
};

enum {
    FAULT_NULL, /* in fault_null(), 16 bytes behind nowhere */
    FAULT_DIVIDE,
    FAULT_ILLEGAL,
    FAULT_ABORT,
    FAULT_CALL, /* a system call that is not allowed */
    FAULT_STACK,
    FAULT_NOWHERE, /* a call to where no code is */
    FAULT_THREAD,  /* in a thread of the enclave's own */
    FAULT_BUS,     /* a page behind the end of its file */
};

enum { MISTAKE_HEAP, MISTAKE_SIGNED, MISTAKE_UNSET, MISTAKE_LEAK };

enum { COUNT_CREATE, COUNT_READ, COUNT_INCREMENT };

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

#define SEAL_TEXT "a label in clear"
#define ENCLAVE_SECRET "an enclave's secret that nobody else reads"

#endif
