/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "crypto/prepare.h"
#include "crypto/random.h"
#include "runtime.h"
#include "wire/trts_internal.h"
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

static struct trts_boot boot_record;
static bool started;

const struct trts_boot *runtime_boot(void)
{
    return started ? &boot_record : NULL;
}

/* Once in the zygote, so that no enclave pays for it. */
void secgear_trts_prepare(void)
{
    crypto_prepare();
    print_redirect(); /* before an image is loaded: C++ streams keep the pointers they find */
}

static bool image_usable(const cc_enclave_image_t *image, const char **ret_reason)
{
    *ret_reason = NULL;
    if (image == NULL)
        *ret_reason = "the image has no symbol " CC_ENCLAVE_IMAGE_SYMBOL
                      " (link the <name>_t.c that codegen made)";
    else if (image->version != CC_ENCLAVE_IMAGE_VERSION || image->size != sizeof *image)
        *ret_reason = "the image's descriptor has another version (run this release's codegen)";
    else if (image->ecall_count > UINT16_MAX || image->ocall_count > UINT16_MAX ||
             (image->ecall_count > 0 && (image->ecalls == NULL || image->ecall_flags == NULL)))
        *ret_reason = "the image's descriptor has no tables";
    return *ret_reason == NULL;
}

static cc_enclave_result_t tcs_start(struct tcs *tcs, uint32_t index)
{
    pthread_attr_t attributes;
    pthread_t thread;
    int failed;

    *tcs = (struct tcs){
        .slot = window_slot_at(boot_record.window, &boot_record.layout, index),
        .arena = boot_record.layout.arenas + (size_t)index * WINDOW_ARENA_SIZE + WINDOW_ARENA_HALF,
        .ocall = OCALL_NONE,
        .cpu = -1,
        .measure = true,
    };
    pthread_attr_init(&attributes);
    failed = pthread_attr_setstacksize(&attributes, boot_record.stack_size);
    if (failed == 0)
        failed = pthread_create(&thread, &attributes, tcs_main, tcs);
    pthread_attr_destroy(&attributes);
    if (failed != 0)
        return CC_ERROR_OUT_OF_MEMORY;
    pthread_detach(thread);
    return CC_SUCCESS;
}

/* Signals are the host's business: threads that serve calls take none. */
static cc_enclave_result_t threads_start(void)
{
    struct tcs *all = calloc(boot_record.layout.tcs_count, sizeof *all);
    cc_enclave_result_t rc = all != NULL ? CC_SUCCESS : CC_ERROR_OUT_OF_MEMORY;
    sigset_t every, old;

    sigfillset(&every);
    sigdelset(&every, SIGSYS);
    pthread_sigmask(SIG_BLOCK, &every, &old);
    for (uint32_t i = 0; rc == CC_SUCCESS && i < boot_record.layout.tcs_count; i++)
        rc = tcs_start(&all[i], i);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return rc; /* all lives as long as the threads: for ever */
}

cc_enclave_result_t secgear_trts_start(const struct trts_boot *boot, const char **ret_reason)
{
    *ret_reason = "enclave runtime and device are of different releases";
    if (boot->version != TRTS_BOOT_VERSION || started)
        return CC_ERROR_INVALID_VERSION;
    if (!image_usable(boot->image, ret_reason))
        return CC_ERROR_INVALID_ENCLAVE;
    *ret_reason = "the random generator has no seed";
    if (!random_reseed())
        return CC_ERROR_GENERIC;
    boot_record = *boot;
    started = true;
    *ret_reason = "a thread could not be started (too many threads, or stacks too large)";
    return threads_start();
}
