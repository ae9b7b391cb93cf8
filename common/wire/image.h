/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * image.h - a signed enclave image: the ELF file as it was, then what the signer says about it.
 *
 *   ELF bytes | libraries' bytes | sigstruct | u32 size of the sigstruct | "SGSIGNED"
 *
 *   offset  size  field of the sigstruct, numbers little-endian
 *        0     8  magic         "SGSIM-SS"
 *        8     4  version       1; 2: with libraries
 *       12     4  flags         bit 0: debug allowed; bit 1: UUID derived from signer and product
 *       16     8  heap_size     bytes, at most 64 GiB
 *       24     8  stack_size    bytes for each thread, 16 KiB .. 64 MiB
 *       32     4  tcs_count     threads at once, 1 .. 512
 *       36     2  prod_id
 *       38     2  svn
 *       40     8  shared_size   bytes of the window shared with the host, 1 MiB .. 1 TiB
 *       48    16  uuid          all zero if and only if derived
 *       64     8  image_size    bytes of the ELF file, at most 1 GiB
 *       72    32  mrenclave     SHA-256 over the manifest and the ELF bytes (crypto/image_check.h)
 *      104     l  libraries     version 2 only: count u8 (1 .. 8), then for each, as their bytes
 *                               follow the ELF file: size u64, SHA-256 (32), name_size u8, name
 *    104+l        ---- the signature covers everything above ----
 *    104+l     2  algorithm     enum image_algorithm
 *    106+l     2  spki_size
 *    108+l     2  signature_size
 *    110+l     2  reserved      0
 *    112+l     n  spki          signer's SubjectPublicKeyInfo, DER
 *  112+l+n     m  signature
 *
 * Layer: common/wire (pure): the signature and the measurement are checked by crypto/image_check.h.
 * Threads: no state.
 */
#ifndef CC_WIRE_IMAGE_H
#define CC_WIRE_IMAGE_H

#include "base/text.h"
#include "status.h"

#define IMAGE_HEAP_MAX_SIZE (UINT64_C(64) << 30)
#define IMAGE_SHARED_MIN_SIZE (UINT64_C(1) << 20)
#define IMAGE_SHARED_MAX_SIZE (UINT64_C(1) << 40)
#define IMAGE_SHARED_DEFAULT_SIZE (UINT64_C(64) << 20)
#define IMAGE_HEAP_DEFAULT_SIZE (UINT64_C(16) << 20)

enum {
    IMAGE_STACK_MIN_SIZE = 16 << 10,
    IMAGE_STACK_MAX_SIZE = 64 << 20,
    IMAGE_STACK_DEFAULT_SIZE = 256 << 10,
    IMAGE_TCS_MAX_COUNT = 512,
    IMAGE_TCS_DEFAULT_COUNT = 8,
    IMAGE_ELF_MAX_SIZE = 1 << 30,
    IMAGE_HASH_SIZE = 32,
    IMAGE_LIBRARIES_MAX_COUNT = 8,
    IMAGE_LIBRARY_NAME_ROOM = 64,
    IMAGE_LIBRARY_MAX_SIZE = 8 + IMAGE_HASH_SIZE + 1 + IMAGE_LIBRARY_NAME_ROOM - 1, /* described */
    IMAGE_LIBRARIES_MAX_SIZE = 1 + IMAGE_LIBRARIES_MAX_COUNT * IMAGE_LIBRARY_MAX_SIZE,
    IMAGE_BODY_MIN_SIZE = 104,
    IMAGE_BODY_MAX_SIZE = IMAGE_BODY_MIN_SIZE + IMAGE_LIBRARIES_MAX_SIZE,
    IMAGE_SPKI_MAX_SIZE = 600,
    IMAGE_SIGNATURE_MAX_SIZE = 384,
    IMAGE_TAIL_MAX_SIZE =
        IMAGE_BODY_MAX_SIZE + 8 + IMAGE_SPKI_MAX_SIZE + IMAGE_SIGNATURE_MAX_SIZE + 12,
    IMAGE_CANONICAL_MAX_SIZE = 44 + IMAGE_LIBRARIES_MAX_SIZE,
};

enum image_algorithm {
    IMAGE_RSA_3072_PSS = 1,   /* SHA-256, MGF1 with SHA-256, 32 bytes of salt (RFC 8017, 8.1) */
    IMAGE_ECDSA_P256 = 2,     /* SHA-256, r | s */
    IMAGE_RSA_3072_PKCS1 = 3, /* SHA-256 (RFC 8017, 8.2): what `openssl dgst -sign` makes */
};

/* A shared object that the image needs and that no device brings; its bytes follow the ELF file. */
struct image_library {
    char name[IMAGE_LIBRARY_NAME_ROOM]; /* its DT_SONAME */
    uint64_t size;
    uint8_t digest[IMAGE_HASH_SIZE];
};

/* What the author of an enclave decides. */
struct image_manifest {
    uint64_t heap_size;
    uint64_t stack_size;
    uint64_t shared_size;
    uint32_t tcs_count;
    uint16_t prod_id;
    uint16_t svn;
    bool debug_allowed;
    bool uuid_derived; /* uuid is zero here; image_identity has the effective one */
    struct uuid uuid;
    uint32_t library_count;
    struct image_library libraries[IMAGE_LIBRARIES_MAX_COUNT]; /* each needs only those before it */
};

/* A decoded image: views borrow from the file. */
struct image {
    struct image_manifest manifest;
    struct view elf;
    struct view libraries[IMAGE_LIBRARIES_MAX_COUNT]; /* bytes, as many as the manifest has */
    uint8_t mrenclave[IMAGE_HASH_SIZE]; /* as claimed; compare with the measured one */
    struct view body;                   /* what the signature covers */
    enum image_algorithm algorithm;
    struct view spki;
    struct view signature;
};

/*
 * CC_ERROR_INVALID_ENCLAVE: not an ELF shared object for this machine; CC_ERROR_SIGNATURE_INVALID:
 * not signed; CC_ERROR_INVALID_VERSION; CC_ERROR_INVALID_METADATA: sigstruct or a limit, the detail
 * names the field. Of libraries, the digests are not compared here.
 */
cc_enclave_result_t image_decode(struct view file, struct image *ret_image)
    __attribute__((warn_unused_result));

cc_enclave_result_t image_manifest_check(const struct image_manifest *manifest)
    __attribute__((warn_unused_result)); /* CC_ERROR_INVALID_METADATA */
bool image_body_is(struct view first);   /* by its first bytes */
cc_enclave_result_t image_elf_check(struct view elf) __attribute__((warn_unused_result));

/* The part to sign; the tail behind ELF and libraries; the manifest as it enters MRENCLAVE. */
void image_body_encode(const struct image_manifest *manifest, uint64_t elf_size,
                       const uint8_t mrenclave[static IMAGE_HASH_SIZE], struct writer *w);
void image_tail_encode(const struct image *image,
                       struct writer *w); /* body, algorithm, spki, signature */
void image_canonical_encode(const struct image_manifest *manifest, struct writer *w);

#endif
