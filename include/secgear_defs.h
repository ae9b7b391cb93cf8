/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * secgear_defs.h - small macros of both sides: export marker, array length, and wrappers over
 * pthread calls whose result the caller has decided to ignore (they need <pthread.h>).
 */
#ifndef __SECGEAR_DEFS_H__
#define __SECGEAR_DEFS_H__

#define CC_ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define CC_IGNORE(x) ((void)(x))

#ifndef CC_API_SPEC
#define CC_API_SPEC __attribute__((visibility("default")))
#endif

#define CC_RWLOCK_LOCK_WR(lock) CC_IGNORE(pthread_rwlock_wrlock(lock))
#define CC_RWLOCK_LOCK_RD(lock) CC_IGNORE(pthread_rwlock_rdlock(lock))
#define CC_RWLOCK_UNLOCK(lock) CC_IGNORE(pthread_rwlock_unlock(lock))

#define CC_MUTEX_INIT(mutex, attr) CC_IGNORE(pthread_mutex_init((mutex), (attr)))
#define CC_MUTEX_DESTROY(mutex) CC_IGNORE(pthread_mutex_destroy(mutex))
#define CC_MUTEX_LOCK(mutex) CC_IGNORE(pthread_mutex_lock(mutex))
#define CC_MUTEX_UNLOCK(mutex) CC_IGNORE(pthread_mutex_unlock(mutex))

#define CC_COND_INIT(cond, attr) CC_IGNORE(pthread_cond_init((cond), (attr)))
#define CC_COND_SIGNAL(cond) CC_IGNORE(pthread_cond_signal(cond))
#define CC_COND_BROADCAST(cond) CC_IGNORE(pthread_cond_broadcast(cond))
#define CC_COND_WAIT(cond, mutex) CC_IGNORE(pthread_cond_wait((cond), (mutex)))
#define CC_COND_DESTROY(cond) CC_IGNORE(pthread_cond_destroy(cond))

#define CC_THREAD_ATTR_INIT(attr) CC_IGNORE(pthread_attr_init(attr))
#define CC_THREAD_ATTR_DESTROY(attr) CC_IGNORE(pthread_attr_destroy(attr))

#endif
