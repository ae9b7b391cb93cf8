/* SPDX-License-Identifier: MulanPSL-2.0 */
/* A user of this device: its zygote, from the files that were measured, and what that says. */
#include "base/detail.h"
#include "device.h"
#include "pretend.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

uint32_t tenant_protections(const struct device *device, const struct tenant *tenant)
{
    uint32_t bits = tenant != NULL ? tenant->protections : 0;

    if (device->keys.root_is_secretmem)
        bits |= PROTECTION_SECRETMEM;
    if (device->keys.persistent)
        bits |= PROTECTION_PERSISTENT;
    if (device->keys.persistent && device->keys.wrapped.size > 0)
        bits |= PROTECTION_TPM;
    if (device->starter_clean)
        bits |= PROTECTION_STARTER_CLEAN;
    if (device->level >= REPORT_LEVEL_INSTALLED && tenant != NULL && tenant->uid != 0)
        bits |= PROTECTION_ROOTKEY_PRIVATE;
    return bits;
}

/* Without a place for its descriptor a new enclave could neither be watched nor ended. */
bool tenant_spare_keep(struct device *device, struct tenant *tenant)
{
    if (tenant->spare < 0)
        tenant->spare = fcntl(device->epoll, F_DUPFD_CLOEXEC, 0);
    return tenant->spare >= 0;
}

static void tenant_break(struct device *device, struct tenant *tenant, cc_enclave_result_t code,
                         const char *detail)
{
    tenant->broken = code;
    snprintf(tenant->broken_detail, sizeof tenant->broken_detail, "%s", detail);
    for (struct connection *c = device->connections; c != NULL; c = c->next)
        if (c->tenant == tenant && c->status_asked) {
            c->status_asked = false;
            connection_fail(c, code, detail);
        }
    enclaves_fail(device, tenant, code, detail);
}

/* Its namespaces went with it, and with them every enclave: their pidfds tell the callers. */
static void zygote_lost(struct device *device, struct tenant *tenant)
{
    if (device->listener.fd < 0 && tenant->up && device->broken == CC_SUCCESS)
        _exit(1); /* embedded: the host's next enclave gets a device anew */
    source_drop(device, &tenant->zygote);
    tenant->up = false;
    tenant_break(device, tenant, CC_ERROR_NO_DEVICE, "device: its zygote ended");
}

/* An embedded device's host says so itself. */
static void missing_say(struct device *device, const struct tenant *tenant)
{
    if (device->listener.fd < 0 || device->said_missing || tenant->missing[0] == '\0')
        return;
    device->said_missing = true;
    fprintf(stderr, "secgear-device: protections are missing here (each report says so): %s\n",
            tenant->missing);
}

static void zygote_is_up(struct device *device, struct tenant *tenant,
                         const struct device_message *up)
{
    static const uint32_t mandatory = PROTECTION_SECCOMP | PROTECTION_NODUMP;
    char why[512];

    bool unconfined =
        device->states.tool != STATES_TOOL_NONE && up->numbers[0] == DEVICE_UNCONFINED;

    tenant->protections = unconfined ? 0 : (uint32_t)up->numbers[0];
    tenant->up = true;
    snprintf(tenant->missing, sizeof tenant->missing, "%.*s", (int)up->bytes.size,
             (const char *)up->bytes.data);
    if (!unconfined && (tenant->protections & mandatory) != mandatory) {
        snprintf(why, sizeof why, "device: mandatory protections are missing: %.400s",
                 tenant->missing);
        tenant_break(device, tenant, CC_ERROR_NO_DEVICE, why);
        return;
    }
    missing_say(device, tenant);
    connections_answer_status(device, tenant);
}

static void zygote_ready(struct device *device, struct source *source)
{
    static struct link_packet packet;
    struct tenant *tenant = source->owner;
    enum link_status status;

    if (tenant->spare >= 0)
        close(tenant->spare);
    tenant->spare = -1;
    status = link_try_recv(source->fd, &packet);

    /* SPAWNED may be still to come: nobody else gets its place. */
    if (status == LINK_AGAIN || (status == LINK_OK && packet.message.type != DEVICE_SPAWNED))
        tenant_spare_keep(device, tenant);
    if (status == LINK_AGAIN)
        return;
    if (status != LINK_OK) {
        zygote_lost(device, tenant);
        return;
    }
    if (packet.message.type == DEVICE_ZYGOTE_UP)
        zygote_is_up(device, tenant, &packet.message);
    else if (packet.message.type == DEVICE_SPAWNED)
        enclave_spawned(device, tenant, &packet);
    else if (packet.message.type == DEVICE_ENDED)
        enclave_ended(device, tenant, &packet.message);
    link_packet_done(&packet);
}

struct command {
    char count[8], uid[16], file[32];
    const char *path;
    char *argv[8];
    char *envp[1];
    struct pretend_tool tool;
};

/* The very file that was opened to be measured, whatever stands at its path by now; under a tool,
 * of a device that pretends, by its path. */
static cc_enclave_result_t command_make(const struct device *device, const struct tenant *tenant,
                                        struct command *command)
{
    const struct tcb *tcb = &device->tcb;
    bool confined = device->states.tool == STATES_TOOL_NONE;
    cc_enclave_result_t rc = confined ? CC_SUCCESS : pretend_tool_find(device, &command->tool);
    size_t at = 0;

