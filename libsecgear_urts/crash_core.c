/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * An ELF core of a debug enclave that waits for it: its private memory by /proc, which a dumpable
 * process of this user leaves open; of the thread that crashed the registers that it wrote down, of
 * the others where they sleep.
 *
 *   ELF header | program headers | notes | memory
 *
 * `gdb IMAGE CORE` takes the image for the program: the auxiliary vector says where it lies.
 */
#include "base/detail.h"
#include "crash.h"
#include "crash_file.h"
#include "io/pidfd.h"
#include <dirent.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/procfs.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
    RANGES_MAX = 2048,
    THREADS_MAX = 1024,
    NOTES_ROOM = 1 << 20,
    CHUNK_SIZE = 64 << 10,
    PATH_ROOM = 512,
    FILES_ROOM = 64 << 10,
};

struct range {
    uint64_t begin, end, offset;
    bool readable, writable, executable, private;
    char path[PATH_ROOM];
};

struct core {
    int memory; /* /proc/PID/mem */
    int file;
    long pid;
    const char *image;
    struct range *ranges; /* that go into it */
    size_t count;
    struct buf notes; /* registers are in them */
    struct writer w;
};

static bool range_parse(const char *line, struct range *ret_range)
{
    struct range range = {.begin = 0};
    unsigned long long begin, end, offset;
    char access[5], path[PATH_ROOM] = "";

    if (sscanf(line, "%llx-%llx %4s %llx %*s %*s %511[^\n]", &begin, &end, access, &offset, path) <
            4 ||
        begin >= end)
        return false;
    range.begin = begin;
    range.end = end;
    range.offset = offset;
    range.readable = access[0] == 'r';
    range.writable = access[1] == 'w';
    range.executable = access[2] == 'x';
    range.private = access[3] == 'p';
    memcpy(range.path, path, sizeof range.path);
    *ret_range = range;
    return true;
}

/* The window is the host's anyway; what the kernel shows of itself can not be read. */
static bool range_wanted(const struct range *range)
{
    return range->private && range->readable && strcmp(range->path, "[vsyscall]") != 0 &&
           strncmp(range->path, "[vvar", 5) != 0;
}

static bool ranges_read(struct core *core)
{
    char path[64], line[PATH_MAX + 256];
    struct range range;
    FILE *maps;

    snprintf(path, sizeof path, "/proc/%ld/maps", core->pid);
    maps = fopen(path, "re");
    core->ranges = calloc(RANGES_MAX, sizeof *core->ranges);
    while (maps != NULL && core->ranges != NULL && fgets(line, sizeof line, maps) != NULL)
        if (core->count < RANGES_MAX && range_parse(line, &range) && range_wanted(&range))
            core->ranges[core->count++] = range;
    if (maps != NULL)
        fclose(maps);
    return core->count > 0;
}

static void note_put(struct core *core, uint32_t type, const void *data, size_t size)
{
    static const char name[8] = "CORE";
    const uint8_t zeros[4] = {0};

    writer_le32(&core->w, 5);
    writer_le32(&core->w, (uint32_t)size);
    writer_le32(&core->w, type);
    writer_put(&core->w, VIEW_OF(name));
    writer_put(&core->w, view_of(data, size));
    writer_put(&core->w, view_of(zeros, -size & 3));
}

/* As the enclave counts; -1: not known. */
static long inner_tid_of(const struct core *core, long tid)
{
    char path[96], line[256];
    const char *last;
    long inner = -1;
    FILE *status;

    snprintf(path, sizeof path, "/proc/%ld/task/%ld/status", core->pid, tid);
    status = fopen(path, "re");
    while (status != NULL && fgets(line, sizeof line, status) != NULL)
        if (strncmp(line, "NSpid:", 6) == 0 && (last = strrchr(line, '\t')) != NULL)
            inner = strtol(last + 1, NULL, 10);
    if (status != NULL)
        fclose(status);
    return inner;
}

