/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "wire/image.h"
#include "base/detail.h"
#include <inttypes.h>
#include <string.h>

enum { SIGSTRUCT_PLAIN = 1, SIGSTRUCT_LIBRARIES = 2 }; /* versions */
enum { FLAG_DEBUG = 1 << 0, FLAG_UUID_DERIVED = 1 << 1, FLAG_ALL = 3 };
enum { TRAILER_SIZE = 12, ENVELOPE_SIZE = 8 };

static const uint8_t MAGIC[8] = {'S', 'G', 'S', 'I', 'M', '-', 'S', 'S'};
static const uint8_t TRAILER[8] = {'S', 'G', 'S', 'I', 'G', 'N', 'E', 'D'};

/* System V ABI, ELF-64: offsets in the file header. */
enum {
    ELF_HEADER_SIZE = 64,
    ELF_SEGMENT_SIZE = 56,
    ELF_CLASS_64 = 2,
    ELF_DATA_LITTLE = 1,
    ELF_TYPE_DYN = 3,
    ELF_MACHINE_X86_64 = 62,
    ELF_MACHINE_AARCH64 = 183,
    ELF_MACHINE_RISCV = 243,
#if defined(__x86_64__)
    ELF_MACHINE_HERE = ELF_MACHINE_X86_64,
#elif defined(__aarch64__)
    ELF_MACHINE_HERE = ELF_MACHINE_AARCH64,
#elif defined(__riscv)
    ELF_MACHINE_HERE = ELF_MACHINE_RISCV,
#else
#error "enclave images are defined for x86-64, AArch64 and RISC-V"
#endif
};

static const uint8_t ELF_MAGIC[4] = {0x7f, 'E', 'L', 'F'};

bool image_body_is(struct view first)
{
    return first.size >= sizeof MAGIC &&
           view_equal(view_of(first.data, sizeof MAGIC), VIEW_OF(MAGIC));
}

cc_enclave_result_t image_elf_check(struct view elf)
{
    struct reader r = reader_over(elf);
    struct view magic = reader_take(&r, sizeof ELF_MAGIC);
    uint8_t class = reader_u8(&r), data = reader_u8(&r);
    uint16_t type, machine, segment_size, segment_count;
    uint64_t segments;

    if (!view_equal(magic, VIEW_OF(ELF_MAGIC)))
        return detail_fail(CC_ERROR_INVALID_ENCLAVE, "image: not an ELF file");

    reader_take(&r, 10);
    type = reader_le16(&r);
    machine = reader_le16(&r);
    reader_take(&r, 12);
    segments = reader_le64(&r);
    reader_take(&r, 14);
    segment_size = reader_le16(&r);
    segment_count = reader_le16(&r);
    reader_take(&r, 6);
    if (r.failed)
        return detail_fail(CC_ERROR_INVALID_ENCLAVE, "image: ELF header cut off, %zu of %d bytes",
                           elf.size, ELF_HEADER_SIZE);
    if (class != ELF_CLASS_64 || data != ELF_DATA_LITTLE || type != ELF_TYPE_DYN)
        return detail_fail(CC_ERROR_INVALID_ENCLAVE,
                           "image: a 64-bit little-endian shared object expected, found class %u, "
                           "data %u, type %u: link with -shared",
                           class, data, type);
    if (machine != ELF_MACHINE_HERE)
        return detail_fail(CC_ERROR_INVALID_ENCLAVE,
                           "image: ELF machine %d expected, found %u: build it for this machine",
                           ELF_MACHINE_HERE, machine);
    if (segment_size != ELF_SEGMENT_SIZE || segment_count == 0 || segments > elf.size ||
        !range_within((size_t)segments, (size_t)segment_count * ELF_SEGMENT_SIZE, elf.size))
        return detail_fail(CC_ERROR_INVALID_ENCLAVE,
                           "image: ELF program headers lie outside the file");
    return CC_SUCCESS;
}

static cc_enclave_result_t limit_check(const char *field, uint64_t found, uint64_t least,
                                       uint64_t most)
{
    if (found >= least && found <= most)
        return CC_SUCCESS;
    return detail_fail(CC_ERROR_INVALID_METADATA,
                       "image: %s: %" PRIu64 " .. %" PRIu64 " expected, found %" PRIu64, field,
                       least, most, found);
}

/* What a DT_SONAME can be and a folder can not. */
static bool library_name_valid(struct view name)
{
    if (name.size == 0 || name.size >= IMAGE_LIBRARY_NAME_ROOM)
        return false;
    for (size_t i = 0; i < name.size; i++)
        if (name.data[i] <= ' ' || name.data[i] > '~' || name.data[i] == '/')
            return false;
    return true;
}

