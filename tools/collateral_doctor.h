/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * collateral_doctor.h - secgear doctor collateral: why collateral can not be had or does not hold.
 * Layer: tools. Threads: one.
 */
#ifndef TOOLS_COLLATERAL_DOCTOR_H
#define TOOLS_COLLATERAL_DOCTOR_H

#include "collateral.h"

int collateral_doctor_run(int argc, char **argv);

/* cmd_collateral.c: the vendors' services, or what the environment names. */
void sources_default(struct sources *ret_sources);
/* Prints a line for each file and what ends next; EXIT_FAILURE when something is past its end. */
int collateral_show(const char *folder, uint64_t now_s);

#endif
