/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "project.h"
#include "base/detail.h"
#include "base/text.h"
#include "crypto/image_sign.h"
#include "crypto/random.h"
#include "file.h"
#include "places.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NAME_MAX_SIZE = 32, TEXT_MAX_SIZE = 64 << 10, COMMANDS_ROOM = 256 };

#define KEY_NAME "signing_key.pem"

static const char *const WITH[] = {"plain", "switchless", "channel", "seal"};

/* A text of tools/new and the file that it becomes. */
static const struct part {
    const char *from, *to;
    enum { ALWAYS, WITH_MAKE, WITH_CMAKE, WITH_CHANNEL } when;
} PARTS[] = {
    {"Makefile", "Makefile", WITH_MAKE},
    {"CMakeLists.txt", "CMakeLists.txt", WITH_CMAKE},
    {"gitignore", ".gitignore", ALWAYS},
    {"README.md", "README.md", ALWAYS},
    {"interface.edl", "@NAME@.edl", ALWAYS},
    {"manifest.txt", "enclave/manifest.txt", ALWAYS},
    {"enclave.@EXT@.in", "enclave/enclave.@EXT@", ALWAYS},
    {"main.@EXT@.in", "host/main.@EXT@", ALWAYS},
    {"client.@EXT@.in", "client/main.@EXT@", WITH_CHANNEL},
    {"run.sh", "run.sh", ALWAYS},
    {"test.sh", "test.sh", ALWAYS},
};
enum { PART_COUNT = sizeof PARTS / sizeof PARTS[0] };

static const char *const FOLDERS[] = {"enclave", "host", "client"}; /* the last: channel only */

struct job {
    const struct project *project;
    char texts[PATH_MAX];   /* tools/new, as installed */
    char staging[PATH_MAX]; /* beside the folder, until all is there */
    char uuid[UUID_TEXT_ROOM];
    char commands[COMMANDS_ROOM];
};

bool project_with_of(const char *word, enum project_with *ret_with)
{
    for (size_t i = PROJECT_SWITCHLESS; i < sizeof WITH / sizeof WITH[0]; i++)
        if (strcmp(word, WITH[i]) == 0) {
            *ret_with = (enum project_with)i;
            return true;
        }
    return false;
}

/* It becomes part of functions, files, targets and variables. */
static cc_enclave_result_t name_check(const char *name)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    static const char more[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
    static const char *const taken[] = {"secgear", "secure_channel", "cc_", "sgx_"};
    size_t size = strlen(name);

    if (size == 0 || size > NAME_MAX_SIZE || strspn(name, more) != size ||
        strspn(name, letters) == 0)
        return detail_fail(CC_ERROR_BAD_PARAMETERS,
                           "\"%.64s\" can not be a project's name: 1 to %d letters, digits and "
                           "underscores expected, the first a letter",
                           name, NAME_MAX_SIZE);
    for (size_t i = 0; i < sizeof taken / sizeof taken[0]; i++)
        if (strncmp(name, taken[i], strlen(taken[i])) == 0)
            return detail_fail(CC_ERROR_BAD_PARAMETERS,
                               "\"%s\" can not be a project's name: names that begin with %s are "
                               "the SDK's",
                               name, taken[i]);
    return CC_SUCCESS;
}

static bool wanted(const struct job *job, const struct part *part)
{
    switch (part->when) {
    case ALWAYS:
        return true;
    case WITH_MAKE:
        return !job->project->cmake;
    case WITH_CMAKE:
        return job->project->cmake;
    case WITH_CHANNEL:
        return job->project->with == PROJECT_CHANNEL;
    }
    return false;
}

/* The word between two @, or NULL. */
static const char *value_of(const struct job *job, struct view word)
{
    const struct {
        const char *name, *value;
    } known[] = {{"NAME", job->project->name},
                 {"UUID", job->uuid},
                 {"EXT", job->project->cxx ? "cc" : "c"},
                 {"COMMANDS", job->commands},
                 {"CHANNEL", ""}};

    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (word.size == strlen(known[i].name) && memcmp(word.data, known[i].name, word.size) == 0)
            return known[i].value;
    return NULL;
}

