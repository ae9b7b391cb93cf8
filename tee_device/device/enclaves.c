/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "device.h"
#include "base/detail.h"
#include "pretend.h"
#include "wire/crash.h"
#include "wire/spawn.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static void close_if(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* As its host counts them: a number for people. */
uint64_t enclave_calls(const struct enclave *enclave)
{
    uint64_t calls = 0;

    for (uint32_t i = 0; enclave->slots != NULL && i < enclave->layout.tcs_count; i++)
        calls += atomic_load_explicit(window_calls_at(enclave->slots, &enclave->layout, i),
                                      memory_order_relaxed);
    return calls;
}

static void enclave_free(struct device *device, struct enclave *enclave)
{
    struct enclave **at = &device->enclaves;

    while (*at != NULL && *at != enclave)
        at = &(*at)->next;
    if (*at != NULL)
        *at = enclave->next;
    if (enclave->connection != NULL)
        enclave->connection->enclave = NULL;
    enclave->tenant->ended_calls += enclave_calls(enclave);
    enclave->tenant->enclave_count--;
    source_drop(device, &enclave->control);
    source_drop(device, &enclave->exit);
    close_if(&enclave->image_fd);
    close_if(&enclave->window_fd);
    close_if(&enclave->control_far);
    if (enclave->slots != NULL)
        munmap(enclave->slots, enclave->slots_size);
    free(enclave);
}

uint32_t enclave_protections(const struct device *device, const struct enclave *enclave)
{
    uint32_t bits = tenant_protections(device, enclave->tenant);

    return enclave->dumpable ? bits & ~(uint32_t)PROTECTION_NODUMP : bits;
}

enum report_level enclave_level(const struct device *device, const struct enclave *enclave)
{
    return enclave->dumpable ? REPORT_LEVEL_DEBUG : device->level;
}

/* Callers see it at once: the flag first, then each word changes, then they are woken. */
static void slot_release(struct window_slot *slot)
{
    atomic_fetch_or(&slot->word, SLOT_DEAD);
    syscall(SYS_futex, &slot->word, FUTEX_WAKE, INT32_MAX, NULL, NULL, 0);
}

static void callers_release(struct enclave *enclave)
{
    struct window_control *control = enclave->slots;

    if (enclave->slots == NULL)
        return;
    atomic_store(&control->dead, 1);
    for (uint32_t i = 0; i < enclave->layout.tcs_count; i++)
        slot_release(window_slot_at(enclave->slots, &enclave->layout, i));
    for (uint32_t i = 0; i < enclave->switchless.pool; i++)
        slot_release(window_task_at(enclave->slots, &enclave->layout, i));
}

void enclave_kill(struct enclave *enclave)
{
    if (enclave->exit.fd >= 0)
        syscall(SYS_pidfd_send_signal, enclave->exit.fd, SIGKILL, NULL, 0);
}

/* Its host has no window yet: what a debug enclave left there goes with the failure, unread. */
static void crash_pass_on(const struct enclave *enclave, const char *detail)
{
    uint8_t bytes[CRASH_SIZE + DEVICE_DETAIL_MAX];
    struct writer w = writer_over(bytes, sizeof bytes);
    struct device_message crashed = {.type = DEVICE_CRASHED, .numbers = {CC_ERROR_ENCLAVE_DEAD}};

    crash_copy(enclave->slots, writer_claim(&w, CRASH_SIZE));
    writer_put(&w, view_text(detail));
    crashed.bytes = writer_view(&w);
    link_try_send(enclave->connection->source.fd, &crashed, NULL);
    wipe(bytes, sizeof bytes); /* registers */
}

static void start_died(struct device *device, struct enclave *enclave)
{
    char how[WINDOW_ENDED_TEXT_ROOM], detail[DEVICE_DETAIL_MAX];

    window_ended_text(enclave->how, how);
    snprintf(detail, sizeof detail,
             "enclave: it ended while starting (constructors only compute): %s", how);
    if (enclave->debug && enclave->slots != NULL &&
        atomic_load(&crash_at(enclave->slots)->state) != CRASH_NONE)
        crash_pass_on(enclave, detail);
    else
        connection_fail(enclave->connection, CC_ERROR_ENCLAVE_DEAD, detail);
    enclave_free(device, enclave);
}

