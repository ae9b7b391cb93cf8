# SPDX-License-Identifier: MulanPSL-2.0
"""The host's part of the secure channel, on libusecure_channel. Names and arguments of secGear's module of this name;
one enclave in each process.

The host's functions into the enclave come from the application's EDL. Compile what codegen made of it:
    codegen --secgear --untrusted --untrusted-dir . sc_demo.edl
    cc -shared -fPIC -o libsc_demo_u.so sc_demo_u.c $(pkg-config --cflags --libs libsecgear_urts)
and put it beside the enclave, or name it: sec_chl_open(..., app="..."). The EDL imports secure_channel.edl and has the two
functions of secGear's demonstration, which sec_chl_recv_client_data_ex() and the other one call."""
import ctypes
import os
from ctypes import POINTER, byref, c_bool, c_char_p, c_int, c_size_t, c_uint32, c_void_p

from _sec_chl import BAD_PARAMETERS, ConnKit, ffi, function, library, read_only, sender

__all__ = ["ffi", "sec_chl_call", "sec_chl_close", "sec_chl_error_detail", "sec_chl_get_client_data_handle_result_ex",
           "sec_chl_log_init", "sec_chl_msg_recv_handle", "sec_chl_open", "sec_chl_recv_client_data_ex"]

AUTO_ENCLAVE_TYPE = 3
RESULT_ROOM = 1024  # [out, size=1024] of the demonstration's EDL


class _Enclave(ctypes.Structure):
    """cc_enclave_t: opaque here, with room to spare, aligned as its members are."""

    _fields_ = [("words", ctypes.c_uint64 * 32)]


class _Service(ctypes.Structure):
    _fields_ = [("enclave", POINTER(_Enclave)), ("timerfd", c_int), ("eventfd", c_int), ("is_init", c_bool)]


class _Connection(ctypes.Structure):
    _fields_ = [("service", POINTER(_Service)), ("kit", ConnKit)]


class _Server:
    """Everything of one enclave. The libraries are opened in this order, since the channel's library takes the
    application's functions from what is loaded before it."""

    def __init__(self, send, path, app):
        self.send, self.enclave, self.service = sender(send), _Enclave(), _Service()
        self.urts = library("libsecgear_urts.so.1", ctypes.RTLD_GLOBAL)
        self.app = ctypes.CDLL(app, mode=ctypes.RTLD_GLOBAL)
        self.relay = library("libusecure_channel.so.1")
        self.callback = function(self.relay, "cc_sec_chl_svr_callback", c_uint32, POINTER(_Connection), c_char_p,
                                 c_size_t)
        self.detail = function(self.urts, "cc_enclave_error_detail", c_char_p)
        self.relay_detail = function(self.relay, "cc_sec_chl_svr_error_detail", c_char_p)
        create = function(self.urts, "cc_enclave_create", c_uint32, c_char_p, c_int, c_uint32, c_uint32, c_void_p,
                          c_uint32, POINTER(_Enclave))
        self.result = create(path, AUTO_ENCLAVE_TYPE, 0, 0, None, 0, byref(self.enclave))
        if self.result != 0:
            self.why = self.detail().decode(errors="replace")
            return
        self.service.enclave = ctypes.pointer(self.enclave)
        start = function(self.relay, "cc_sec_chl_svr_init", c_uint32, POINTER(_Service))
        self.result = start(byref(self.service))
        if self.result != 0:
            self.why = self.relay_detail().decode(errors="replace")
            self._destroy()

    def _destroy(self):
        function(self.urts, "cc_enclave_destroy", c_uint32, POINTER(_Enclave))(byref(self.enclave))

    def close(self):
        function(self.relay, "cc_sec_chl_svr_fini", c_uint32, POINTER(_Service))(byref(self.service))
        self._destroy()

    def call(self, name, *arguments):
        value = c_int(-1)
        called = getattr(self.app, name)
        called.restype = c_uint32
        return called(byref(self.enclave), byref(value), *arguments), value.value


_server = None
_why = ""


def sec_chl_log_init(level):
    """b"debug": the host runtime's debug lines, too; takes effect for what is opened later."""
    if read_only(level).lower() == b"debug":
        os.environ["SECGEAR_LOG"] = "debug"
    else:
        os.environ.pop("SECGEAR_LOG", None)


def sec_chl_open(send_callback, enclave_path, app=None):
    """Creates the enclave and starts its channel service; 0, or a code of status.h. send_callback gets a pointer of no
    meaning, a pointer to what is to be sent, and its size, on the thread that handed the request in."""
    global _server, _why
    if _server is not None:
        return BAD_PARAMETERS
    path = os.fsencode(enclave_path)
    app = app or os.environ.get("SEC_CHL_APP") or os.path.join(os.path.dirname(os.fsdecode(path)), "libsc_demo_u.so")
    server = _Server(send_callback, path, app)
    if server.result == 0:
        _server = server
    else:
        _why = server.why
    return server.result


def sec_chl_close():
    """Ends all sessions and the enclave; without one it does nothing."""
    global _server
    server, _server = _server, None
    if server is not None:
        server.close()


def sec_chl_msg_recv_handle(data):
    """Hands a client's message to the enclave; its answer goes out by the send hook before this returns."""
    server = _server
    if server is None:
        return BAD_PARAMETERS
    data, conn = read_only(data), c_int(0)
    connection = _Connection(ctypes.pointer(server.service), ConnKit(server.send, ctypes.addressof(conn)))
    return server.callback(byref(connection), data, len(data))


def sec_chl_call(name, *arguments):
    """Any function of the application's EDL that returns an int: (result of the call, what it returned). Arguments as
    ctypes takes them."""
    return (BAD_PARAMETERS, -1) if _server is None else _server.call(name, *arguments)


def sec_chl_recv_client_data_ex(session_id, data):
    """Hands a record to the enclave's code: (ret, ecall_ret)."""
    data = read_only(data)
    return sec_chl_call("sec_chl_recv_client_data", c_size_t(session_id), data, c_size_t(len(data)))


def sec_chl_get_client_data_handle_result_ex(session_id, room):
    """The enclave's answer: (ret, ecall_ret, bytes)."""
    out, size = ctypes.create_string_buffer(max(room, RESULT_ROOM)), c_size_t(min(room, RESULT_ROOM))
    ret, value = sec_chl_call("sec_chl_get_client_data_handle_result", c_size_t(session_id), out, byref(size))
    return ret, value, out.raw[:size.value] if ret == 0 and value == 0 and size.value <= len(out) else b""


def sec_chl_error_detail():
    """Why this thread's last call failed, in one line."""
    if _server is None:
        return _why
    return (_server.relay_detail() or _server.detail()).decode(errors="replace")
