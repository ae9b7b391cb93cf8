# SPDX-License-Identifier: MulanPSL-2.0
# Loaded by `secgear gdb` into gdb: each debug enclave that the program creates becomes an inferior of
# the same session, with the symbols of its image and of the libraries below it.
#
# cc_enclave_create() is watched; when it returns, the program holds a pidfd of each enclave, which
# names the process. An enclave's objects are memory files without a path, so their symbols are
# loaded by hand from the files that they were copied from.
import gdb
import os
import re

LIBDIRS = [d for d in os.environ.get("SECGEAR_GDB_LIBDIR", "").split(":") if d]
IMAGE = re.compile(r"^/memfd:sg-image( \(deleted\))?$")
LIBRARY = re.compile(r"^/memfd:([^/ ]+)( \(deleted\))?$")


def enclave_pids(host):
    """Processes that the host holds a pidfd of and that are enclaves: all others it has are its own."""
    pids = []
    folder = "/proc/%d/fdinfo" % host
    for fd in os.listdir(folder):
        try:
            with open("%s/%s" % (folder, fd)) as info:
                found = re.search(r"^Pid:\s*(\d+)$", info.read(), re.M)
        except OSError:
            continue
        if found and maps_of(int(found.group(1))):
            pids.append(int(found.group(1)))
    return pids


def maps_of(pid):
    """{object: the address it is loaded at}, of a process that has an image; {} of others."""
    objects = {}
    try:
        with open("/proc/%d/maps" % pid) as maps:
            for line in maps:
                part = line.split(None, 5)
                if len(part) == 6 and int(part[2], 16) == 0:
                    objects.setdefault(part[5].strip(), int(part[0].split("-")[0], 16))
    except OSError:
        return {}
    return objects if any(IMAGE.match(name) for name in objects) else {}


def file_of(name, image):
    """Where symbols of an object are; None: nowhere that is known."""
    if IMAGE.match(name):
        return image if image and os.path.exists(image) else None
    library = LIBRARY.match(name)
    if not library:
        return name if name.startswith("/") and ".so" in name and os.path.exists(name) else None
    for folder in LIBDIRS:
        path = os.path.join(folder, library.group(1))
        if os.path.exists(path):
            return path
    return None


def symbols_add(path, base):
    """Paths come from programs and cores: gdb would run the second line of one as a command."""
    if re.search(r'["\\\x00-\x1f\x7f]', path):
        gdb.write("secgear: no symbols of %s: characters of its path are gdb's\n" % ascii(path))
        return
    try:
        gdb.execute('add-symbol-file "%s" -o 0x%x' % (path, base), to_string=True)
    except gdb.error as error:
        gdb.write("secgear: no symbols of %s: %s\n" % (path, error))


def symbols_load(pid, image):
    for name, base in sorted(maps_of(pid).items(), key=lambda item: item[1]):
        path = file_of(name, image)
        if path is not None:
            symbols_add(path, base)


class Session:
    """What is known of the program and its enclaves."""

    def __init__(self):
        self.attached = set()
        self.enclaves = {}  # number of the inferior: its process
        self.image = None
        self.returned = False

    def attach(self, pid, image):
        host = gdb.selected_inferior()
        auto = gdb.parameter("auto-solib-add")
        gdb.execute("set auto-solib-add off")  # its objects have names that only it can open
        try:
            gdb.execute("add-inferior", to_string=True)
            number = max(i.num for i in gdb.inferiors())
            gdb.execute("inferior %d" % number, to_string=True)
            gdb.execute("attach %d" % pid, to_string=True)
            symbols_load(pid, image)
            self.attached.add(pid)
            self.enclaves[number] = pid
            gdb.write("secgear: enclave %d of %s is inferior %d\n" % (pid, image, number))
        except gdb.error as error:
            gdb.write("secgear: enclave %d can not be attached to: %s\n"
                      "secgear: only a debug enclave can (SECGEAR_DEBUG_FLAG, and an image that allows it), "
                      "and only where ptrace of one's own processes is allowed\n" % (pid, error))
            self.attached.add(pid)
        finally:
            gdb.execute("set auto-solib-add %s" % ("on" if auto else "off"))
            gdb.execute("inferior %d" % host.num, to_string=True)

    def enclave_ended(self):
        """Whether it stands because an enclave did, while its host goes on; then the host is selected."""
        here = gdb.selected_inferior()
        hosts = [i for i in gdb.inferiors() if i.num not in self.enclaves and i.pid != 0]
        if here.pid != 0 or here.num not in self.enclaves or not hosts:
            return False
        gdb.write("secgear: enclave %d has ended\n" % self.enclaves.pop(here.num))
        gdb.execute("inferior %d" % hosts[0].num, to_string=True)
        return True

    def go_on(self, resumes):
        """After a command that ran the program: stops that are ours, not the user's, are passed over."""
        while True:
            if self.returned:
                self.returned = False
                self.attach_new(self.image)
            elif not self.enclave_ended():
                return
            if not resumes:
                return
            try:
                gdb.execute("continue")
            except gdb.error as error:
                if "No such process" not in str(error):  # it ended while gdb looked at it
                    raise
                return

    def attach_new(self, image):
        for pid in enclave_pids(gdb.selected_inferior().pid):
            if pid not in self.attached:
                self.attach(pid, image)