/* It ended, by itself, by us or by the kernel. */
static void enclave_died(struct device *device, struct enclave *enclave)
{
    enum enclave_state before = enclave->state;

    enclave->state = ENCLAVE_DEAD;
    callers_release(enclave);
    source_drop(device, &enclave->control);
    source_drop(device, &enclave->exit);
    if (enclave->connection == NULL) {
        enclave_free(device, enclave);
    } else if (enclave->destroy_asked) {
        struct device_message destroyed = {.type = DEVICE_DESTROYED};

        link_try_send(enclave->connection->source.fd, &destroyed, NULL);
        enclave_free(device, enclave);
    } else if (before == ENCLAVE_STARTING) {
        enclave->died_starting = true;
        if (enclave->how != 0)
            start_died(device, enclave);
    }
}

static void start_failed(struct device *device, struct enclave *enclave, cc_enclave_result_t code,
                         const char *detail)
{
    if (enclave->connection != NULL) {
        connection_fail(enclave->connection, code, detail);
        enclave->connection->enclave = NULL;
        enclave->connection = NULL;
    }
    enclave_kill(enclave);
    if (enclave->exit.fd < 0)
        enclave_free(device, enclave);
}

uint64_t enclave_flags(const struct enclave *enclave)
{
    return (enclave->debug ? DEVICE_FLAG_DEBUG : 0u) |
           (enclave->dumpable ? DEVICE_FLAG_DUMPABLE : 0u) |
           (enclave->traced ? DEVICE_FLAG_TRACED : 0u) | (enclave->held ? DEVICE_FLAG_HELD : 0u);
}

static void start_done(struct device *device, struct enclave *enclave)
{
    struct device_message created = {
        .type = DEVICE_CREATED,
        .numbers = {enclave->layout.size, enclave->layout.tcs_count, enclave_flags(enclave),
                    enclave_protections(device, enclave), device->level,
                    enclave->identity.manifest.heap_size},
        .bytes = VIEW_OF(enclave->identity.uuid.bytes),
    };
    int fds[2] = {enclave->window_fd, enclave->exit.fd};

    enclave->state = ENCLAVE_RUNNING;
    enclave->deadline_ms = 0;
    enclave->tenant->created_count++;
    if (enclave->connection == NULL ||
        link_try_send(enclave->connection->source.fd, &created, fds) != LINK_OK)
        enclave_kill(enclave);
    close_if(&enclave->window_fd);
}

static void control_message(struct device *device, struct enclave *enclave,
                            const struct device_message *m)
{
    char detail[DEVICE_DETAIL_MAX + 1];

    if (pretend_step(device, enclave))
        return;
    if (enclave->state == ENCLAVE_STARTING && m->type == DEVICE_READY) {
        if (m->numbers[0] == CC_SUCCESS) {
            start_done(device, enclave);
            return;
        }
        memcpy(detail, m->bytes.data != NULL ? m->bytes.data : (const uint8_t *)"", m->bytes.size);
        detail[m->bytes.size] = '\0';
        start_failed(device, enclave, (cc_enclave_result_t)m->numbers[0], detail);
    } else if (!enclave_serve(device, enclave, m)) {
        enclave_kill(enclave); /* it does not speak our protocol any more */
    }
}

/* Attacker: the enclave. One message of it, if there is one. */
static enum link_status control_take(struct device *device, struct enclave *enclave)
{
    static struct link_packet packet;
    enum link_status status = link_try_recv(enclave->control.fd, &packet);

    if (status != LINK_OK)
        return status;
    control_message(device, enclave, &packet.message);
    link_packet_done(&packet);
    return LINK_OK;
}

void enclave_heard(struct device *device, struct source *source)
{
    struct enclave *enclave = source->owner;
    enum link_status status = control_take(device, enclave);

    if (status == LINK_OK || status == LINK_AGAIN)
        return;
    source_drop(device, source); /* its exit is reported by the pidfd */
    enclave_kill(enclave);
}

/* What it said before it ended comes first: often the reason. */
static void exit_ready(struct device *device, struct source *source)
{
    struct enclave *enclave = source->owner;

    while (enclave->control.fd >= 0 && control_take(device, enclave) == LINK_OK)
        ;
    enclave_died(device, enclave);
}