static cc_enclave_result_t library_check(const struct image_manifest *manifest, uint32_t index)
{
    const struct image_library *library = &manifest->libraries[index];

    if (memchr(library->name, 0, sizeof library->name) == NULL ||
        !library_name_valid(view_text(library->name)))
        return detail_fail(CC_ERROR_INVALID_METADATA,
                           "image: library %u: a name of 1 to %d characters without / expected",
                           index, IMAGE_LIBRARY_NAME_ROOM - 1);
    for (uint32_t i = 0; i < index; i++)
        if (strcmp(manifest->libraries[i].name, library->name) == 0)
            return detail_fail(CC_ERROR_INVALID_METADATA, "image: library %s is there twice",
                               library->name);
    return limit_check("a library's size", library->size, ELF_HEADER_SIZE, IMAGE_ELF_MAX_SIZE);
}

static cc_enclave_result_t libraries_check(const struct image_manifest *manifest)
{
    cc_enclave_result_t rc =
        limit_check("library_count", manifest->library_count, 0, IMAGE_LIBRARIES_MAX_COUNT);

    for (uint32_t i = 0; rc == CC_SUCCESS && i < manifest->library_count; i++)
        rc = library_check(manifest, i);
    return rc;
}

cc_enclave_result_t image_manifest_check(const struct image_manifest *manifest)
{
    static const struct uuid ZERO;
    cc_enclave_result_t rc;

    rc = limit_check("heap_size", manifest->heap_size, 0, IMAGE_HEAP_MAX_SIZE);
    if (rc != CC_SUCCESS)
        return rc;

    rc =
        limit_check("stack_size", manifest->stack_size, IMAGE_STACK_MIN_SIZE, IMAGE_STACK_MAX_SIZE);
    if (rc != CC_SUCCESS)
        return rc;

    rc = limit_check("tcs_count", manifest->tcs_count, 1, IMAGE_TCS_MAX_COUNT);
    if (rc != CC_SUCCESS)
        return rc;

    rc = limit_check("shared_size", manifest->shared_size, IMAGE_SHARED_MIN_SIZE,
                     IMAGE_SHARED_MAX_SIZE);
    if (rc != CC_SUCCESS)
        return rc;

    rc = libraries_check(manifest);
    if (rc != CC_SUCCESS)
        return rc;

    if (manifest->uuid_derived != view_equal(VIEW_OF(manifest->uuid.bytes), VIEW_OF(ZERO.bytes)))
        return detail_fail(CC_ERROR_INVALID_METADATA,
                           "image: uuid: zero expected if and only if it is derived");
    return CC_SUCCESS;
}

/* The sigstruct and what stands before it; a file without the trailer is simply not signed. */
static cc_enclave_result_t tail_find(struct view file, struct view *ret_content,
                                     struct view *ret_sigstruct)
{
    struct reader r;
    size_t room, size;

    if (file.size < TRAILER_SIZE ||
        !view_equal(view_of(file.data + file.size - sizeof TRAILER, sizeof TRAILER),
                    VIEW_OF(TRAILER)))
        return detail_fail(CC_ERROR_SIGNATURE_INVALID,
                           "image: not signed (or cut off): sign it with secgear sign");

    room = file.size - TRAILER_SIZE;
    r = reader_over(view_of(file.data + room, 4));
    size = reader_le32(&r);
    if (size < IMAGE_BODY_MIN_SIZE + ENVELOPE_SIZE || size > IMAGE_TAIL_MAX_SIZE || size > room)
        return detail_fail(CC_ERROR_INVALID_METADATA,
                           "image: sigstruct size: %d .. %d expected, found %zu in %zu bytes",
                           IMAGE_BODY_MIN_SIZE + ENVELOPE_SIZE, IMAGE_TAIL_MAX_SIZE, size,
                           file.size);

    *ret_content = view_of(file.data, room - size);
    *ret_sigstruct = view_of(file.data + room - size, size);
    return CC_SUCCESS;
}

static void library_decode(struct reader *r, struct image_library *ret_library)
{
    uint8_t size;

    ret_library->size = reader_le64(r);
    reader_copy(r, ret_library->digest, sizeof ret_library->digest);
    size = reader_u8(r);
    if (size >= sizeof ret_library->name) {
        r->failed = true;
        return;
    }
    reader_copy(r, ret_library->name, size);
    if (strlen(ret_library->name) != size) /* one name, one encoding */
        r->failed = true;
}

static cc_enclave_result_t libraries_decode(struct reader *r, struct image_manifest *manifest)
{
    manifest->library_count = reader_u8(r);
    if (r->failed || manifest->library_count == 0 ||
        manifest->library_count > IMAGE_LIBRARIES_MAX_COUNT)
        return detail_fail(CC_ERROR_INVALID_METADATA,
                           "image: library_count: 1 .. %d expected, found %u",
                           IMAGE_LIBRARIES_MAX_COUNT, manifest->library_count);
    for (uint32_t i = 0; i < manifest->library_count; i++)
        library_decode(r, &manifest->libraries[i]);
    return CC_SUCCESS;
}

