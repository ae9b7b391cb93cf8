/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * enclave.h - the host's interface: create an enclave, call it through the functions that codegen
 * makes from an EDL file, destroy it, and learn why something failed.
 *
 * A cc_enclave_t belongs to the caller, must be zeroed before create, and may be copied by value
 * afterwards: the enclave's identity is what private_data points to.
 */
#ifndef FINAL_SECGEAR_ENCLAVE_H
#define FINAL_SECGEAR_ENCLAVE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "status.h"

#ifdef __cplusplus
extern "C" {
#endif

#ifndef CC_API_SPEC
#define CC_API_SPEC __attribute__((visibility("default")))
#endif

/* Asks for a debug enclave; granted only if the signed image allows it. */
#define SECGEAR_DEBUG_FLAG 0x00000001u
#define SECGEAR_RESERVED_FLAG (~(SECGEAR_DEBUG_FLAG))

/* Alignment of buffers inside a call frame. */
#define ALIGNMENT_SIZE (2 * sizeof(void *))

static inline size_t size_to_aligned_size(size_t size)
{
    return (size + ALIGNMENT_SIZE - 1) / ALIGNMENT_SIZE * ALIGNMENT_SIZE;
}

typedef enum _enclave_type {
    SGX_ENCLAVE_TYPE = 0,
    GP_ENCLAVE_TYPE,
    PENGLAI_ENCLAVE_TYPE,
    AUTO_ENCLAVE_TYPE, /* whatever this machine has */
    ENCLAVE_TYPE_MAX
} enclave_type_t;

typedef enum _enclave_type_version {
    SGX_ENCLAVE_TYPE_0 = 0,
    SGX_ENCLAVE_TYPE_MAX,
    GP_ENCLAVE_TYPE_0,
    GP_ENCLAVE_TYPE_MAX,
    PENGLAI_ENCLAVE_TYPE_0,
    PENGLAI_ENCLAVE_TYPE_MAX,
    ENCLAVE_TYPE_VERSION_MAX
} enclave_type_version_t;

typedef enum {
    ENCLAVE_FEATURE_SWITCHLESS = 1,
    ENCLAVE_FEATURE_PROTECTED_CODE_LOADER = 2
} enclave_features_flag_t;

typedef struct _enclave_features {
    uint32_t setting_type; /* enclave_features_flag_t */
    void *feature_desc;    /* its configuration; copied by create */
} enclave_features_t;

struct list_ops_desc;

typedef struct _enclave {
    enclave_type_version_t type;
    char *path; /* owned by the library between create and destroy */
    uint32_t flags;
    pthread_rwlock_t rwlock; /* kept for source compatibility; never held across a call */
    bool used_flag;
    void *private_data; /* the enclave itself, shared by all copies of this struct */
    struct list_ops_desc *list_ops_node;
} cc_enclave_t;

typedef struct _call_cc_enclave_function_args {
    uint64_t function_id;
    const void *input_buffer;
    size_t input_buffer_size;
    void *output_buffer;
    size_t output_buffer_size;
    size_t output_bytes_written;
    cc_enclave_result_t result;
    cc_enclave_t *enclave;
} cc_enclave_call_function_args_t;

typedef struct _cc_enclave_ocall_function_args {
    uint64_t function_id;
    size_t input_buffer_size;
    size_t output_buffer_size;
} cc_enclave_ocall_function_args_t;

/* Both buffers are private to the call; out has room for out_size bytes and arrives zeroed. */
typedef cc_enclave_result_t (*cc_ocall_func_t)(const uint8_t *input_buffer,
                                               size_t input_buffer_size, uint8_t *output_buffer,
                                               size_t output_buffer_size);

typedef struct _ocall_table {
    uint64_t num;
    cc_ocall_func_t ocalls[];
} ocall_enclave_table_t;

/**
 * Loads, checks, measures and starts an enclave.
 *
 * in      path            the signed image; where a file named by a UUID (/data/<uuid>.sec) is
 *                         missing, it is looked for in the folders of SECGEAR_ENCLAVE_PATH, then in
 *                         $XDG_DATA_HOME/secgear/enclaves and /usr/lib/secgear/enclaves
 * in      type            AUTO_ENCLAVE_TYPE, or a type that this machine has
 * in      version         0
 * in      flags           0 or SECGEAR_DEBUG_FLAG
 * in      features        features_count features, or NULL and 0
 * in      features_count  entries of features
 * in/out  enclave         in: zeroed; out: ready for calls, zeroed again on failure
 *
 * returns CC_SUCCESS                   running
 *         CC_ERROR_INVALID_ENCLAVE_ID  enclave is NULL or in use (and is left alone)
 *         CC_ERROR_INVALID_PATH        path is NULL or names nothing
 *         CC_ERROR_ACCESS_DENIED       the file can not be read
 *         CC_ERROR_ITEM_NOT_FOUND      the file is named by a UUID, and its image has another
 *         CC_ERROR_BAD_PARAMETERS      features without count or the reverse; unknown type, version
 *         CC_ERROR_NOT_SUPPORTED       an unknown flag, or a feature that is not built in
 *         CC_ERROR_FEATURE_FUNC_NOT_EXIST    an unknown feature
 *         CC_ERROR_SWITCHLESS_REINIT         the switchless feature is given twice
 *         CC_ERROR_TSWITCHLESS_INIT_FAILED   its workers could not be started
 *         CC_ERROR_INVALID_ENCLAVE     not an ELF shared object, or it can not be loaded
 *         CC_ERROR_INVALID_METADATA    no signature, or an ill-formed one
 *         CC_ERROR_SIGNATURE_INVALID   the signature does not fit the image
 *         CC_ERROR_NO_DEVICE           no device, or it lacks what SECGEAR_REQUIRE names
 *         CC_ERROR_OUT_OF_MEMORY       on either side
 *         CC_ERROR_TIMEOUT             the enclave did not start in time
 *
 * owner   the caller owns the struct; destroy releases what is behind it
 * threads any number, on different structs
 * source  secGear enclave.h; docs/protocol.md
 * sample  samples/helloworld/host/main.c
 */
CC_API_SPEC cc_enclave_result_t cc_enclave_create(const char *path, enclave_type_t type,
                                                  uint32_t version, uint32_t flags,
                                                  const enclave_features_t *features,
                                                  const uint32_t features_count,
                                                  cc_enclave_t *enclave);

/**
 * Ends an enclave: bars new calls, waits for calls in flight (SECGEAR_DESTROY_WAIT_MS, default
 * 5000), then kills it; callers that remain get CC_ERROR_ENCLAVE_DEAD.
 *
 * in/out  context  a created enclave; zeroed on success
 *
 * returns CC_SUCCESS               gone, also when it had died before
 *         CC_ERROR_BAD_PARAMETERS  NULL, never created, or already destroyed
 *         CC_ERROR_BUSY            called from within an ocall of the same enclave
 *         CC_ERROR_ENCLAVE_LOST    in a forked child: the enclave is the parent's
 *
 * owner   other copies of the struct become invalid: their calls get CC_ERROR_BAD_PARAMETERS
 * threads any; the second of two destroys gets CC_ERROR_BAD_PARAMETERS
 * source  secGear enclave.h
 * sample  samples/helloworld/host/main.c
 */
CC_API_SPEC cc_enclave_result_t cc_enclave_destroy(cc_enclave_t *context);

/**
 * Calls function function_id of the enclave; codegen's wrappers use it, applications use those.
 *
 * in      enclave      a created enclave
 * in      function_id  position in the image's table
 * in      in_buf       in_buf_size bytes, copied before the call; NULL only with 0
 * in      in_buf_size  bytes
 * out     out_buf      out_buf_size bytes, written on success only; NULL only with 0
 * in      out_buf_size bytes
 * in      ms           ignored (secGear passes one)
 * in      ocall_table  an ocall_enclave_table_t: what the enclave may call meanwhile, or NULL
 *
 * returns CC_SUCCESS               the function ran and out_buf holds its results
 *         CC_ERROR_BAD_PARAMETERS  enclave NULL, not created, destroyed; a NULL buffer with a size
 *         CC_ERROR_ENCLAVE_DEAD    the enclave or its device died
 *         CC_ERROR_ENCLAVE_LOST    this process is a fork of the one that created the enclave
 *         CC_ERROR_OUT_OF_MEMORY   no room for the buffers on one of the two sides
 *         CC_ERROR_ECALL_NOT_ALLOWED  not public, or not allowed from within this ocall
 *         CC_ERROR_INVALID_CMD     no function of that number
 *         others                   what the enclave's side of the generated code returned
 *
 * owner   the caller keeps all buffers
 * threads any number at once; calls beyond the enclave's threads wait for a free one
 * source  secGear enclave.h; docs/protocol.md
 * sample  samples/helloworld/host/main.c (through its generated code)
 */
CC_API_SPEC cc_enclave_result_t cc_enclave_call_function(cc_enclave_t *enclave,
                                                         uint32_t function_id, const void *in_buf,
                                                         size_t in_buf_size, void *out_buf,
                                                         size_t out_buf_size, void *ms,
                                                         const void *ocall_table);

/**
 * Fetches the result of an asynchronous switchless call.
 *
 * in      enclave  a created enclave
 * in      task_id  from a <name>_async wrapper
 * out     retval   the function's value; may be NULL
 *
 * returns CC_SUCCESS                                 done; [out] buffers of the call are filled
 *         CC_ERROR_SWITCHLESS_ASYNC_TASK_UNFINISHED  not yet; ocalls of the function run in here
 *         CC_ERROR_SWITCHLESS_INVALID_TASK_ID        no such task, or its result was fetched before
 *         CC_ERROR_BAD_PARAMETERS       enclave NULL or not created, task_id negative
 *         CC_ERROR_SWITCHLESS_DISABLED  the enclave was created without the feature
 *         CC_ERROR_ENCLAVE_DEAD         the enclave or its device died
 *         others                        what the function's call ended with
 *
 * owner   the caller keeps retval; the task is gone, but when it is unfinished
 * threads any; of several that ask for one task, one gets the result
 * source  secGear enclave.h
 * sample  samples/switchless/host/main.c
 */
CC_API_SPEC cc_enclave_result_t cc_sl_get_async_result(cc_enclave_t *enclave, int task_id,
                                                       void *retval);

/**
 * Says in one line why this thread's last call here failed: layer, object, expected, found, remedy.
 *
 * returns UTF-8 text, never NULL; "" after a call that succeeded
 *
 * owner   the library; valid until this thread's next call
 * threads any; each has its own
 * source  ours
 * sample  samples/helloworld/host/main.c
 */
CC_API_SPEC const char *cc_enclave_error_detail(void);

#ifdef __cplusplus
}
#endif

#endif