static void fault_put(struct core *core, const struct crash_record *crash)
{
    siginfo_t info = {.si_signo = (int)crash->signal, .si_code = crash->code};

    info.si_addr = (void *)(uintptr_t)crash->address; /* NOLINT: shown, not followed */
    note_put(core, NT_SIGINFO, &info, sizeof info);
}

static void crashed_thread_put(struct core *core, const struct crash_record *crash, long tid)
{
    struct elf_prstatus status = {.pr_pid = (pid_t)tid};

    _Static_assert(sizeof status.pr_reg <= sizeof crash->registers, "all registers have a place");
    status.pr_info.si_signo = (int)crash->signal;
    status.pr_info.si_code = crash->code;
    status.pr_cursig = (short)crash->signal;
    memcpy(&status.pr_reg, crash->registers, sizeof status.pr_reg);
    note_put(core, NT_PRSTATUS, &status, sizeof status);
    wipe(&status, sizeof status);
    fault_put(core, crash);
}

/* Where another thread sleeps: stack and instruction, as the kernel tells. */
static void sleeping_thread_put(struct core *core, long tid)
{
    struct elf_prstatus status = {.pr_pid = (pid_t)tid};
    unsigned long long sp = 0, pc = 0;
    uint64_t registers[CRASH_REGISTERS_MAX] = {0};
    char path[96];
    FILE *call;
    bool known;

    snprintf(path, sizeof path, "/proc/%ld/task/%ld/syscall", core->pid, tid);
    call = fopen(path, "re");
    known = call != NULL && fscanf(call, "%*d %*x %*x %*x %*x %*x %*x %llx %llx", &sp, &pc) == 2;
    if (call != NULL)
        fclose(call);
    if (!known)
        return;
#ifdef __x86_64__
    registers[16] = pc;
    registers[19] = sp;
#else
    registers[31] = sp;
    registers[32] = pc;
#endif
    memcpy(&status.pr_reg, registers, sizeof status.pr_reg);
    note_put(core, NT_PRSTATUS, &status, sizeof status);
}

static size_t threads_list(const struct core *core, long *ret_tids)
{
    char path[64];
    const struct dirent *entry;
    size_t count = 0;
    DIR *tasks;

    snprintf(path, sizeof path, "/proc/%ld/task", core->pid);
    tasks = opendir(path);
    while (tasks != NULL && count < THREADS_MAX && (entry = readdir(tasks)) != NULL)
        if ((ret_tids[count] = strtol(entry->d_name, NULL, 10)) > 0)
            count++;
    if (tasks != NULL)
        closedir(tasks);
    return count;
}

/* First the one that crashed, which is what gdb shows. */
static void threads_put(struct core *core, const struct crash_record *crash)
{
    long tids[THREADS_MAX], crashed = core->pid;
    size_t count = threads_list(core, tids);

    for (size_t i = 0; i < count; i++)
        if (inner_tid_of(core, tids[i]) == (long)crash->tid)
            crashed = tids[i];
    crashed_thread_put(core, crash, crashed);
    for (size_t i = 0; i < count; i++)
        if (tids[i] != crashed)
            sleeping_thread_put(core, tids[i]);
}

/* The image stands for the program, at the address that it was loaded to. */
static void auxiliary_put(struct core *core, const struct crash_record *crash)
{
    struct buf file = crash_file_read(core->image);
    Elf64_Ehdr header = {.e_phnum = 0};
    uint64_t base = 0;

    for (uint32_t i = 0; i < crash->module_count; i++)
        if (strcmp(crash->modules[i].name, "sg-image") == 0)
            base = crash->modules[i].begin;
    if (file.size >= sizeof header)
        memcpy(&header, file.data, sizeof header);
    if (base != 0) {
        const uint64_t vector[][2] = {
            {AT_PHDR, base + header.e_phoff}, {AT_PHENT, sizeof(Elf64_Phdr)},
            {AT_PHNUM, header.e_phnum},       {AT_ENTRY, base + header.e_entry},
            {AT_PAGESZ, WINDOW_PAGE},         {AT_NULL, 0},
        };

        note_put(core, NT_AUXV, vector, sizeof vector);
    }
    buf_free(&file);
}

