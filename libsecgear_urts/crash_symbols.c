/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * Names of frames: functions from the symbol tables of the image and of the libraries below it,
 * lines from addr2line where that is installed.
 */
#include "crash.h"
#include "crash_file.h"
#include "wire/elf_parts.h"
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FILE_SIZE_MAX = 256 << 20, LINE_ROOM = 256, ADDRESS_ROOM = 20 };

struct buf crash_file_read(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct buf file = BUF_EMPTY;
    struct stat st;
    size_t have = 0;

    if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0 &&
        st.st_size <= FILE_SIZE_MAX && buf_alloc(&file, (size_t)st.st_size))
        while (have < file.size) {
            ssize_t got = read(fd, file.data + have, file.size - have);

            if (got <= 0)
                break;
            have += (size_t)got;
        }
    if (fd >= 0)
        close(fd);
    if (have < file.size)
        buf_free(&file);
    return file;
}

struct place {
    const char *name;
    char path[CRASH_PATH_ROOM];
};

static int loaded_look(struct dl_phdr_info *info, size_t size, void *arg)
{
    struct place *place = arg;
    const char *slash = strrchr(info->dlpi_name, '/');

    (void)size;
    if (slash == NULL || strcmp(slash + 1, place->name) != 0)
        return 0;
    snprintf(place->path, sizeof place->path, "%s", info->dlpi_name);
    return 1;
}

/* What stands beside this library, or what this process has loaded under the same name. */
void crash_file_find(const char *image, const char *name, char ret_path[static CRASH_PATH_ROOM])
{
    struct place place = {.name = name};
    const char *slash;
    Dl_info own;

    ret_path[0] = '\0';
    if (strcmp(name, "sg-image") == 0) {
        snprintf(ret_path, CRASH_PATH_ROOM, "%s", image);
        return;
    }
    if (dladdr((const void *)&crash_file_find, &own) != 0 &&
        (slash = strrchr(own.dli_fname, '/')) != NULL) {
        int size = snprintf(ret_path, CRASH_PATH_ROOM, "%.*s/%s", (int)(slash - own.dli_fname),
                            own.dli_fname, name);

        if (size > 0 && size < CRASH_PATH_ROOM && access(ret_path, R_OK) == 0)
            return;
    }
    dl_iterate_phdr(loaded_look, &place);
    memcpy(ret_path, place.path, CRASH_PATH_ROOM);
}

/* Reads until its end; a program that writes too much loses the rest. */
static void pipe_read(int fd, char *ret_text, size_t room)
{
    size_t have = 0;
    ssize_t got;

    while (have < room - 1 &&
           ((got = read(fd, ret_text + have, room - 1 - have)) > 0 || (got < 0 && errno == EINTR)))
        have += got > 0 ? (size_t)got : 0;
    ret_text[have] = '\0';
}

/* False: it is not there to be asked. */
static bool lines_ask(char **arguments, char *ret_text, size_t room)
{
    char *environment[] = {NULL};
    posix_spawn_file_actions_t actions;
    int ends[2], failed, status;
    pid_t pid;

    ret_text[0] = '\0';
    if (getauxval(AT_SECURE) != 0 || pipe2(ends, O_CLOEXEC) != 0)
        return true;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addclosefrom_np(&actions, 3);
    failed = posix_spawnp(&pid, "addr2line", &actions, NULL, arguments, environment);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    if (failed == 0) {
        pipe_read(ends[0], ret_text, room);
        close(ends[0]);
        while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
            ;
        return true;
    }
    close(ends[0]);
    return failed != ENOENT;
}

/* Inside the call: where it returns to may be another line, or another function. */
static uint64_t call_of(const struct crash_record *crash, uint32_t frame)
{
    return frame == 0 ? crash->frames[0] : crash->frames[frame] - 1;
}

struct lines {
    char text[CRASH_FRAMES_MAX * LINE_ROOM];
    char addresses[CRASH_FRAMES_MAX][ADDRESS_ROOM];
    char *arguments[CRASH_FRAMES_MAX + 4];
};

