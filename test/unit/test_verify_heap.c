/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * test_verify_heap.c - how much memory one judgement takes at most: this program's malloc() counts
 * for all libraries in it, libcrypto's and jansson's blocks included.
 */
#include "forge_intel.h"
#include "support.h"
#include <malloc.h>

enum { HEAP_MAX_SIZE = 2 << 20 };

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || defined(__has_feature)
#define COUNTS_BLOCKS 0 /* a sanitizer's allocator stands in front */
#else
#define COUNTS_BLOCKS 1
#endif

#if COUNTS_BLOCKS
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *block, size_t size);
void __libc_free(void *block);

static size_t in_use, most;

static void *counted(void *block)
{
    in_use += block != NULL ? malloc_usable_size(block) : 0;
    if (in_use > most)
        most = in_use;
    return block;
}

static void uncount(void *block)
{
    size_t size = block != NULL ? malloc_usable_size(block) : 0;

    in_use -= size < in_use ? size : in_use; /* some are from before main() */
}

void *malloc(size_t size)
{
    return counted(__libc_malloc(size));
}

void *calloc(size_t count, size_t size)
{
    return counted(__libc_calloc(count, size));
}

void *realloc(void *block, size_t size)
{
    uncount(block);
    return counted(__libc_realloc(block, size));
}

void free(void *block)
{
    uncount(block);
    __libc_free(block);
}
#endif

START_TEST(one_judgement_takes_less_than_2_mib)
{
#if COUNTS_BLOCKS
    struct rig rig = {0};
    struct intel f;
    json_t *policy;
    size_t before;

    intel_make(&f, true, 5);
    intel_build(&f, &rig);
    policy = intel_policy(&f);
    for (int i = 0; i < 2; i++) { /* without and with a cache that is empty */
        struct cc_verify_result *v;

        rig.cache = i == 1 ? verify_cache_new(64) : NULL;
        before = most = in_use;
        v = rig_judge(&rig, "tdx", policy);
        ck_assert_int_eq(v->verdict, CC_VERIFY_ACCEPTED);
        printf("  %zu KiB at most\n", (most - before) / 1024);
        ck_assert_uint_gt(most, before);
        ck_assert_uint_lt(most - before, HEAP_MAX_SIZE);
        free(v);
        verify_cache_free(rig.cache);
    }
    json_decref(policy);
    rig_free(&rig);
    intel_free(&f);
#else
    TEST_SKIP("a sanitizer's allocator counts for itself");
#endif
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("verify/heap");

    tcase_add_test(tcase_of(suite, "heap"), one_judgement_takes_less_than_2_mib);
    return suite_main(suite);
}