/* Which file lies where: `info proc mappings`, and what secgear-gdb.py loads symbols by. Files that
 * memory files were copied from stand for them; without one there is nothing to show. */
static void files_find(struct core *core)
{
    static const char copy[] = "/memfd:";
    char path[CRASH_PATH_ROOM];

    for (size_t i = 0; i < core->count; i++) {
        char *name = core->ranges[i].path;

        if (name[0] != '/')
            name[0] = '\0';
        if (strncmp(name, copy, sizeof copy - 1) != 0)
            continue;
        name[strcspn(name, " ")] = '\0'; /* " (deleted)" */
        crash_file_find(core->image, name + sizeof copy - 1, path);
        if (strlen(path) < PATH_ROOM)
            memcpy(name, path, strlen(path) + 1);
        else
            name[0] = '\0';
    }
}

static void files_put(struct core *core)
{
    uint8_t room[FILES_ROOM];
    struct writer w = writer_over(room, sizeof room);
    uint64_t count = 0;

    for (size_t i = 0; i < core->count; i++)
        count += core->ranges[i].path[0] != '\0';
    writer_le64(&w, count);
    writer_le64(&w, WINDOW_PAGE);
    for (size_t i = 0; i < core->count; i++)
        if (core->ranges[i].path[0] != '\0') {
            writer_le64(&w, core->ranges[i].begin);
            writer_le64(&w, core->ranges[i].end);
            writer_le64(&w, core->ranges[i].offset / WINDOW_PAGE);
        }
    for (size_t i = 0; i < core->count; i++)
        if (core->ranges[i].path[0] != '\0')
            writer_put(&w, view_of(core->ranges[i].path, strlen(core->ranges[i].path) + 1));
    if (!w.failed) /* else there are no names: no reason to have no core */
        note_put(core, NT_FILE, w.data, w.size);
}

static bool write_at(int fd, const void *data, size_t size, uint64_t at)
{
    const uint8_t *from = data;

    while (size > 0) {
        ssize_t done = pwrite(fd, from, size, (off_t)at);

        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return false;
        from += done;
        at += (uint64_t)done;
        size -= (size_t)done;
    }
    return true;
}

static bool all_zero(const uint8_t *data, size_t size)
{
    return size == 0 || (data[0] == 0 && memcmp(data, data + 1, size - 1) == 0);
}

static cc_enclave_result_t write_failed(void)
{
    return detail_fail(CC_ERROR_OUT_OF_MEMORY, "host: the core can not be written: %s",
                       strerror(errno));
}

/* What was never touched stays a hole. *left: bytes that may still be written. */
static cc_enclave_result_t range_copy(const struct core *core, const struct range *range,
                                      uint64_t to, uint64_t *left)
{
    cc_enclave_result_t rc = CC_SUCCESS;
    struct buf chunk = BUF_EMPTY;

    if (!buf_alloc(&chunk, CHUNK_SIZE))
        return detail_fail(CC_ERROR_OUT_OF_MEMORY, "host: no memory for a core");
    for (uint64_t at = range->begin; rc == CC_SUCCESS && at < range->end; at += CHUNK_SIZE) {
        size_t size = range->end - at < CHUNK_SIZE ? (size_t)(range->end - at) : CHUNK_SIZE;
        ssize_t got = pread(core->memory, chunk.data, size, (off_t)at);

        if (got <= 0 || all_zero(chunk.data, (size_t)got))
            continue;
        if ((uint64_t)got > *left)
            rc = detail_fail(CC_ERROR_OUT_OF_MEMORY,
                             "host: a core of more than %d MiB is not written",
                             CRASH_CORE_SIZE_MAX >> 20);
        else if (!write_at(core->file, chunk.data, (size_t)got, to + (at - range->begin)))
            rc = write_failed();
        else
            *left -= (uint64_t)got;
    }
    buf_free(&chunk);
    return rc;
}

