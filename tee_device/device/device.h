/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * device.h - the device's state: who is connected, which enclaves there are, and what each waits
 * for. One thread, one epoll loop; nothing in it waits for a host, an enclave or a zygote.
 *
 *   connection --CREATE--> QUEUED --SPAWN to zygote--> SPAWNING --SPAWNED--> STARTING --READY-->
 *   RUNNING --exit--> DEAD;   any state --DESTROY, or the connection ends--> gone
 *
 * A tenant is a user: a zygote of its own, so that no two users' enclaves are forks of one process,
 * and an enclave uid of its own. A client is a process of a tenant; its connections end with it. An
 * embedded device has one tenant, and its one host is no client: the device ends with it.
 *
 * Layer: tee_device/device. Threads: one.
 */
#ifndef DEVICE_DEVICE_H
#define DEVICE_DEVICE_H

#include "image_cache.h"
#include "io/link.h"
#include "io/sealed.h"
#include "keys.h"
#include "tcb.h"
#include "wire/states.h"
#include "wire/switchless.h"
#include "wire/window.h"
#include <sys/types.h>

enum {
    START_TIMEOUT_MS = 10000,
    /* Of a device that serves several users, for each of them: what one takes the others keep. */
    TENANTS_MAX = 32,
    TENANT_ENCLAVES_MAX = 1024,
    TENANT_STARTING_MAX = 16,
    SERVED_IMAGE_MAX = 64 * 1024 * 1024,
    TENANT_CONNECTIONS_MAX = TENANT_ENCLAVES_MAX + 64,
    ENCLAVE_UID_FIRST = 60700, /* needs no passwd entry; systemd gives these to nobody */
};

struct device;
struct source;
typedef void (*source_ready)(struct device *device, struct source *source);

/* Something epoll watches; owner is found by the handler. */
struct source {
    int fd; /* -1: not watched */
    source_ready ready;
    void *owner;
};

enum enclave_state {
    ENCLAVE_QUEUED,
    ENCLAVE_SPAWNING,
    ENCLAVE_STARTING,
    ENCLAVE_RUNNING,
    ENCLAVE_DEAD,
};

struct tenant {
    struct tenant *next;
    uid_t uid;            /* whose programs; of an embedded device, ours */
    uid_t enclave_uid;    /* 0: enclaves run as the device does */
    struct source zygote; /* fd -1: none, the next request starts it */
    int spare;            /* -1: none; keeps a place for the descriptor that comes with SPAWNED */
    bool up;
    uint32_t protections;
    char missing[1024];         /* what does not work here and why */
    cc_enclave_result_t broken; /* why its zygote makes no enclave; CC_SUCCESS: it does */
    char broken_detail[DEVICE_DETAIL_MAX];
    struct image_cache images;
    size_t connection_count;
    size_t enclave_count;
    uint64_t created_count;
    uint64_t report_count;
    uint64_t ended_calls; /* of enclaves that are gone */
};

struct client {
    struct client *next;
    struct tenant *tenant;
    pid_t pid;
    struct source exit; /* pidfd: a fork of it keeps its sockets open */
    size_t connection_count;
};

struct enclave {
    struct enclave *next;
    struct tenant *tenant;
    struct connection *connection; /* NULL: its host is gone, so will it be */
    enum enclave_state state;
    bool destroy_asked; /* answer DESTROYED once it is dead */
    bool debug;
    bool dumpable;
    bool traced;
    bool held;
    uint64_t steps;     /* requests so far, for what a test device pretends */
    bool died_starting; /* the zygote will say how */
    uint32_t how;       /* it ended: struct window_control.ended */
    uint64_t process;   /* as the zygote counts; 0: none, or another one's by now */
    uint64_t window_address;
    uint64_t deadline_ms; /* while STARTING */
    struct image_identity identity;
    uint8_t registers[REPORT_REGISTER_COUNT][REPORT_HASH_SIZE];
    struct window_layout layout;
    void *slots; /* our mapping of control page and slots, to wake callers */
    size_t slots_size;
    struct switchless_config switchless; /* tworkers 0: none */
    int image_fd;
    int window_fd;
    int control_far; /* the enclave's end, until it is sent */
    struct source control;
    struct source exit; /* pidfd */
};

struct connection {
    struct connection *next;
    struct source source;
    struct tenant *tenant;
    struct client *client;   /* NULL: the host of an embedded device */
    struct enclave *enclave; /* at most one */
    bool status_asked;       /* to be answered once the zygote has said what works here */
};