static void how_tell(struct enclave *enclave, uint32_t how)
{
    struct window_control *control = enclave->slots;

    enclave->how = how;
    if (control == NULL)
        return;
    atomic_store(&control->ended, how);
    syscall(SYS_futex, &control->ended, FUTEX_WAKE, INT32_MAX, NULL, NULL, 0);
}

/* The zygote, as the parent, knows how; its word may come before or after that of the pidfd. */
void enclave_ended(struct device *device, const struct tenant *tenant,
                   const struct device_message *ended)
{
    struct enclave *enclave = device->enclaves;

    while (enclave != NULL && (enclave->tenant != tenant || enclave->process != ended->numbers[0]))
        enclave = enclave->next;
    if (enclave == NULL || ended->numbers[0] == 0)
        return;
    enclave->process = 0; /* may be another one's from now on */
    how_tell(enclave, (uint32_t)ended->numbers[1]);
    if (enclave->died_starting)
        start_died(device, enclave);
    else if (enclave->state != ENCLAVE_DEAD)
        exit_ready(device, &enclave->exit);
}

static struct enclave *enclave_new(struct tenant *tenant)
{
    struct enclave *enclave = calloc(1, sizeof *enclave);

    if (enclave == NULL)
        return NULL;
    enclave->tenant = tenant;
    tenant->enclave_count++;
    enclave->image_fd = enclave->window_fd = enclave->control_far = enclave->control.fd =
        enclave->exit.fd = -1;
    return enclave;
}

/* Behind all others: enclaves are spawned in the order of their requests. */
static void enclave_enqueue(struct device *device, struct enclave *enclave)
{
    struct enclave **at = &device->enclaves;

    while (*at != NULL)
        at = &(*at)->next;
    *at = enclave;
}

/* What one user of a device that serves several may take of it, in enclaves, memory and time. */
static cc_enclave_result_t share_check(const struct device *device, const struct tenant *tenant,
                                       int image)
{
    size_t starting = 0;
    struct stat st;

    if (device->listener.fd < 0)
        return CC_SUCCESS;
    if (tenant->enclave_count >= TENANT_ENCLAVES_MAX)
        return detail_fail(CC_ERROR_BUSY,
                           "device: this user has %d enclaves, the most one may have",
                           TENANT_ENCLAVES_MAX);
    for (const struct enclave *e = device->enclaves; e != NULL; e = e->next)
        starting += e->tenant == tenant && e->state < ENCLAVE_RUNNING && e->connection != NULL;
    if (starting >= TENANT_STARTING_MAX)
        return detail_fail(CC_ERROR_BUSY,
                           "device: %d enclaves of this user are starting, try later",
                           TENANT_STARTING_MAX);
    if (!sealed_already(image))
        return detail_fail(CC_ERROR_INVALID_ENCLAVE,
                           "device: it takes images as sealed memory files only (memfd_create)");
    if (fstat(image, &st) != 0 || st.st_size > SERVED_IMAGE_MAX)
        return detail_fail(CC_ERROR_INVALID_ENCLAVE,
                           "device: the image has more than the %d bytes that a device for several "
                           "users takes (SECGEAR_DEVICE=embedded starts one of your own)",
                           SERVED_IMAGE_MAX);
    return CC_SUCCESS;
}

void enclave_create(struct device *device, struct connection *connection,
                    struct link_packet *packet)
{
    struct enclave *enclave;
    cc_enclave_result_t rc;

    if (connection->enclave != NULL) {
        connection_fail(connection, CC_ERROR_BAD_STATE, "device: this connection has an enclave");
        return;
    }
    rc = share_check(device, connection->tenant, packet->fds[0]);
    if (rc == CC_SUCCESS)
        rc = pretend_create(device);
    if (rc != CC_SUCCESS) {
        connection_fail(connection, rc, detail_get());
        return;
    }
    enclave = enclave_new(connection->tenant);
    if (enclave == NULL) {
        connection_fail(connection, CC_ERROR_OUT_OF_MEMORY, "device: no memory for an enclave");
        return;
    }
    rc = enclave_build(device, enclave, &packet->message, packet->fds[0]);
    wipe(packet->bytes, sizeof packet->bytes); /* an image's key may stand there */
    if (rc != CC_SUCCESS) {
        connection_fail(connection, rc, detail_get());
        enclave_free(device, enclave);
        return;
    }
    enclave->connection = connection;
    connection->enclave = enclave;
    enclave_enqueue(device, enclave);
}