static Elf64_Ehdr header_of(const struct core *core)
{
    Elf64_Ehdr header = {
        .e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
        .e_type = ET_CORE,
        .e_version = EV_CURRENT,
        .e_phoff = sizeof(Elf64_Ehdr),
        .e_ehsize = sizeof(Elf64_Ehdr),
        .e_phentsize = sizeof(Elf64_Phdr),
        .e_phnum = (Elf64_Half)(core->count + 1),
    };

#ifdef __x86_64__
    header.e_machine = EM_X86_64;
#else
    header.e_machine = EM_AARCH64;
#endif
    return header;
}

static cc_enclave_result_t memory_write(const struct core *core, uint64_t notes_at)
{
    uint64_t left = CRASH_CORE_SIZE_MAX, at = (notes_at + core->w.size + 4095) & ~UINT64_C(4095);
    cc_enclave_result_t rc = CC_SUCCESS;

    for (size_t i = 0; rc == CC_SUCCESS && i < core->count; i++) {
        const struct range *range = &core->ranges[i];
        const Elf64_Phdr segment = {
            .p_type = PT_LOAD,
            .p_flags = PF_R | (range->writable ? PF_W : 0u) | (range->executable ? PF_X : 0u),
            .p_offset = at,
            .p_vaddr = range->begin,
            .p_filesz = range->end - range->begin,
            .p_memsz = range->end - range->begin,
            .p_align = WINDOW_PAGE,
        };

        rc = write_at(core->file, &segment, sizeof segment,
                      sizeof(Elf64_Ehdr) + (i + 1) * sizeof segment)
                 ? range_copy(core, range, at, &left)
                 : write_failed();
        at += segment.p_filesz;
    }
    return rc == CC_SUCCESS && ftruncate(core->file, (off_t)at) != 0 ? write_failed() : rc;
}

static cc_enclave_result_t core_write(struct core *core, const struct crash_record *crash)
{
    const Elf64_Ehdr header = header_of(core);
    const uint64_t notes_at = sizeof header + (core->count + 1) * sizeof(Elf64_Phdr);
    Elf64_Phdr notes = {.p_type = PT_NOTE, .p_offset = notes_at, .p_align = 4};

    core->w = writer_over(core->notes.data, core->notes.size);
    threads_put(core, crash);
    auxiliary_put(core, crash);
    files_find(core);
    files_put(core);
    if (core->w.failed)
        return detail_fail(CC_ERROR_OUT_OF_MEMORY,
                           "host: what a core says of its threads takes more than %d KiB",
                           NOTES_ROOM >> 10);
    notes.p_filesz = core->w.size;
    return write_at(core->file, &header, sizeof header, 0) &&
                   write_at(core->file, &notes, sizeof notes, sizeof header) &&
                   write_at(core->file, core->w.data, core->w.size, notes_at)
               ? memory_write(core, notes_at)
               : write_failed();
}

static bool is_core(const char *name)
{
    size_t size = strlen(name);

    return strncmp(name, "enclave-", 8) == 0 && size > 5 && strcmp(name + size - 5, ".core") == 0;
}