/* r: at the beginning of the sigstruct; behind its body afterwards. */
static cc_enclave_result_t body_decode(struct reader *r, struct image *image,
                                       uint64_t *ret_image_size)
{
    struct image_manifest *m = &image->manifest;
    struct view magic = reader_take(r, sizeof MAGIC);
    uint32_t version = reader_le32(r), flags = reader_le32(r);
    cc_enclave_result_t rc = CC_SUCCESS;

    m->heap_size = reader_le64(r);
    m->stack_size = reader_le64(r);
    m->tcs_count = reader_le32(r);
    m->prod_id = reader_le16(r);
    m->svn = reader_le16(r);
    m->shared_size = reader_le64(r);
    reader_copy(r, m->uuid.bytes, sizeof m->uuid.bytes);
    *ret_image_size = reader_le64(r);
    reader_copy(r, image->mrenclave, sizeof image->mrenclave);
    m->debug_allowed = (flags & FLAG_DEBUG) != 0;
    m->uuid_derived = (flags & FLAG_UUID_DERIVED) != 0;

    if (r->failed || !view_equal(magic, VIEW_OF(MAGIC)))
        return detail_fail(CC_ERROR_INVALID_METADATA, "image: sigstruct has another magic");
    if (version != SIGSTRUCT_PLAIN && version != SIGSTRUCT_LIBRARIES)
        return detail_fail(CC_ERROR_INVALID_VERSION,
                           "image: sigstruct version %d or %d expected, found %u: sign it again",
                           SIGSTRUCT_PLAIN, SIGSTRUCT_LIBRARIES, version);
    if ((flags & ~(uint32_t)FLAG_ALL) != 0)
        return detail_fail(CC_ERROR_INVALID_METADATA, "image: flags: unknown bits in 0x%x", flags);
    if (version == SIGSTRUCT_LIBRARIES)
        rc = libraries_decode(r, m);
    if (rc == CC_SUCCESS && r->failed)
        return detail_fail(CC_ERROR_INVALID_METADATA, "image: the list of libraries is cut off");
    return rc == CC_SUCCESS ? image_manifest_check(m) : rc;
}

/* The ELF file and the libraries behind it fill the content exactly. */
static cc_enclave_result_t content_split(struct view content, uint64_t image_size,
                                         struct image *image)
{
    struct reader r = reader_over(content);
    uint64_t libraries = 0; /* each is at most 1 GiB: no overflow */

    for (uint32_t i = 0; i < image->manifest.library_count; i++)
        libraries += image->manifest.libraries[i].size;
    if (libraries > content.size || image_size != content.size - libraries)
        return detail_fail(CC_ERROR_INVALID_METADATA,
                           "image: image_size: %" PRIu64 " and libraries of %" PRIu64
                           " bytes in a file that has %zu before the signature",
                           image_size, libraries, content.size);
    image->elf = reader_take(&r, (size_t)image_size);
    for (uint32_t i = 0; i < image->manifest.library_count; i++)
        image->libraries[i] = reader_take(&r, (size_t)image->manifest.libraries[i].size);
    return CC_SUCCESS;
}

static cc_enclave_result_t libraries_elf_check(const struct image *image)
{
    for (uint32_t i = 0; i < image->manifest.library_count; i++) {
        cc_enclave_result_t rc = image_elf_check(image->libraries[i]);

        if (rc != CC_SUCCESS) {
            detail_prefix("library %s: ", image->manifest.libraries[i].name);
            return rc;
        }
    }
    return CC_SUCCESS;
}

static cc_enclave_result_t envelope_decode(struct view envelope, struct image *image)
{
    struct reader r = reader_over(envelope);
    uint16_t algorithm = reader_le16(&r), spki_size = reader_le16(&r);
    uint16_t signature_size = reader_le16(&r), reserved = reader_le16(&r);

    image->spki = reader_take(&r, spki_size);
    image->signature = reader_take(&r, signature_size);
    if (!reader_done(&r) || reserved != 0 || spki_size == 0 || spki_size > IMAGE_SPKI_MAX_SIZE ||
        signature_size == 0 || signature_size > IMAGE_SIGNATURE_MAX_SIZE)
        return detail_fail(CC_ERROR_INVALID_METADATA,
                           "image: signer's key or signature malformed (%u and %u bytes in %zu)",
                           spki_size, signature_size, envelope.size);
    if (algorithm < IMAGE_RSA_3072_PSS || algorithm > IMAGE_RSA_3072_PKCS1)
        return detail_fail(CC_ERROR_INVALID_METADATA, "image: algorithm: 1 .. 3 expected, found %u",
                           algorithm);
    image->algorithm = (enum image_algorithm)algorithm;
    return CC_SUCCESS;
}