struct device {
    int epoll;
    struct source host;      /* embedded: the first socket; its end is ours */
    struct source host_pid;  /* embedded: pidfd of the host, since a fork of it keeps the socket */
    struct source listener;  /* serving: where clients come in; fd -1 when embedded */
    const char *socket_path; /* ours to remove at the end; NULL: none */
    int reserve;             /* serving: given up to turn somebody away when descriptors run out */
    bool said_missing;
    bool starter_clean;
    enum report_level level;
    cc_enclave_result_t broken; /* why no enclave can be made; CC_SUCCESS: none */
    char broken_detail[DEVICE_DETAIL_MAX];
    const char *state_folder;
    const char *states_text; /* what it pretends, as in its reports; "": nothing */
    struct states states;
    uint64_t steps; /* requests so far */
    struct device_keys keys;
    struct tcb tcb;
    struct tenant *tenants;
    struct client *clients;
    struct connection *connections;
    struct enclave *enclaves;
};

bool source_watch(struct device *device, struct source *source);
void source_drop(struct device *device, struct source *source); /* closes */
uint64_t now_ms(void);

/* server.c */
void device_serve(struct device *device) __attribute__((noreturn));
void connection_fail(struct connection *connection, cc_enclave_result_t code, const char *detail);
void connection_add(struct device *device, int fd, struct tenant *tenant, struct client *client);
void connection_end(struct device *device, struct connection *connection);
void connections_answer_status(struct device *device, const struct tenant *tenant);
void device_break(struct device *device, cc_enclave_result_t code, const char *detail);

/* tenant.c */
struct tenant *tenant_of(struct device *device, uid_t uid); /* found or made; NULL: too many */
/* Starts its zygote unless there is one. */
cc_enclave_result_t tenant_ensure(struct device *device, struct tenant *tenant)
    __attribute__((warn_unused_result));
bool tenant_spare_keep(struct device *device, struct tenant *tenant); /* false: none is free */
uint32_t tenant_protections(const struct device *device, const struct tenant *tenant);

/* client.c: those who come in by the listening socket. */
bool clients_listen(struct device *device, int listener);
void client_leave(struct device *device, struct client *client); /* one connection less */

/* renew.c */
void connection_renew(struct device *device, struct connection *connection,
                      const struct device_message *request);
void connection_request(struct device *device, struct connection *connection);

/* status.c */
void connection_status(struct device *device, struct connection *connection);

/* build.c: image, window and control socket of a new one, as CREATE asks. */
cc_enclave_result_t enclave_build(const struct device *device, struct enclave *enclave,
                                  const struct device_message *create, int file)
    __attribute__((warn_unused_result));

/* enclaves.c */
void enclave_kill(struct enclave *enclave);
void enclave_heard(struct device *device, struct source *source); /* its control socket */
uint64_t enclave_flags(const struct enclave *enclave);            /* granted: enum device_flag */
void enclave_create(struct device *device, struct connection *connection,
                    struct link_packet *packet);
void enclave_destroy(struct device *device, struct connection *connection);
void enclave_orphan(struct device *device, struct enclave *enclave); /* its host is gone */
void enclaves_spawn_next(struct device *device);
void enclave_spawned(struct device *device, struct tenant *tenant, struct link_packet *packet);
void enclave_ended(struct device *device, const struct tenant *tenant,
                   const struct device_message *ended);
/* Those of the tenant that do not run yet never will. */
void enclaves_fail(struct device *device, const struct tenant *tenant, cc_enclave_result_t code,
                   const char *detail);
uint64_t enclave_calls(const struct enclave *enclave);
void enclaves_expire(struct device *device);
int enclaves_timeout_ms(const struct device *device); /* -1: none */
uint32_t enclave_protections(const struct device *device, const struct enclave *enclave);
enum report_level enclave_level(const struct device *device, const struct enclave *enclave);

/* serving.c: answers a request of a running enclave; false: it is none. */
bool enclave_serve(struct device *device, struct enclave *enclave,
                   const struct device_message *request);

/* reporting.c */
/* Who it is, on what; purpose, origin and user data are left to the caller. */
bool enclave_describe(struct device *device, const struct enclave *enclave,
                      struct report_body *ret_body);
void enclave_extend(struct device *device, struct enclave *enclave,
                    const struct device_message *request);
void enclave_report(struct device *device, struct enclave *enclave,
                    const struct device_message *request);

/* sealing.c */
void enclave_seal_key(struct device *device, struct enclave *enclave,
                      const struct device_message *request);
void enclave_identity(struct device *device, struct enclave *enclave);

void connection_report(struct device *device, struct connection *connection,
                       const struct device_message *request);

/* local.c */
/* The nth, from 0, of this tenant that runs under the UUID; NULL: there is none. */
const struct enclave *enclave_running(const struct device *device, const struct tenant *tenant,
                                      const uint8_t *uuid, uint64_t nth);
void enclave_local_report(struct device *device, struct enclave *enclave,
                          const struct device_message *request);
void enclave_report_key(struct device *device, struct enclave *enclave);
void enclave_attest(struct device *device, struct enclave *enclave,
                    const struct device_message *request);

/* counting.c */
void enclave_count(struct device *device, struct enclave *enclave,
                   const struct device_message *request);

#endif
