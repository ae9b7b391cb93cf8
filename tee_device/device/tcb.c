/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "tcb.h"
#include "base/detail.h"
#include "crypto/hash.h"
#include "io/sealed.h"
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Where our libraries are, seen from this program; the Makefile knows the installed layout. */
#ifndef SECGEAR_LIB_FROM_LIBEXEC
#define SECGEAR_LIB_FROM_LIBEXEC "../../lib"
#endif

struct places {
    char own[PATH_MAX];  /* folder of this program */
    char libc[PATH_MAX]; /* files that the loader mapped */
    char loader[PATH_MAX];
    char crypto[PATH_MAX];
    char aead[PATH_MAX]; /* empty in a build without it */
};

static int place_note(struct dl_phdr_info *info, size_t size, void *arg)
{
    struct places *places = arg;
    const char *name = strrchr(info->dlpi_name, '/');

    (void)size;
    if (name == NULL)
        return 0;
    if (strncmp(name, "/libc.so", 8) == 0)
        snprintf(places->libc, sizeof places->libc, "%s", info->dlpi_name);
    else if (strncmp(name, "/ld-linux", 9) == 0 || strncmp(name, "/ld64", 5) == 0)
        snprintf(places->loader, sizeof places->loader, "%s", info->dlpi_name);
    else if (strncmp(name, "/libcrypto.so", 13) == 0)
        snprintf(places->crypto, sizeof places->crypto, "%s", info->dlpi_name);
    else if (strncmp(name, "/libIPSec_MB.so", 15) == 0)
        snprintf(places->aead, sizeof places->aead, "%s", info->dlpi_name);
    return 0;
}

static bool places_find(struct places *places)
{
    ssize_t size = readlink("/proc/self/exe", places->own, sizeof places->own - 1);
    char *slash;

    if (size <= 0)
        return false;
    places->own[size] = '\0';
    slash = strrchr(places->own, '/');
    if (slash == NULL)
        return false;
    *slash = '\0';
    dl_iterate_phdr(place_note, places);
    return places->libc[0] != '\0' && places->crypto[0] != '\0';
}

/* Where others may vouch for what runs here, only root may have put it there. */
static cc_enclave_result_t owner_check(const struct tcb *tcb, int fd, const char *name)
{
    struct stat st;

    if (!tcb->root_only || (fstat(fd, &st) == 0 && st.st_uid == 0 && (st.st_mode & 022) == 0))
        return CC_SUCCESS;
    return detail_fail(
        CC_ERROR_SECURITY,
        "device: %s must belong to root and be writable by nobody else at this level", name);
}

/* Of a file, or of a sealed copy that was made of a file which passed. */
static cc_enclave_result_t part_add(struct tcb *tcb, const char *name, int fd)
{
    struct tcb_part *part = &tcb->parts[tcb->part_count];

    if (fd < 0 || tcb->part_count == TCB_PARTS_MAX) {
        if (fd >= 0)
            close(fd);
        return detail_fail(CC_ERROR_NO_DEVICE, "device: %s can not be opened: %s", name,
                           strerror(errno));
    }
    snprintf(part->name, sizeof part->name, "%s", name);
    part->fd = fcntl(fd, F_DUPFD_CLOEXEC, TCB_FD_FIRST);
    close(fd);
    if (part->fd < 0)
        return detail_fail(CC_ERROR_NO_DEVICE, "device: no descriptor for %s", name);
    tcb->part_count++;
    return CC_SUCCESS;
}

static cc_enclave_result_t library_add(struct tcb *tcb, const char *name, const char *path)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    int copy = -1;
    cc_enclave_result_t rc;

    if (file < 0)
        return detail_fail(CC_ERROR_NO_DEVICE, "device: library %s is missing: %s", path,
                           strerror(errno));
    rc = owner_check(tcb, file, path);
    if (rc == CC_SUCCESS)
        rc = sealed_copy(file, name, &copy);
    close(file);
    if (rc == CC_SUCCESS)
        rc = part_add(tcb, name, copy);
    if (rc == CC_SUCCESS)
        tcb->library_count++;
    return rc;
}

static bool part_known(const struct tcb *tcb, const char *name)
{
    for (size_t i = 0; i < tcb->part_count; i++)
        if (strcmp(tcb->parts[i].name, name) == 0)
            return true;
    return false;
}

/* Measured by themselves. */
static bool is_base(const char *name)
{
    return strncmp(name, "libc.so", 7) == 0 || strncmp(name, "ld-linux", 8) == 0 ||
           strncmp(name, "ld64", 4) == 0;
}

/* What the loader has of a library of this program, which stays loaded; NULL: it is not. */
static const struct link_map *loaded(const char *name)
{
    void *handle = dlopen(name, RTLD_LAZY | RTLD_NOLOAD);
    struct link_map *map = NULL;

    if (handle == NULL)
        return NULL;
    if (dlinfo(handle, RTLD_DI_LINKMAP, &map) != 0)
        map = NULL;
    dlclose(handle); /* our own reference */
    return map;
}