/* For each frame of the module, in order, a line of text: "file:line", or what begins with '?'.
 * False: there is no addr2line. */
static bool lines_find(struct lines *lines, char *path, const struct crash_module *module,
                       const struct crash_record *crash)
{
    size_t count = 0;

    lines->arguments[count++] = (char[]){"addr2line"};
    lines->arguments[count++] = (char[]){"-e"};
    lines->arguments[count++] = path;
    for (uint32_t i = 0; i < crash->frame_count; i++)
        if (crash_module_of(crash, crash->frames[i]) == module) {
            snprintf(lines->addresses[i], ADDRESS_ROOM, "%#llx",
                     (unsigned long long)(call_of(crash, i) - module->begin));
            lines->arguments[count++] = lines->addresses[i];
        }
    lines->arguments[count] = NULL;
    lines->text[0] = '\0';
    return path[0] == '\0' || lines_ask(lines->arguments, lines->text, sizeof lines->text);
}

/* The next line of the text; false: nothing is known. */
static bool line_next(char **at, char ret_line[static LINE_ROOM])
{
    size_t size = strcspn(*at, "\n");
    bool known = size > 0 && (*at)[0] != '?' && size < LINE_ROOM;

    snprintf(ret_line, LINE_ROOM, "%.*s", (int)(known ? size : 0), *at);
    if (strchr(ret_line, ' ') != NULL) /* " (discriminator 2)" */
        *strchr(ret_line, ' ') = '\0';
    for (char *c = ret_line; *c != '\0'; c++)
        if (*c < ' ' || *c > '~')
            *c = '?';
    *at += size + ((*at)[size] == '\n');
    return known && strstr(ret_line, ":?") == NULL && strstr(ret_line, ":0") == NULL;
}

static void frame_print(FILE *to, const struct crash_record *crash, uint32_t i, struct view elf)
{
    const struct crash_module *module = crash_module_of(crash, crash->frames[i]);
    char name[ELF_NAME_ROOM];
    uint64_t offset;

    fprintf(to, "secgear crash:   #%-2u ", i);
    if (module == NULL)
        fprintf(to, "%#llx, where no code is", (unsigned long long)crash->frames[i]);
    else if (elf_symbol_at(elf, call_of(crash, i) - module->begin, name, &offset))
        fprintf(to, "%s", name);
    else
        fputs("??", to);
    if (module != NULL)
        fprintf(to, " in %s+%#llx", module->name,
                (unsigned long long)(crash->frames[i] - module->begin));
}

void crash_frames_print(FILE *to, const char *image, const struct crash_record *crash)
{
    const struct crash_module *module, *before = NULL;
    struct lines *lines = calloc(CRASH_MODULES_MAX, sizeof *lines);
    char *at[CRASH_MODULES_MAX] = {NULL}, line[LINE_ROOM];
    struct buf file = BUF_EMPTY;
    char path[CRASH_PATH_ROOM];
    bool can_ask = true;

    for (uint32_t i = 0; lines != NULL && i < crash->frame_count; i++) {
        module = crash_module_of(crash, crash->frames[i]);
        if (module != NULL && module != before) {
            buf_free(&file);
            crash_file_find(image, module->name, path);
            file = crash_file_read(path);
            before = module;
        }
        frame_print(to, crash, i, module != NULL ? buf_view(&file) : VIEW_EMPTY);
        if (module != NULL) {
            size_t index = (size_t)(module - crash->modules);

            if (at[index] == NULL) {
                can_ask = lines_find(&lines[index], path, module, crash) && can_ask;
                at[index] = lines[index].text;
            }
            if (line_next(&at[index], line))
                fprintf(to, " at %s", line);
        }
        fputc('\n', to);
    }
    if (!can_ask)
        fputs("secgear crash:   no lines: addr2line (binutils) is not installed\n", to);
    buf_free(&file);
    free(lines);
}
