# SPDX-License-Identifier: MulanPSL-2.0
"""The client's end of the secure channel, on libcsecure_channel. Names and arguments of secGear's module of this
name, and behind them what it has not: sec_chl_open()'s options, sec_chl_attested(), sec_chl_export(),
sec_chl_error_detail(). Functions may be called by any threads; see secure_channel_client(3)."""
import ctypes
import sys
import threading
import weakref
from ctypes import POINTER, byref, c_char_p, c_int, c_size_t, c_uint8, c_uint16, c_uint32, c_uint64, c_void_p

from _sec_chl import BAD_PARAMETERS, ConnKit, ffi, function, library, read_only, sender

__all__ = ["ffi", "sec_chl_attested", "sec_chl_close", "sec_chl_decrypt", "sec_chl_encrypt",
           "sec_chl_error_detail", "sec_chl_export", "sec_chl_key_public", "sec_chl_log_init",
           "sec_chl_msg_recv_handle", "sec_chl_open", "sec_chl_session_id"]

LEN_NOT_ENOUGH = 65


class _Ctx(ctypes.Structure):
    _fields_ = [("session_id", c_size_t), ("conn_kit", ConnKit), ("handle", c_void_p), ("uuid", c_char_p)]


class _Attested(ctypes.Structure):
    _fields_ = [("struct_size", c_uint32), ("level", c_uint32), ("protections", c_uint32),
                ("prod_id", c_uint16), ("svn", c_uint16), ("issued_at_s", c_uint64),
                ("uuid", c_uint8 * 16), ("device_id", c_uint8 * 16), ("mrenclave", c_uint8 * 32),
                ("mrsigner", c_uint8 * 32), ("mrtcb", c_uint8 * 32), ("debug", ctypes.c_bool),
                ("simulated", ctypes.c_bool)]


_JUDGE = ctypes.CFUNCTYPE(c_int, POINTER(_Attested), c_void_p)
_PROVE = ctypes.CFUNCTYPE(c_int, POINTER(c_uint8), POINTER(c_uint8), POINTER(c_size_t), c_void_p)
_LOG = ctypes.CFUNCTYPE(None, c_int, c_char_p, c_void_p)


class _Opts(ctypes.Structure):
    _fields_ = [("struct_size", c_size_t), ("policy_path", c_char_p), ("policy_json", c_char_p),
                ("policy_json_len", c_size_t), ("timeout_ms", c_uint32), ("suites", POINTER(c_uint16)),
                ("suite_count", c_size_t), ("attested", _JUDGE), ("attested_arg", c_void_p),
                ("flags", c_uint64), ("key", c_void_p), ("evidence", _PROVE), ("evidence_arg", c_void_p),
                ("session_age_s", c_uint32), ("rekey_s", c_uint32), ("rekey_records", c_uint64),
                ("rekey_bytes", c_uint64)]


_lib = library("libcsecure_channel.so.1")
_init = function(_lib, "cc_sec_chl_client_init_ex", c_uint32, c_int, POINTER(_Ctx), POINTER(_Opts))
_fini = function(_lib, "cc_sec_chl_client_fini", None, POINTER(_Ctx))
_callback = function(_lib, "cc_sec_chl_client_callback", c_uint32, POINTER(_Ctx), c_char_p, c_size_t)
_encrypt = function(_lib, "cc_sec_chl_client_encrypt", c_uint32, POINTER(_Ctx), c_char_p, c_size_t, c_void_p,
                    POINTER(c_size_t))
_decrypt = function(_lib, "cc_sec_chl_client_decrypt", c_uint32, POINTER(_Ctx), c_char_p, c_size_t, c_void_p,
                    POINTER(c_size_t))
_attested = function(_lib, "cc_sec_chl_client_attested", c_uint32, POINTER(_Ctx), POINTER(_Attested))
_export = function(_lib, "cc_sec_chl_client_export", c_uint32, POINTER(_Ctx), c_char_p, c_char_p, c_size_t, c_void_p,
                   c_size_t)
_key_load = function(_lib, "cc_sec_chl_key_load", c_uint32, c_char_p, c_size_t, POINTER(c_void_p))
_key_public = function(_lib, "cc_sec_chl_key_public", c_uint32, c_void_p, c_void_p)
_key_free = function(_lib, "cc_sec_chl_key_free", None, c_void_p)
_detail = function(_lib, "cc_sec_chl_error_detail", c_char_p)
_set_log = function(_lib, "cc_sec_chl_set_log", None, _LOG, c_void_p)

_why = threading.local()  # text: what the library said of this thread's last failure; freeing things overwrites it
_open = weakref.WeakValueDictionary()  # by address, which is what send hooks get
_log = None


class Channel:
    """What sec_chl_open() gives; only for these functions."""

    def __init__(self, send, uuid):
        self.ctx = _Ctx()
        self.keep = [sender(send), ctypes.create_string_buffer(uuid)]
        self.ctx.conn_kit = ConnKit(self.keep[0], ctypes.addressof(self.ctx))
        self.ctx.uuid = ctypes.cast(self.keep[1], c_char_p)
        _open[ctypes.addressof(self.ctx)] = self

    def __del__(self):
        if not sys.is_finalizing():  # then the hook could not run any more
            _fini(byref(self.ctx))


def _done(code):
    """Whether it is a success; remembers why not."""
    _why.text = "" if code == 0 else _detail().decode(errors="replace") or "code %d" % code
    return code == 0


def _of(channel):
    return channel if isinstance(channel, Channel) else _open.get(channel)