/* Where the libraries lie in the image's file: behind the ELF file, one after the other. */
static struct view spawn_bytes(const struct enclave *enclave, uint8_t room[static SPAWN_BYTES_MAX])
{
    const struct image_manifest *manifest = &enclave->identity.manifest;
    struct writer w = writer_over(room, SPAWN_BYTES_MAX);
    struct spawn_bytes spawn = {.uuid = enclave->identity.uuid,
                                .library_count = manifest->library_count,
                                .switchless = enclave->switchless};
    uint64_t at = enclave->identity.elf_size;

    for (uint32_t i = 0; i < manifest->library_count; i++) {
        spawn.libraries[i] = (struct spawn_library){at, manifest->libraries[i].size};
        at += manifest->libraries[i].size;
    }
    spawn_encode(&spawn, &w);
    return writer_view(&w);
}

static bool spawn_send(struct enclave *enclave)
{
    const struct image_manifest *manifest = &enclave->identity.manifest;
    struct device_message spawn = {.type = DEVICE_SPAWN};
    uint8_t bytes[SPAWN_BYTES_MAX];
    uint64_t numbers[] = {
        enclave->window_address, enclave->layout.size, manifest->tcs_count,
        manifest->stack_size,    manifest->heap_size,  enclave_flags(enclave),
    };

    memcpy(spawn.numbers, numbers, sizeof numbers);
    spawn.bytes = spawn_bytes(enclave, bytes);
    return link_try_send(enclave->tenant->zygote.fd, &spawn,
                         (int[]){enclave->image_fd, enclave->window_fd, enclave->control_far}) ==
           LINK_OK;
}

/* The first of this tenant that waits for its zygote; NULL: there is none, or one is being made. */
static struct enclave *enclave_next(const struct device *device, const struct tenant *tenant)
{
    struct enclave *next = NULL;

    for (struct enclave *e = device->enclaves; e != NULL; e = e->next) {
        if (e->tenant == tenant && e->state == ENCLAVE_SPAWNING)
            return NULL;
        if (e->tenant == tenant && e->state == ENCLAVE_QUEUED && next == NULL)
            next = e;
    }
    return next;
}

/* One at a time, so that a zygote's socket never fills and answers come in order. */
void enclaves_spawn_next(struct device *device)
{
    for (struct tenant *tenant = device->tenants; tenant != NULL; tenant = tenant->next) {
        struct enclave *next = tenant->up ? enclave_next(device, tenant) : NULL;

        if (next == NULL)
            continue;
        if (!tenant_spare_keep(device, tenant)) {
            start_failed(device, next, CC_ERROR_OUT_OF_MEMORY,
                         "device: too many open descriptors (ulimit -n of the host)");
            continue;
        }
        next->state = ENCLAVE_SPAWNING;
        if (!spawn_send(next))
            start_failed(device, next, CC_ERROR_OUT_OF_MEMORY,
                         "device: the zygote does not answer");
    }
}

void enclaves_fail(struct device *device, const struct tenant *tenant, cc_enclave_result_t code,
                   const char *detail)
{
    for (struct enclave *e = device->enclaves, *next; e != NULL; e = next) {
        next = e->next;
        if (e->tenant == tenant && e->state <= ENCLAVE_STARTING)
            start_failed(device, e, code, detail);
    }
}

/* The pidfd; -1: there is no process. Outside of namespaces its number is ours as well. */
static int process_take(const struct device *device, struct link_packet *packet)
{
    if (packet->message.numbers[0] == CC_SUCCESS)
        return link_take_fd(packet, 0);
    if (device->states.tool != STATES_TOOL_NONE && packet->message.numbers[0] == DEVICE_UNCONFINED)
        return (int)syscall(SYS_pidfd_open, packet->message.numbers[1], 0);
    return -1;
}

