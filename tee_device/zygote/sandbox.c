/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "sandbox.h"
#include <link.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Newer than the headers that distributions of today ship. */
enum {
    NR_LANDLOCK_CREATE_RULESET = 444,
    NR_LANDLOCK_RESTRICT_SELF = 446,
    LANDLOCK_VERSION_QUERY = 1,
    PRCTL_SET_MDWE = 65,
    PRCTL_GET_MDWE = 66,
    PRCTL_MDWE_REFUSE_EXEC_GAIN = 1,
};

struct landlock_attr {
    uint64_t handled_access_fs;
    uint64_t handled_access_net; /* from ABI 4 */
    uint64_t scoped;             /* from ABI 6 */
};

bool sandbox_closed(void)
{
    struct rlimit none = {0, 0};

    setrlimit(RLIMIT_CORE, &none);
    return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 && prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0;
}

bool sandbox_namespaces(void)
{
    return unshare(CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC |
                   CLONE_NEWUTS) == 0;
}

/* Needs no directory of its own: a fresh file system is mounted over one that exists everywhere. */
bool sandbox_empty_root(void)
{
    static const char *const kinds[] = {"tmpfs", "ramfs"};
    bool mounted = false;

    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
        return false;
    for (size_t i = 0; !mounted && i < sizeof kinds / sizeof kinds[0]; i++)
        mounted = mount("none", "/dev", kinds[i], MS_NOEXEC | MS_NOSUID | MS_NODEV, NULL) == 0;
    if (!mounted && mount("/proc/self/ns", "/dev", NULL, MS_BIND, NULL) != 0 &&
        mount("/proc/self/map_files", "/dev", NULL, MS_BIND, NULL) != 0)
        return false;
    return chdir("/dev") == 0 && syscall(SYS_pivot_root, ".", ".") == 0 &&
           umount2(".", MNT_DETACH) == 0 && chdir("/") == 0;
}

void sandbox_drop_capabilities(void)
{
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct none[2] = {{0, 0, 0}, {0, 0, 0}};

    for (unsigned long cap = 0; prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; cap++)
        prctl(PR_CAPBSET_DROP, cap, 0, 0, 0);
    syscall(SYS_capset, &header, none);
}

bool sandbox_own_uid(uid_t uid)
{
    return syscall(SYS_setgroups, 0, NULL) == 0 && setresgid(uid, uid, uid) == 0 &&
           setresuid(uid, uid, uid) == 0;
}

bool sandbox_own_group(void)
{
    gid_t real = getgid();

    return setresgid(real, real, real) == 0;
}

static long landlock_abi(void)
{
    return syscall(NR_LANDLOCK_CREATE_RULESET, NULL, 0, LANDLOCK_VERSION_QUERY);
}

bool sandbox_landlock_works(void)
{
    return landlock_abi() > 0;
}

/* An empty set of rules: everything that this kernel's landlock knows is refused. */
bool sandbox_landlock(void)
{
    static const uint8_t fs_bits[] = {0, 13, 14, 15, 15, 16};
    long abi = landlock_abi();
    struct landlock_attr attr = {.handled_access_net = 3, .scoped = 3};
    size_t size = abi >= 6 ? sizeof attr : abi >= 4 ? 16 : 8;
    long ruleset;
    bool good;

    if (abi < 1)
        return false;
    attr.handled_access_fs = (UINT64_C(1) << fs_bits[abi < 5 ? abi : 5]) - 1;
    ruleset = syscall(NR_LANDLOCK_CREATE_RULESET, &attr, size, 0);
    if (ruleset < 0)
        return false;
    good = syscall(NR_LANDLOCK_RESTRICT_SELF, ruleset, 0) == 0;
    close((int)ruleset);
    return good;
}

bool sandbox_mdwe_works(void)
{
    return prctl(PRCTL_GET_MDWE, 0, 0, 0, 0) >= 0;
}

bool sandbox_mdwe(void)
{
    return prctl(PRCTL_SET_MDWE, PRCTL_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0) == 0;
}

bool sandbox_mseal_works(void)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    void *probe = mmap(NULL, page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    /* The probe stays: a sealed page can not be unmapped. */
    return probe != MAP_FAILED && syscall(NR_MSEAL, probe, page, 0) == 0;
}

static bool range_seal(uintptr_t start, size_t size)
{
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    uintptr_t first = start & ~(page - 1);
    uintptr_t end = (start + size + page - 1) & ~(page - 1);

    return syscall(NR_MSEAL, first, end - first, 0) == 0;
}

/* What the loader wrote and then closed: as it does, down to whole pages at both ends. */
static bool relro_seal(uintptr_t start, size_t size)
{
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    uintptr_t first = start & ~(page - 1);
    uintptr_t end = (start + size) & ~(page - 1);

    return end <= first || syscall(NR_MSEAL, first, end - first, 0) == 0;
}

/* Objects, in loading order; those that the zygote has sealed are so in each fork of it. */
static size_t sealed_count;

struct sealing {
    size_t seen;
    bool good;
};

static int object_seal(struct dl_phdr_info *info, size_t size, void *arg)
{
    struct sealing *sealing = arg;

    (void)size;
    if (sealing->seen++ < sealed_count)
        return 0;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *p = &info->dlpi_phdr[i];
        bool code = p->p_type == PT_LOAD && !(p->p_flags & PF_W);

        if (code && !range_seal(info->dlpi_addr + p->p_vaddr, p->p_memsz))
            sealing->good = false;
        if (p->p_type == PT_GNU_RELRO && !relro_seal(info->dlpi_addr + p->p_vaddr, p->p_memsz))
            sealing->good = false;
    }
    return 0;
}

bool sandbox_mseal_code(void)
{
    struct sealing sealing = {.good = true};

    dl_iterate_phdr(object_seal, &sealing);
    sealed_count = sealing.seen;
    return sealing.good;
}