/* @CHANNEL@ begins a line of projects with a channel only. */
static bool is_left_out(const struct job *job, struct view word)
{
    return job->project->with != PROJECT_CHANNEL && view_equal(word, view_text("CHANNEL"));
}

static void expand(const struct job *job, struct view text, struct writer *w)
{
    while (text.size > 0) {
        const uint8_t *first = memchr(text.data, '@', text.size);
        size_t before = first != NULL ? (size_t)(first - text.data) : text.size;
        size_t left = text.size - before;
        const uint8_t *second = left > 1 ? memchr(first + 1, '@', left - 1) : NULL;
        const char *value = NULL;
        struct view word = VIEW_EMPTY;

        writer_put(w, view_of(text.data, before));
        if (second != NULL)
            word = view_of(first + 1, (size_t)(second - first) - 1);
        if (second != NULL)
            value = value_of(job, word);
        if (is_left_out(job, word)) {
            const uint8_t *end = memchr(first, '\n', left);

            left -= end != NULL ? (size_t)(end - first) + 1 : left;
        } else if (value != NULL) {
            writer_put(w, view_text(value));
            left -= (size_t)(second - first) + 1;
        } else if (first != NULL) { /* an ordinary @ */
            writer_put(w, view_of(first, 1));
            left--;
        }
        text = view_of(text.data + (text.size - left), left);
    }
}

static cc_enclave_result_t name_expand(const struct job *job, const char *name,
                                       char ret_name[static NAME_MAX])
{
    struct writer w = writer_over(ret_name, NAME_MAX - 1);

    expand(job, view_text(name), &w);
    ret_name[w.size] = '\0';
    return w.failed ? detail_fail(CC_ERROR_UNEXPECTED, "%s: the name is too long", name)
                    : CC_SUCCESS;
}

static cc_enclave_result_t path_make(char ret_path[static PATH_MAX], const char *folder,
                                     const char *name)
{
    int size = snprintf(ret_path, PATH_MAX, "%s/%s", folder, name);

    return size > 0 && size < PATH_MAX
               ? CC_SUCCESS
               : detail_fail(CC_ERROR_INVALID_PATH, "%.64s...: the path is too long", folder);
}

/* That of this kind of project if there is one, else that of all. */
static cc_enclave_result_t text_find(const struct job *job, const char *name,
                                     char ret_path[static PATH_MAX])
{
    char own[NAME_MAX + 16];
    cc_enclave_result_t rc;

    snprintf(own, sizeof own, "%s/%s", WITH[job->project->with], name);
    rc = path_make(ret_path, job->texts, own);
    if (rc == CC_SUCCESS && access(ret_path, R_OK) != 0)
        rc = path_make(ret_path, job->texts, name);
    return rc;
}

static cc_enclave_result_t part_write(const struct job *job, const struct part *part)
{
    static uint8_t room[TEXT_MAX_SIZE];
    char from[NAME_MAX], to[NAME_MAX], path[PATH_MAX];
    struct buf text = BUF_EMPTY;
    struct writer w = writer_over(room, sizeof room);
    struct view whole;
    cc_enclave_result_t rc = name_expand(job, part->from, from);

    if (rc == CC_SUCCESS)
        rc = name_expand(job, part->to, to);
    if (rc == CC_SUCCESS)
        rc = text_find(job, from, path);
    if (rc == CC_SUCCESS)
        rc = file_read(path, TEXT_MAX_SIZE, &text);
    if (rc == CC_SUCCESS)
        rc = path_make(path, job->staging, to);
    if (rc == CC_SUCCESS)
        expand(job, buf_view(&text), &w);
    buf_free(&text);
    if (rc != CC_SUCCESS)
        return rc;
    if (w.failed)
        return detail_fail(CC_ERROR_BAD_FORMAT, "%s: the text is too long", from);
    whole = writer_view(&w);
    return file_write(path, &whole, 1);
}