static cc_enclave_result_t spawn_code(const struct link_packet *packet)
{
    cc_enclave_result_t code = (cc_enclave_result_t)packet->message.numbers[0];

    return packet->message.numbers[0] == DEVICE_UNCONFINED ? CC_ERROR_OUT_OF_MEMORY : code;
}

void enclave_spawned(struct device *device, struct tenant *tenant, struct link_packet *packet)
{
    struct enclave *enclave = device->enclaves;
    int process;

    while (enclave != NULL && (enclave->tenant != tenant || enclave->state != ENCLAVE_SPAWNING))
        enclave = enclave->next;
    if (enclave == NULL)
        return;
    close_if(&enclave->image_fd);
    close_if(&enclave->control_far);
    enclave->state = ENCLAVE_STARTING;
    enclave->deadline_ms = now_ms() + pretend_timeout_ms(device);
    process = process_take(device, packet);
    if (process < 0) {
        start_failed(device, enclave, spawn_code(packet),
                     "device: no process for the enclave (too many processes, or no memory)");
        return;
    }
    enclave->process = packet->message.numbers[1];
    enclave->exit = (struct source){process, exit_ready, enclave};
    /* It may be ready before the zygote says that it exists: it is heard from now on. */
    if (!source_watch(device, &enclave->exit) || !source_watch(device, &enclave->control)) {
        enclave_kill(enclave);
        source_drop(device, &enclave->exit); /* nobody would tell us of its end */
        start_failed(device, enclave, CC_ERROR_OUT_OF_MEMORY, "device: too many enclaves");
        return;
    }
    if (enclave->connection == NULL || enclave->destroy_asked)
        enclave_kill(enclave);
}

/* Under a tool it may say what it found, for a moment. */
static void enclave_end(const struct device *device, struct enclave *enclave)
{
    if (device->states.tool == STATES_TOOL_NONE || enclave->state != ENCLAVE_RUNNING) {
        enclave_kill(enclave);
        return;
    }
    enclave->deadline_ms = now_ms() + pretend_timeout_ms(device);
    syscall(SYS_pidfd_send_signal, enclave->exit.fd, SIGTERM, NULL, 0);
}

/* Whether time is running out for it. */
static bool is_timed(const struct enclave *enclave)
{
    return enclave->deadline_ms != 0 &&
           (enclave->state == ENCLAVE_STARTING || enclave->state == ENCLAVE_RUNNING);
}

void enclave_destroy(struct device *device, struct connection *connection)
{
    struct enclave *enclave = connection->enclave;
    struct device_message destroyed = {.type = DEVICE_DESTROYED};

    if (enclave == NULL) {
        link_try_send(connection->source.fd, &destroyed, NULL);
        return;
    }
    enclave->destroy_asked = true;
    if (enclave->state == ENCLAVE_DEAD || enclave->state == ENCLAVE_QUEUED)
        enclave_died(device, enclave);
    else
        enclave_end(device, enclave); /* answered when its pidfd says so */
}

void enclave_orphan(struct device *device, struct enclave *enclave)
{
    enclave->connection = NULL;
    if (enclave->state == ENCLAVE_DEAD || enclave->state == ENCLAVE_QUEUED)
        enclave_free(device, enclave);
    else
        enclave_kill(enclave);
}

void enclaves_expire(struct device *device)
{
    uint64_t now = now_ms();

    for (struct enclave *e = device->enclaves, *next; e != NULL; e = next) {
        next = e->next;
        if (is_timed(e) && now >= e->deadline_ms) {
            e->deadline_ms = 0;
            if (e->state == ENCLAVE_RUNNING) {
                enclave_kill(e);
                continue;
            }
            start_failed(device, e, CC_ERROR_TIMEOUT,
                         "enclave: it did not start in time (does a constructor loop?)");
        }
    }
}

int enclaves_timeout_ms(const struct device *device)
{
    uint64_t now = now_ms(), nearest = UINT64_MAX;

    for (const struct enclave *e = device->enclaves; e != NULL; e = e->next)
        if (is_timed(e) && e->deadline_ms < nearest)
            nearest = e->deadline_ms;
    if (nearest == UINT64_MAX)
        return -1;
    return nearest > now ? (int)(nearest - now) : 0;
}