cc_enclave_result_t image_decode(struct view file, struct image *ret_image)
{
    cc_enclave_result_t rc;
    struct image image = {0};
    struct view content = VIEW_EMPTY, sigstruct = VIEW_EMPTY;
    struct reader r;
    uint64_t image_size;

    /* Before the signature: whoever passes a text file should read that it is not an ELF file. */
    rc = image_elf_check(file);
    if (rc != CC_SUCCESS)
        return rc;

    rc = tail_find(file, &content, &sigstruct);
    if (rc != CC_SUCCESS)
        return rc;

    r = reader_over(sigstruct);
    rc = body_decode(&r, &image, &image_size);
    if (rc != CC_SUCCESS)
        return rc;
    image.body = view_of(sigstruct.data, sigstruct.size - r.rest.size);

    rc = content_split(content, image_size, &image);
    if (rc != CC_SUCCESS)
        return rc;

    rc = limit_check("image_size", image.elf.size, ELF_HEADER_SIZE, IMAGE_ELF_MAX_SIZE);
    if (rc != CC_SUCCESS)
        return rc;

    rc = image_elf_check(image.elf); /* again: its program headers must not lie behind it */
    if (rc != CC_SUCCESS)
        return rc;

    rc = libraries_elf_check(&image);
    if (rc != CC_SUCCESS)
        return rc;

    rc = envelope_decode(reader_take(&r, r.rest.size), &image);
    if (rc != CC_SUCCESS)
        return rc;

    *ret_image = image;
    return CC_SUCCESS;
}

static void library_encode(const struct image_library *library, struct writer *w)
{
    struct view name = view_text(library->name);

    writer_le64(w, library->size);
    writer_put(w, VIEW_OF(library->digest));
    writer_u8(w, (uint8_t)name.size);
    writer_put(w, name);
}

/* Nothing where there is none: what was signed and measured before libraries were stays true. */
static void libraries_encode(const struct image_manifest *manifest, struct writer *w)
{
    if (manifest->library_count == 0)
        return;
    writer_u8(w, (uint8_t)manifest->library_count);
    for (uint32_t i = 0; i < manifest->library_count; i++)
        library_encode(&manifest->libraries[i], w);
}

void image_body_encode(const struct image_manifest *manifest, uint64_t elf_size,
                       const uint8_t mrenclave[static IMAGE_HASH_SIZE], struct writer *w)
{
    writer_put(w, VIEW_OF(MAGIC));
    writer_le32(w, manifest->library_count > 0 ? SIGSTRUCT_LIBRARIES : SIGSTRUCT_PLAIN);
    writer_le32(w, (manifest->debug_allowed ? (uint32_t)FLAG_DEBUG : 0) |
                       (manifest->uuid_derived ? (uint32_t)FLAG_UUID_DERIVED : 0));
    writer_le64(w, manifest->heap_size);
    writer_le64(w, manifest->stack_size);
    writer_le32(w, manifest->tcs_count);
    writer_le16(w, manifest->prod_id);
    writer_le16(w, manifest->svn);
    writer_le64(w, manifest->shared_size);
    writer_put(w, VIEW_OF(manifest->uuid.bytes));
    writer_le64(w, elf_size);
    writer_put(w, view_of(mrenclave, IMAGE_HASH_SIZE));
    libraries_encode(manifest, w);
}

void image_tail_encode(const struct image *image, struct writer *w)
{
    size_t start = w->size;

    if (image->body.size < IMAGE_BODY_MIN_SIZE || image->body.size > IMAGE_BODY_MAX_SIZE ||
        image->spki.size > IMAGE_SPKI_MAX_SIZE || image->signature.size > IMAGE_SIGNATURE_MAX_SIZE)
        w->failed = true;
    writer_put(w, image->body);
    writer_le16(w, (uint16_t)image->algorithm);
    writer_le16(w, (uint16_t)image->spki.size);
    writer_le16(w, (uint16_t)image->signature.size);
    writer_le16(w, 0);
    writer_put(w, image->spki);
    writer_put(w, image->signature);
    writer_le32(w, (uint32_t)(w->size - start));
    writer_put(w, VIEW_OF(TRAILER));
}

/* Heap, stack, threads, window, UUID, libraries: what changes how it runs (image_check.h). */
void image_canonical_encode(const struct image_manifest *manifest, struct writer *w)
{
    writer_le64(w, manifest->heap_size);
    writer_le64(w, manifest->stack_size);
    writer_le32(w, manifest->tcs_count);
    writer_le64(w, manifest->shared_size);
    writer_put(w, VIEW_OF(manifest->uuid.bytes));
    libraries_encode(manifest, w);
}
