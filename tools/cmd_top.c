/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * secgear top: the table again and again, until q or a signal; the terminal is then as it was.
 * Signals come by a descriptor, so that nothing has to be undone in a handler.
 */
#include "base/text.h"
#include "command.h"
#include "top.h"
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

static const char USAGE[] =
    "usage: secgear top [--once|--json] [--interval SECONDS]\n"
    "\n"
    "      --once               one table, then the end\n"
    "      --json               the same as JSON\n"
    "      --interval SECONDS   between two looks, 1 to 3600 (2)\n"
    "\n"
    "Devices, enclaves, and programs under secgear trace, of all users as far as they may be "
    "seen.\n"
    "Calls and latency are known of programs under secgear trace. q or Ctrl-C ends it.\n";

enum { INTERVAL_DEFAULT_S = 2, INTERVAL_MAX_S = 3600, LINES_DEFAULT = 24, SIGNAL_STATUS = 128 };

struct options {
    bool once, json;
    uint64_t interval_s;
};

static bool options_read(int argc, char **argv, struct options *o)
{
    static const struct option known[] = {{"once", no_argument, NULL, 'o'},
                                          {"json", no_argument, NULL, 'j'},
                                          {"interval", required_argument, NULL, 'i'},
                                          {NULL, 0, NULL, 0}};
    int got;

    o->interval_s = INTERVAL_DEFAULT_S;
    while ((got = option_next(argc, argv, "", known)) != -1) {
        if (got == 'o')
            o->once = true;
        else if (got == 'j')
            o->json = true;
        else if (got != 'i' || !number_parse(optarg, INTERVAL_MAX_S, &o->interval_s) ||
                 o->interval_s == 0)
            return false;
    }
    return optind == argc && !(o->once && o->json);
}

struct screen {
    struct termios before;
    int signals; /* they are read here */
    bool keys;   /* single ones come from standard input */
};

static void text_put(const char *text)
{
    fputs(text, stdout);
    fflush(stdout);
}

/* The other screen of the terminal, without a cursor; keys as they are typed, not shown. */
static void screen_enter(struct screen *screen)
{
    struct termios raw;

    screen->keys = tcgetattr(STDIN_FILENO, &screen->before) == 0;
    if (screen->keys) {
        raw = screen->before;
        raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
        tcsetattr(STDIN_FILENO, TCSANOW, &raw);
    }
    text_put("\033[?1049h\033[?25l");
}

static void screen_leave(const struct screen *screen)
{
    text_put("\033[?25h\033[?1049l");
    if (screen->keys)
        tcsetattr(STDIN_FILENO, TCSANOW, &screen->before);
}

static unsigned screen_lines(void)
{
    struct winsize size;

    return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 ? size.ws_row
                                                                           : LINES_DEFAULT;
}

static bool signals_take(struct screen *screen)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGQUIT);
    sigaddset(&set, SIGTSTP);
    sigaddset(&set, SIGWINCH);
    screen->signals =
        sigprocmask(SIG_BLOCK, &set, NULL) == 0 ? signalfd(-1, &set, SFD_CLOEXEC) : -1;
    return screen->signals >= 0;
}

enum wake { WAKE_LOOK, WAKE_QUIT, WAKE_STOP };

/* Until the next look is due, or somebody wants something. */
static enum wake wait_for(const struct screen *screen, uint64_t interval_s, int *ret_signal)
{
    struct pollfd from[2] = {{.fd = screen->signals, .events = POLLIN},
                             {.fd = screen->keys ? STDIN_FILENO : -1, .events = POLLIN}};
    struct signalfd_siginfo signal;
    char key = 0;

    if (poll(from, 2, (int)interval_s * 1000) <= 0)
        return WAKE_LOOK;
    if ((from[0].revents & POLLIN) && read(screen->signals, &signal, sizeof signal) > 0) {
        *ret_signal = (int)signal.ssi_signo;
        if (signal.ssi_signo == SIGWINCH)
            return WAKE_LOOK;
        return signal.ssi_signo == SIGTSTP ? WAKE_STOP : WAKE_QUIT;
    }
    if (from[1].revents == 0)
        return WAKE_LOOK;
    if (read(STDIN_FILENO, &key, 1) != 1 || key == 'q' || key == 'Q') {
        *ret_signal = 0;
        return WAKE_QUIT;
    }
    return WAKE_LOOK;
}

static int live(const struct options *o)
{
    static struct top_moment moments[2];
    struct top_moment *now = &moments[0], *before = NULL;
    struct screen screen;
    int signal = 0;
    enum wake wake;

    if (!signals_take(&screen))
        return EXIT_FAILURE;
    screen_enter(&screen);
    do {
        top_look(before, now);
        fputs("\033[H\033[J", stdout);
        top_text_print(now, screen_lines(), stdout);
        fflush(stdout);
        before = now;
        now = &moments[before == &moments[0]];
        wake = wait_for(&screen, o->interval_s, &signal);
        if (wake == WAKE_STOP) {
            screen_leave(&screen);
            raise(SIGSTOP);
            screen_enter(&screen);
        }
    } while (wake != WAKE_QUIT && !ferror(stdout));
    screen_leave(&screen);
    close(screen.signals);
    return signal == 0 ? EXIT_SUCCESS : SIGNAL_STATUS + signal;
}

/* Two looks, for the rates. */
static int once(const struct options *o)
{
    static struct top_moment first, second;
    struct timespec rest = {.tv_sec = (time_t)o->interval_s};

    top_look(NULL, &first);
    while (nanosleep(&rest, &rest) != 0 && errno == EINTR)
        ;
    top_look(&first, &second);
    if (o->json)
        return top_json_print(&second) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
    top_text_print(&second, 0, stdout);
    return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int cmd_top(int argc, char **argv)
{
    struct options o = {.once = false};

    if (command_help(argc, argv, USAGE))
        return EXIT_SUCCESS;
    if (!options_read(argc, argv, &o))
        return command_usage();
    if (o.once || o.json)
        return once(&o);
    if (!isatty(STDOUT_FILENO)) {
        fputs("secgear top: standard output is no terminal: --once or --json\n", stderr);
        return EXIT_USAGE;
    }
    return live(&o);
}