SESSION = Session()


class Created(gdb.FinishBreakpoint):
    def stop(self):
        SESSION.returned = True
        return True

    def out_of_scope(self):
        pass


class Create(gdb.Breakpoint):
    def __init__(self):
        super().__init__("cc_enclave_create", internal=True)
        self.silent = True

    def stop(self):
        register = {"i386:x86-64": "$rdi", "aarch64": "$x0"}.get(
            gdb.selected_frame().architecture().name(), "$rdi")
        try:
            path = gdb.parse_and_eval("(const char *)%s" % register).string()
            if not path.startswith("/"):
                path = os.path.join(os.readlink("/proc/%d/cwd" % gdb.selected_inferior().pid), path)
            SESSION.image = os.path.realpath(path)
        except (gdb.error, OSError, UnicodeDecodeError):
            SESSION.image = None
        Created(gdb.newest_frame(), internal=True).silent = True
        return False


class Backtrace(gdb.Command):
    """secgear-backtrace: the frames of the enclave's thread, then those of the calls into enclaves."""

    def __init__(self):
        super().__init__("secgear-backtrace", gdb.COMMAND_STACK)

    def invoke(self, argument, from_tty):
        selected = gdb.selected_thread()
        gdb.execute("backtrace")
        for inferior in gdb.inferiors():
            for thread in inferior.threads():
                if inferior.num == selected.inferior.num:
                    continue
                thread.switch()
                frames = gdb.execute("backtrace", to_string=True)
                if "cc_enclave_call_function" in frames or "ecall" in frames:
                    gdb.write("called by thread %d.%d:\n%s" % (inferior.num, thread.num, frames))
        selected.switch()


class Attach(gdb.Command):
    """secgear-attach: makes each enclave that the program has an inferior of this session."""

    def __init__(self):
        super().__init__("secgear-attach", gdb.COMMAND_RUNNING)

    def invoke(self, argument, from_tty):
        image = argument or os.environ.get("SECGEAR_GDB_IMAGE")
        SESSION.attach_new(os.path.realpath(image) if image else SESSION.image)


class Core(gdb.Command):
    """secgear-core: symbols of the libraries below an enclave, of which there is a core."""

    def __init__(self):
        super().__init__("secgear-core", gdb.COMMAND_FILES)

    def invoke(self, argument, from_tty):
        for line in gdb.execute("info proc mappings", to_string=True).splitlines():
            part = line.split(None, 4)
            if len(part) == 5 and part[0].startswith("0x") and int(part[3], 16) == 0:
                path = file_of(part[4].strip(), None)
                if path is not None and path != gdb.current_progspace().filename:
                    symbols_add(path, int(part[0], 16))


class GoOn(gdb.Command):
    """Internal: behind commands that run the program."""

    def __init__(self):
        super().__init__("secgear-go-on", gdb.COMMAND_RUNNING)

    def invoke(self, argument, from_tty):
        SESSION.go_on(argument == "resume")


gdb.execute("set breakpoint pending on")
gdb.execute("set schedule-multiple on")  # host and enclave run together
gdb.execute("set print thread-events off")
gdb.execute("set print inferior-events off")
gdb.execute("set confirm off")
GoOn()
for command in ("run", "continue", "jump", "signal"):
    gdb.execute("define hookpost-%s\nsecgear-go-on resume\nend" % command)
for command in ("next", "step", "finish", "until", "advance", "start", "nexti", "stepi"):
    gdb.execute("define hookpost-%s\nsecgear-go-on\nend" % command)
Create()
Backtrace()
Attach()
Core()