static const char *strings_of(const struct link_map *map)
{
    for (const ElfW(Dyn) *d = map->l_ld; d->d_tag != DT_NULL; d++)
        if (d->d_tag ==
            DT_STRTAB) /* moved by the loader already, but where the table is constant */
            return (const char *)(d->d_un.d_ptr < map->l_addr ? map->l_addr + d->d_un.d_ptr
                                                              : d->d_un.d_ptr);
    return NULL;
}

/*
 * What a library needs goes before it: otherwise whoever loads its copy would have the rest from
 * wherever the loader finds it, unmeasured. Some builds of libcrypto need libz and libzstd.
 */
static cc_enclave_result_t needs_add(struct tcb *tcb, const char *library, unsigned depth)
{
    const struct link_map *map = loaded(library);
    const char *strings = map != NULL ? strings_of(map) : NULL;
    cc_enclave_result_t rc = CC_SUCCESS;

    if (strings == NULL || depth > TCB_LIBRARIES_MAX) /* libraries that need each other */
        return detail_fail(CC_ERROR_NO_DEVICE, "device: what %s needs can not be seen", library);
    for (const ElfW(Dyn) *d = map->l_ld; rc == CC_SUCCESS && d->d_tag != DT_NULL; d++) {
        const char *name = d->d_tag == DT_NEEDED ? strings + d->d_un.d_val : NULL;
        const struct link_map *need;

        if (name == NULL || is_base(name) || part_known(tcb, name))
            continue;
        need = loaded(name);
        if (need == NULL || tcb->library_count >= TCB_LIBRARIES_MAX)
            return detail_fail(CC_ERROR_NO_DEVICE, "device: %s needs %s, which is not here",
                               library, name);
        rc = needs_add(tcb, name, depth + 1);
        if (rc == CC_SUCCESS && !part_known(tcb, name))
            rc = library_add(tcb, name, need->l_name);
    }
    return rc;
}

/* Ours stand in the build tree's lib or the installed one. */
static bool own_library_find(const struct places *places, const char *name, char *ret_path)
{
    static const char *const folders[] = {SECGEAR_LIB_FROM_LIBEXEC, "../lib"};

    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
        int size = snprintf(ret_path, PATH_MAX, "%s/%s/%s", places->own, folders[i], name);

        if (size > 0 && size < PATH_MAX && access(ret_path, R_OK) == 0)
            return true;
    }
    return false;
}

/* System libraries that images may need stand beside libc; not every machine has all. */
static bool system_library_find(const struct places *places, const char *name, char *ret_path)
{
    const char *slash = strrchr(places->libc, '/');
    int size =
        snprintf(ret_path, PATH_MAX, "%.*s/%s", (int)(slash - places->libc), places->libc, name);

    return size > 0 && size < PATH_MAX && access(ret_path, R_OK) == 0;
}

/* In loading order: each needs only what stands before it. */
static cc_enclave_result_t libraries_add(struct tcb *tcb, const struct places *places)
{
    static const char *const system_names[] = {"libm.so.6", "libgcc_s.so.1"};
    static const char *const own_names[] = {"libsecgear_trts.so.1", "libtsecure_channel.so.1"};
    char path[PATH_MAX];
    cc_enclave_result_t rc = CC_SUCCESS;

    for (size_t i = 0; rc == CC_SUCCESS && i < sizeof system_names / sizeof system_names[0]; i++)
        if (system_library_find(places, system_names[i], path))
            rc = library_add(tcb, system_names[i], path);
    if (rc == CC_SUCCESS)
        rc = needs_add(tcb, "libcrypto.so.3", 0);
    if (rc == CC_SUCCESS)
        rc = library_add(tcb, "libcrypto.so.3", places->crypto);
    if (rc == CC_SUCCESS && places->aead[0] != '\0') /* ours need it where this program does */
        rc = library_add(tcb, "libIPSec_MB.so.1", places->aead);
    for (size_t i = 0; rc == CC_SUCCESS && i < sizeof own_names / sizeof own_names[0]; i++) {
        if (own_library_find(places, own_names[i], path))
            rc = library_add(tcb, own_names[i], path);
        else if (i == 0) /* without the channel's library, only images that need it do not load */
            rc = detail_fail(CC_ERROR_NO_DEVICE, "device: %s is not beside it (installation?)",
                             own_names[i]);
    }
    return rc;
}

/* Programs, libc and loader: hashed from their open files. */
static cc_enclave_result_t file_add(struct tcb *tcb, const char *name, const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    cc_enclave_result_t rc = fd >= 0 ? owner_check(tcb, fd, path) : CC_SUCCESS;

    if (rc != CC_SUCCESS) {
        close(fd);
        return rc;
    }
    return part_add(tcb, name, fd);
}