static cc_enclave_result_t key_write(const char *folder)
{
    char path[PATH_MAX];
    struct buf pem = BUF_EMPTY; /* secret: wiped by buf_free */
    cc_enclave_result_t rc = path_make(path, folder, KEY_NAME);

    if (rc == CC_SUCCESS)
        rc = image_signer_make(&pem);
    if (rc == CC_SUCCESS)
        rc = file_write_secret(path, buf_view(&pem));
    buf_free(&pem);
    return rc;
}

static size_t folder_count(const struct job *job)
{
    return sizeof FOLDERS / sizeof FOLDERS[0] - (job->project->with != PROJECT_CHANNEL);
}

static cc_enclave_result_t folders_make(const struct job *job, const char *below)
{
    for (size_t i = 0; i < folder_count(job); i++) {
        char path[PATH_MAX];
        struct stat st;
        cc_enclave_result_t rc = path_make(path, below, FOLDERS[i]);

        if (rc != CC_SUCCESS)
            return rc;
        if (mkdir(path, 0777) == 0)
            continue;
        if (errno != EEXIST)
            return detail_fail(CC_ERROR_WRITE_DATA, "%s: %s", path, strerror(errno));
        if (lstat(path, &st) != 0 || !S_ISDIR(st.st_mode))
            return detail_fail(CC_ERROR_BAD_PARAMETERS, "%s: a folder expected", path);
    }
    return CC_SUCCESS;
}

/* Whatever is left of it, without looking further than what may be there. */
static void staging_remove(const struct job *job)
{
    char name[NAME_MAX], path[PATH_MAX];

    for (size_t i = 0; i < PART_COUNT; i++)
        if (name_expand(job, PARTS[i].to, name) == CC_SUCCESS &&
            path_make(path, job->staging, name) == CC_SUCCESS)
            unlink(path);
    if (path_make(path, job->staging, KEY_NAME) == CC_SUCCESS)
        unlink(path);
    for (size_t i = 0; i < sizeof FOLDERS / sizeof FOLDERS[0]; i++)
        if (path_make(path, job->staging, FOLDERS[i]) == CC_SUCCESS)
            rmdir(path);
    rmdir(job->staging);
}

static cc_enclave_result_t staging_fill(const struct job *job)
{
    cc_enclave_result_t rc = folders_make(job, job->staging);

    for (size_t i = 0; rc == CC_SUCCESS && i < PART_COUNT; i++)
        if (wanted(job, &PARTS[i]))
            rc = part_write(job, &PARTS[i]);
    return rc == CC_SUCCESS ? key_write(job->staging) : rc;
}

/* Only what is a file, or absent, is written over. */
static cc_enclave_result_t replaceable(const char *path)
{
    struct stat st;

    if (lstat(path, &st) == 0 ? S_ISREG(st.st_mode) : errno == ENOENT)
        return CC_SUCCESS;
    return detail_fail(CC_ERROR_BAD_PARAMETERS, "%s: a regular file expected, or nothing", path);
}

/* Each file of the staging folder, first only asked about (move false), then moved. */
static cc_enclave_result_t parts_move(const struct job *job, bool move)
{
    for (size_t i = 0; i < PART_COUNT; i++) {
        char name[NAME_MAX], from[PATH_MAX], to[PATH_MAX];
        cc_enclave_result_t rc;

        if (!wanted(job, &PARTS[i]))
            continue;
        rc = name_expand(job, PARTS[i].to, name);
        if (rc == CC_SUCCESS)
            rc = path_make(from, job->staging, name);
        if (rc == CC_SUCCESS)
            rc = path_make(to, job->project->name, name);
        if (rc == CC_SUCCESS)
            rc = replaceable(to);
        if (rc == CC_SUCCESS && move && rename(from, to) != 0)
            rc = detail_fail(CC_ERROR_WRITE_DATA, "%s: %s", to, strerror(errno));
        if (rc != CC_SUCCESS)
            return rc;
    }
    return CC_SUCCESS;
}