    snprintf(command->count, sizeof command->count, "%zu", tcb->library_count);
    snprintf(command->uid, sizeof command->uid, "%u", tenant->enclave_uid);
    snprintf(command->file, sizeof command->file, "/proc/self/fd/%d", 4 + (int)tcb->library_count);
    command->path = command->file;
    if (command->tool.valgrind) {
        command->path = "/usr/bin/valgrind";
        command->argv[at++] = (char *)(uintptr_t) "valgrind";
        command->argv[at++] = (char *)(uintptr_t) "--leak-check=full";
        command->argv[at++] = (char *)(uintptr_t)tcb->zygote;
    } else {
        command->argv[at++] = (char *)(uintptr_t) "secgear-zygote";
    }
    command->argv[at++] = command->count;
    command->argv[at++] = command->uid;
    if (!confined)
        command->argv[at++] =
            (char *)(uintptr_t)(command->tool.valgrind ? DEVICE_UNCONFINED_NAMED_WORD
                                                       : DEVICE_UNCONFINED_WORD);
    return rc;
}

/* An empty environment; descriptors 3 (to us), 4.. (libraries), then its own file, nothing else. */
static int zygote_spawn(const struct device *device, struct command *command, int zygote_end)
{
    const struct tcb *tcb = &device->tcb;
    bool confined = device->states.tool == STATES_TOOL_NONE;
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none, defaults;
    pid_t pid;
    int failed;

    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, zygote_end, 3);
    for (size_t i = 0; i <= tcb->library_count; i++) /* the zygote's file is behind them */
        posix_spawn_file_actions_adddup2(&actions, tcb->parts[i].fd, 4 + (int)i);
    posix_spawn_file_actions_addclosefrom_np(&actions, 5 + (int)tcb->library_count);
    posix_spawnattr_init(&attributes);
    sigemptyset(&none);
    sigfillset(&defaults);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &defaults);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    failed = posix_spawn(&pid, command->path, &actions, &attributes, command->argv,
                         confined ? command->envp : command->tool.environment);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return failed;
}

cc_enclave_result_t tenant_ensure(struct device *device, struct tenant *tenant)
{
    struct command command = {.path = NULL};
    int pair[2], far, failed;
    cc_enclave_result_t rc;

    if (tenant->zygote.fd >= 0)
        return CC_SUCCESS;
    rc = command_make(device, tenant, &command);
    if (rc != CC_SUCCESS)
        return rc;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
        return detail_fail(CC_ERROR_NO_DEVICE, "device: no socket for its zygote: %s",
                           strerror(errno));
    far = fcntl(pair[1], F_DUPFD_CLOEXEC, TCB_FD_FIRST); /* a source of dup2 above its targets */
    close(pair[1]);
    failed = far >= 0 ? zygote_spawn(device, &command, far) : errno;
    if (far >= 0)
        close(far);
    fcntl(pair[0], F_SETFL, O_NONBLOCK);
    tenant->zygote = (struct source){pair[0], zygote_ready, tenant};
    tenant->broken = CC_SUCCESS;
    if (failed == 0 && source_watch(device, &tenant->zygote))
        return CC_SUCCESS;
    close(pair[0]);
    tenant->zygote.fd = -1;
    return detail_fail(CC_ERROR_NO_DEVICE, "device: %s can not be started: %s", device->tcb.zygote,
                       failed != 0 ? strerror(failed) : "it can not be watched");
}

static void tenant_free(struct device *device, struct tenant *tenant)
{
    struct tenant **at = &device->tenants;

    while (*at != tenant)
        at = &(*at)->next;
    *at = tenant->next;
    source_drop(device, &tenant->zygote);
    image_cache_done(&tenant->images);
    if (tenant->spare >= 0)
        close(tenant->spare);
    free(tenant);
}

/* Whoever has nothing here gives way. */
static bool tenant_make_room(struct device *device)
{
    size_t count = 0;
    struct tenant *idle = NULL;

    for (struct tenant *t = device->tenants; t != NULL; t = t->next) {
        count++;
        if (t->connection_count == 0 && t->enclave_count == 0)
            idle = t;
    }
    if (count < TENANTS_MAX)
        return true;
    if (idle != NULL)
        tenant_free(device, idle);
    return idle != NULL;
}

static bool enclave_uid_taken(const struct device *device, uid_t uid)
{
    for (const struct tenant *t = device->tenants; t != NULL; t = t->next)
        if (t->enclave_uid == uid)
            return true;
    return false;
}

struct tenant *tenant_of(struct device *device, uid_t uid)
{
    struct tenant *tenant = device->tenants;

    while (tenant != NULL && tenant->uid != uid)
        tenant = tenant->next;
    if (tenant != NULL || !tenant_make_room(device))
        return tenant;
    tenant = calloc(1, sizeof *tenant);
    if (tenant == NULL)
        return NULL;
    tenant->uid = uid;
    tenant->zygote.fd = tenant->spare = -1;
    if (geteuid() == 0) {
        tenant->enclave_uid = ENCLAVE_UID_FIRST;
        while (enclave_uid_taken(device, tenant->enclave_uid))
            tenant->enclave_uid++;
    }
    tenant->next = device->tenants;
    device->tenants = tenant;
    return tenant;
}