/* Memory of enclaves lies there: nobody else's folder, and not without an end. */
static cc_enclave_result_t folder_open(const char *path, int *ret_folder)
{
    int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), copy;
    const struct dirent *entry;
    unsigned count = 0;
    struct stat st;
    DIR *entries;

    if (folder < 0 || fstat(folder, &st) != 0)
        return detail_fail(CC_ERROR_INVALID_PATH, "host: SECGEAR_CRASH_CORES=%s: %s", path,
                           strerror(errno));
    copy = fcntl(folder, F_DUPFD_CLOEXEC, 0);
    entries = copy >= 0 ? fdopendir(copy) : NULL;
    while (entries != NULL && (entry = readdir(entries)) != NULL)
        count += is_core(entry->d_name);
    if (entries != NULL)
        closedir(entries);
    if (st.st_uid == geteuid() && (st.st_mode & 022) == 0 && entries != NULL &&
        count < CRASH_CORES_MAX) {
        *ret_folder = folder;
        return CC_SUCCESS;
    }
    close(folder);
    if (count >= CRASH_CORES_MAX)
        return detail_fail(CC_ERROR_OUT_OF_MEMORY,
                           "host: SECGEAR_CRASH_CORES=%s has %u cores, as many as may be: remove "
                           "some",
                           path, count);
    return detail_fail(CC_ERROR_ACCESS_DENIED,
                       "host: SECGEAR_CRASH_CORES=%s: a folder of this user that nobody else can "
                       "write to expected",
                       path);
}

/* "enclave-IMAGE-PID-NANOSECONDS.core": new, or none. */
static cc_enclave_result_t file_make(struct core *core, char ret_path[static CRASH_LINE_ROOM])
{
    const char *folder_path = crash_cores_folder(), *slash = strrchr(core->image, '/');
    char name[160], stem[64];
    struct timespec now;
    int folder = -1;
    cc_enclave_result_t rc = folder_path != NULL
                                 ? folder_open(folder_path, &folder)
                                 : detail_fail(CC_ERROR_INVALID_PATH, "host: no folder for cores");

    if (rc != CC_SUCCESS)
        return rc;
    snprintf(stem, sizeof stem, "%s", slash != NULL ? slash + 1 : core->image);
    stem[strcspn(stem, ".")] = '\0';
    clock_gettime(CLOCK_REALTIME, &now);
    snprintf(name, sizeof name, "enclave-%s-%ld-%lld%09ld.core", stem, core->pid,
             (long long)now.tv_sec, now.tv_nsec);
    core->file = openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    close(folder);
    if (core->file < 0)
        return detail_fail(CC_ERROR_INVALID_PATH, "host: %s/%s: %s", folder_path, name,
                           strerror(errno));
    snprintf(ret_path, CRASH_LINE_ROOM, "%s/%s", folder_path, name);
    return CC_SUCCESS;
}

static cc_enclave_result_t core_open(struct core *core, int pidfd)
{
    char path[64];

    core->pid = pidfd_process(pidfd);
    snprintf(path, sizeof path, "/proc/%ld/mem", core->pid);
    core->memory = core->pid > 0 ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    /* Asked again: the number may be another process's by now, which was opened then. */
    if (buf_alloc(&core->notes, NOTES_ROOM) && core->memory >= 0 &&
        pidfd_process(pidfd) == core->pid && ranges_read(core))
        return CC_SUCCESS;
    return detail_fail(
        CC_ERROR_ACCESS_DENIED,
        "host: the enclave's memory can not be read: %s (a device of another user's? "
        "SECGEAR_DEVICE=embedded; a container's profile?)",
        strerror(errno));
}

cc_enclave_result_t crash_core_write(const struct instance *instance,
                                     const struct crash_record *crash,
                                     char ret_path[static CRASH_LINE_ROOM])
{
    struct core core = {.memory = -1, .file = -1, .image = instance->path};
    cc_enclave_result_t rc;

    rc = core_open(&core, instance->pidfd);
    if (rc == CC_SUCCESS)
        rc = file_make(&core, ret_path);
    if (rc == CC_SUCCESS && (rc = core_write(&core, crash)) != CC_SUCCESS)
        unlink(ret_path); /* half of one shows nothing, and holds secrets */
    if (core.file >= 0)
        close(core.file);
    if (core.memory >= 0)
        close(core.memory);
    buf_free(&core.notes);
    free(core.ranges);
    return rc;
}
