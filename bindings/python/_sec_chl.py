# SPDX-License-Identifier: MulanPSL-2.0
"""What sec_chl_client and sec_chl_server share: finding the libraries, and `ffi`, the few names of cffi that
programs written for secGear's Python modules use. ctypes only: nothing is compiled."""
import ctypes
import os
import sys

LIB_FROM_HERE = "@LIB_FROM_PYTHON@"  # set by make install
SEND = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t)
BAD_PARAMETERS = 0xFFFF0006


class ConnKit(ctypes.Structure):
    _fields_ = [("send", SEND), ("conn", ctypes.c_void_p)]


def library(name, mode=ctypes.DEFAULT_MODE):
    """The library beside these modules, as it was installed; else wherever the loader finds it."""
    here = os.path.join(os.path.dirname(os.path.realpath(__file__)), LIB_FROM_HERE, name)
    return ctypes.CDLL(here if os.path.exists(here) else name, mode=mode)


def function(lib, name, result, *arguments):
    found = getattr(lib, name)
    found.restype, found.argtypes = result, arguments
    return found


class Ffi:
    """callback, buffer, new and NULL as cffi has them, for the types that these modules hand out."""

    NULL = None

    @staticmethod
    def callback(signature, called=None):
        """int (void *, unsigned char *, size_t), the only signature that is used here; also as a decorator."""
        if signature.count(",") != 2:
            raise TypeError("ffi.callback: int(void *, unsigned char *, size_t) is what can be called back")
        return Ffi._wrap if called is None else Ffi._wrap(called)

    @staticmethod
    def _wrap(called):
        def guarded(conn, data, count):
            try:
                result = called(conn, data, count)
                return 0 if result is None else int(result)
            except Exception:  # nobody above could catch it: a failed send, for the library
                sys.excepthook(*sys.exc_info())
                return -1

        return SEND(guarded)

    @staticmethod
    def buffer(data, count):
        """The bytes at data, as a copy: the library's memory may be gone later."""
        return ctypes.string_at(data, count)

    @staticmethod
    def new(kind, value):
        """unsigned char[] or char[] from bytes or a size; a NUL follows bytes, as in cffi."""
        if "char" not in kind or "[]" not in kind:
            raise TypeError("ffi.new: char[] is what can be made")
        return ctypes.create_string_buffer(value)


ffi = Ffi()


def sender(callback):
    """A send hook: one of ffi.callback(), or a function that has not been through it."""
    return callback if isinstance(callback, SEND) else Ffi.callback("int(void *, unsigned char *, size_t)", callback)


def read_only(data):
    """bytes of what is bytes-like, without a copy when it is bytes already."""
    return data if isinstance(data, bytes) else bytes(data)