/* The library that the loader gives the zygote; this program does without. */
static cc_enclave_result_t filter_library_add(struct tcb *tcb)
{
    static const char name[] = "libseccomp.so.2";
    void *handle = dlopen(name, RTLD_LAZY);
    struct link_map *map = NULL;
    cc_enclave_result_t rc;

    if (handle == NULL || dlinfo(handle, RTLD_DI_LINKMAP, &map) != 0)
        rc = detail_fail(CC_ERROR_NO_DEVICE, "device: %s is missing: %s", name, dlerror());
    else
        rc = file_add(tcb, name, map->l_name);
    if (handle != NULL)
        dlclose(handle);
    return rc;
}

/* A link to our program in a folder of somebody's own would have us load what lies beside it. */
static cc_enclave_result_t folder_check(const struct tcb *tcb, const struct places *places)
{
    struct stat st;

    if (!tcb->root_only ||
        (stat(places->own, &st) == 0 && st.st_uid == 0 && (st.st_mode & 022) == 0))
        return CC_SUCCESS;
    return detail_fail(
        CC_ERROR_SECURITY,
        "device: its folder %s must belong to root and be writable by nobody else at "
        "this level",
        places->own);
}

/* Last, so that a device without it has the measurement that it always had. */
static cc_enclave_result_t tpm_helper_add(struct tcb *tcb, const struct places *places)
{
    char path[PATH_MAX];
    int size = snprintf(path, sizeof path, "%s/secgear-tpm", places->own);
    cc_enclave_result_t rc;

    if (size < 0 || (size_t)size >= sizeof path || access(path, X_OK) != 0)
        return detail_fail(CC_ERROR_NOT_SUPPORTED,
                           "device: secgear-tpm is not beside it: this build has no TPM support "
                           "(tpm2-tss was not there when it was made)");
    rc = file_add(tcb, "secgear-tpm", path);
    if (rc == CC_SUCCESS)
        tcb->tpm_helper = tcb->parts[tcb->part_count - 1].fd;
    return rc;
}

cc_enclave_result_t tcb_open(struct tcb *tcb, bool root_only, bool with_tpm)
{
    struct places places = {.own = ""};
    cc_enclave_result_t rc;

    memset(tcb, 0, sizeof *tcb);
    tcb->root_only = root_only;
    tcb->tpm_helper = -1;
    if (!places_find(&places))
        return detail_fail(CC_ERROR_NO_DEVICE, "device: it can not find its own files");
    if ((size_t)snprintf(tcb->zygote, sizeof tcb->zygote, "%s/secgear-zygote", places.own) >=
        sizeof tcb->zygote)
        return detail_fail(CC_ERROR_NO_DEVICE, "device: its path is too long");
    rc = folder_check(tcb, &places);
    if (rc == CC_SUCCESS)
        rc = libraries_add(tcb, &places);
    if (rc == CC_SUCCESS)
        rc = file_add(tcb, "secgear-zygote", tcb->zygote);
    if (rc == CC_SUCCESS)
        rc = file_add(tcb, "secgear-device", "/proc/self/exe");
    if (rc == CC_SUCCESS)
        rc = file_add(tcb, "libc", places.libc);
    if (rc == CC_SUCCESS && places.loader[0] != '\0')
        rc = file_add(tcb, "ld.so", places.loader);
    if (rc == CC_SUCCESS)
        rc = filter_library_add(tcb);
    if (rc == CC_SUCCESS && with_tpm)
        rc = tpm_helper_add(tcb, &places);
    if (rc != CC_SUCCESS)
        tcb_done(tcb);
    return rc;
}

static bool part_hash(const struct tcb_part *part, uint8_t *ret_digest)
{
    struct stat st;
    void *bytes;
    bool good;

    if (fstat(part->fd, &st) != 0 || st.st_size <= 0)
        return false;
    bytes = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, part->fd, 0);
    if (bytes == MAP_FAILED)
        return false;
    good = sha256(view_of(bytes, (size_t)st.st_size), ret_digest);
    munmap(bytes, (size_t)st.st_size);
    return good;
}

bool tcb_measure(struct tcb *tcb, uint8_t ret_mrtcb[static TCB_HASH_SIZE])
{
    struct hash hash;
    bool good = true;

    if (!tcb->measured) {
        hash_init(&hash);
        hash_add(&hash, view_text("SGSIM-TCB-1"));
        for (size_t i = 0; good && i < tcb->part_count; i++) {
            uint8_t digest[SHA256_SIZE], size[2];
            struct writer w = writer_over(size, sizeof size);

            writer_le16(&w, (uint16_t)strlen(tcb->parts[i].name));
            good = part_hash(&tcb->parts[i], digest);
            hash_add(&hash, writer_view(&w));
            hash_add(&hash, view_text(tcb->parts[i].name));
            hash_add(&hash, VIEW_OF(digest));
        }
        tcb->measured = hash_final(&hash, tcb->mrtcb) && good;
    }
    if (tcb->measured)
        memcpy(ret_mrtcb, tcb->mrtcb, TCB_HASH_SIZE);
    return tcb->measured;
}

void tcb_done(struct tcb *tcb)
{
    for (size_t i = 0; i < tcb->part_count; i++)
        close(tcb->parts[i].fd);
    tcb->part_count = tcb->library_count = 0;
}
