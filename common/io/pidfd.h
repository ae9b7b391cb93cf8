/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * pidfd.h - the process behind a descriptor, for what the kernel tells by number only.
 * Layer: common/io. Threads: any.
 */
#ifndef CC_IO_PIDFD_H
#define CC_IO_PIDFD_H

/* As our pid namespace counts; 0: it is gone, or not to be seen. Asked again after a use it says
 * whether that was of the same process. */
long pidfd_process(int pidfd);

#endif
