"""Runs a Python program through `fork_server.py`, or directly if there is no server. Arguments: the server's socket, the
interpreter, and those of the program."""
import array
import json
import os
import signal
import socket
import sys

# What only an interpreter of its own would obey.
AT_START = ("PYTHON", "LD_", "LC_ALL")


def run_by_server(path, arguments):
    """The exit code (negative: the signal), or None if no server runs the program."""
    if not arguments or (arguments[0].startswith("-") and arguments[0] != "-c"):
        return None
    if any(name.startswith(AT_START) for name in os.environ):
        return None
    umask = os.umask(0)
    os.umask(umask)
    connection = socket.socket(socket.AF_UNIX)
    files = array.array("i", [0, 1, 2])
    try:
        asked = {
            "arguments": arguments,
            "environment": dict(os.environ),
            "folder": os.getcwd(),
            "umask": umask,
        }
        text = json.dumps(asked).encode() + b"\n"
        connection.connect(path)
        sent = connection.sendmsg([text], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, files)])
        connection.sendall(text[sent:])
        if connection.recv(1) != b"+":
            return None
    except OSError:
        return None
    return int(connection.makefile().readline() or 1)


code = run_by_server(sys.argv[1], sys.argv[3:])
if code is None:
    os.execv(sys.argv[2], sys.argv[2:])
if code < 0:
    if -code != signal.SIGKILL:
        signal.signal(-code, signal.SIG_DFL)
    os.kill(os.getpid(), -code)
os._exit(code)