def sec_chl_log_init(level):
    """b"debug", b"info", b"warn" or b"off": which lines of the library go to standard error."""
    global _log
    most = {b"off": 0, b"error": 1, b"warn": 1, b"info": 1, b"debug": 3}[read_only(level).lower()]

    def line(at, text, _):
        if at <= most:
            print("sec_chl: " + text.decode(errors="replace"), file=sys.stderr)

    _log = _LOG(line)
    _set_log(_log, None)


def _attested_dict(a):
    return {name: bytes(getattr(a, name)) if hasattr(getattr(a, name), "__len__") else getattr(a, name)
            for name, _ in _Attested._fields_[1:]}


def _options(channel, policy=None, timeout_ms=0, suites=(), attested=None, key=None, evidence=None,
             session_age_s=0, rekey_s=0, rekey_records=0, rekey_bytes=0, verify_chain=False):
    opts = _Opts(struct_size=ctypes.sizeof(_Opts), timeout_ms=timeout_ms, session_age_s=session_age_s,
                 rekey_s=rekey_s, rekey_records=rekey_records, rekey_bytes=rekey_bytes,
                 flags=1 if verify_chain else 0, key=key)
    if policy is not None:
        text = policy.encode() if isinstance(policy, str) else read_only(policy)
        if text.lstrip().startswith(b"{"):
            opts.policy_json, opts.policy_json_len = text, len(text)
        else:
            opts.policy_path = text
    if suites:
        opts.suites, opts.suite_count = (c_uint16 * len(suites))(*suites), len(suites)
    if attested:
        def judge(a, _):
            try:
                return 0 if attested(_attested_dict(a.contents)) else 1
            except Exception:  # refuses
                sys.excepthook(*sys.exc_info())
                return 1

        opts.attested = _JUDGE(judge)
    if evidence:
        def prove(user_data, out, room, _):
            try:
                made = evidence(ctypes.string_at(user_data, 64))
            except Exception:
                sys.excepthook(*sys.exc_info())
                return -1
            if len(made) > room[0]:
                return -1
            ctypes.memmove(out, made, len(made))
            room[0] = len(made)
            return 0

        opts.evidence = _PROVE(prove)
    channel.keep.append(opts)
    return opts


def _key(pem):
    """A key of the library's for PEM bytes."""
    key = c_void_p()
    text = pem.encode() if isinstance(pem, str) else read_only(pem)
    if not _done(_key_load(text, len(text), byref(key))):
        raise ValueError(sec_chl_error_detail())
    return key


def sec_chl_open(send_callback, uuid, **options):
    """A channel to the enclave of this uuid, or None: sec_chl_error_detail() says why. send_callback is called
    with the channel, a pointer and a count, before this returns. options: policy (a path, or the JSON itself),
    timeout_ms, suites, attested (a function of sec_chl_attested()'s dictionary: true accepts), key (PEM of the
    client's own), evidence (a function of 64 bytes), session_age_s, rekey_s, rekey_records, rekey_bytes,
    verify_chain."""
    channel = Channel(send_callback, uuid.encode() if isinstance(uuid, str) else read_only(uuid))
    key = _key(options["key"]) if options.get("key") else None
    try:
        opts = _options(channel, **dict(options, key=key))
        return channel if _done(_init(0, byref(channel.ctx), byref(opts))) else None
    finally:
        _key_free(key)


def sec_chl_close(channel):
    """Ends the channel; calling it again does nothing."""
    channel = _of(channel)
    if channel is not None:
        _fini(byref(channel.ctx))


def sec_chl_msg_recv_handle(channel, data):
    """Hands the library a message that came from the enclave; 0, or a code of status.h."""
    channel = _of(channel)
    data = read_only(data)
    return BAD_PARAMETERS if channel is None else _callback(byref(channel.ctx), data, len(data))


def sec_chl_session_id(channel):
    """The session's number, 0 before the enclave has given one; also inside the send hook."""
    channel = _of(channel)
    return 0 if channel is None else channel.ctx.session_id


def _crypt(call, channel, data):
    data = read_only(data)
    size = c_size_t(0)
    code = call(byref(channel.ctx), data, len(data), None, byref(size))
    if code != LEN_NOT_ENOUGH:
        _done(code or BAD_PARAMETERS)
        return None
    out = ctypes.create_string_buffer(max(size.value, 1))
    if not _done(call(byref(channel.ctx), data, len(data), out, byref(size))):
        return None
    return out.raw[:size.value]


def sec_chl_encrypt(channel, plain):
    """A record for the enclave, or 0."""
    made = _crypt(_encrypt, channel, plain)
    return 0 if made is None else made


def sec_chl_decrypt(channel, cipher):
    """What a record of the enclave says; b"" when it is refused (no record is empty)."""
    return _crypt(_decrypt, channel, cipher) or b""


def sec_chl_attested(channel):
    """What the device signed about the enclave, as a dictionary; None when the channel is not open."""
    a = _Attested(struct_size=ctypes.sizeof(_Attested))
    return _attested_dict(a) if _done(_attested(byref(channel.ctx), byref(a))) else None


def sec_chl_export(channel, label, context, size):
    """A key for the application that the enclave derives, too; None when refused."""
    out = ctypes.create_string_buffer(max(size, 1))
    text = label.encode() if isinstance(label, str) else read_only(label)
    done = _done(_export(byref(channel.ctx), text, read_only(context), len(context), out, size))
    return out.raw[:size] if done else None


def sec_chl_key_public(pem):
    """The public point, 65 bytes, of a client's key, by which an enclave knows it."""
    key, point = _key(pem), ctypes.create_string_buffer(65)
    try:
        return point.raw if _done(_key_public(key, point)) else None
    finally:
        _key_free(key)


def sec_chl_error_detail():
    """Why this thread's last call failed, in one line; "" when it did not."""
    return getattr(_why, "text", "")
