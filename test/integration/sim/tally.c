/* SPDX-License-Identifier: MulanPSL-2.0 */
/* A library that no device has: an image brings it (secgear sign --library). */
int tally(int add);

static int total;

__attribute__((constructor)) static void begin(void)
{
    total = 40;
}

__attribute__((visibility("default"))) int tally(int add)
{
    return total += add;
}