/* A key that is there stays. */
static cc_enclave_result_t key_move(const struct job *job)
{
    char from[PATH_MAX], to[PATH_MAX];
    cc_enclave_result_t rc = path_make(from, job->staging, KEY_NAME);

    if (rc == CC_SUCCESS)
        rc = path_make(to, job->project->name, KEY_NAME);
    if (rc == CC_SUCCESS && link(from, to) != 0 && errno != EEXIST)
        rc = detail_fail(CC_ERROR_WRITE_DATA, "%s: %s", to, strerror(errno));
    return rc;
}

static cc_enclave_result_t into_existing(const struct job *job)
{
    cc_enclave_result_t rc = folders_make(job, job->project->name);

    if (rc == CC_SUCCESS)
        rc = parts_move(job, false);
    if (rc == CC_SUCCESS)
        rc = key_move(job);
    if (rc == CC_SUCCESS)
        rc = parts_move(job, true);
    staging_remove(job);
    return rc;
}

static cc_enclave_result_t into_new(const struct job *job)
{
    const char *name = job->project->name;
    mode_t mask = umask(0);

    umask(mask);
    if (chmod(job->staging, 0777 & ~mask) == 0 &&
        renameat2(AT_FDCWD, job->staging, AT_FDCWD, name, RENAME_NOREPLACE) == 0)
        return CC_SUCCESS;
    return detail_fail(CC_ERROR_WRITE_DATA, "%s: %s", name, strerror(errno));
}

/* Whether there is a folder to write into; anything else of that name stays. */
static cc_enclave_result_t name_look(const struct project *project, bool *ret_exists)
{
    struct stat st;

    *ret_exists = lstat(project->name, &st) == 0;
    if (!*ret_exists)
        return CC_SUCCESS;
    if (!S_ISDIR(st.st_mode))
        return detail_fail(CC_ERROR_BAD_PARAMETERS, "%s is there and no folder", project->name);
    if (!project->force)
        return detail_fail(CC_ERROR_BAD_PARAMETERS,
                           "%s is there already; --force writes over its files", project->name);
    return CC_SUCCESS;
}

static cc_enclave_result_t job_begin(struct job *job)
{
    struct uuid uuid;

    if (!random_fill(uuid.bytes, sizeof uuid.bytes))
        return detail_fail(CC_ERROR_GENERIC, "no random bytes");
    uuid.bytes[6] = (uint8_t)((uuid.bytes[6] & 0x0f) | 0x40); /* RFC 9562, 5.4 */
    uuid.bytes[8] = (uint8_t)((uuid.bytes[8] & 0x3f) | 0x80);
    uuid_format(&uuid, job->uuid);
    snprintf(job->commands, sizeof job->commands, "%s",
             job->project->cmake ? "    cmake -B build && cmake --build build\n"
                                   "    cmake --build build --target run\n"
                                   "    ctest --test-dir build"
                                 : "    make\n"
                                   "    make run\n"
                                   "    make test");
    snprintf(job->staging, sizeof job->staging, "%s.XXXXXX", job->project->name);
    if (mkdtemp(job->staging) == NULL)
        return detail_fail(CC_ERROR_WRITE_DATA, "%s: can't be created: %s", job->project->name,
                           strerror(errno));
    return CC_SUCCESS;
}

cc_enclave_result_t project_write(const struct project *project)
{
    struct job job = {.project = project};
    bool exists = false;
    cc_enclave_result_t rc = name_check(project->name);

    if (rc == CC_SUCCESS)
        rc = name_look(project, &exists);
    if (rc == CC_SUCCESS)
        rc = place_of_data("new", job.texts);
    if (rc == CC_SUCCESS)
        rc = job_begin(&job);
    if (rc != CC_SUCCESS)
        return rc;
    rc = staging_fill(&job);
    if (rc == CC_SUCCESS)
        rc = exists ? into_existing(&job) : into_new(&job);
    if (rc != CC_SUCCESS)
        staging_remove(&job);
    return rc;
}
