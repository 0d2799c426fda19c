"""`python` for tests: by the process that has its libraries loaded, or as it is where there is none. Its arguments are that
process's socket, the interpreter, and those of the program."""
import array
import json
import os
import socket
import sys


def by_server(path, arguments):
    """The exit code, or none where no process serves."""
    if not arguments or (arguments[0].startswith("-") and arguments[0] != "-c"):
        return None
    umask = os.umask(0)
    os.umask(umask)
    asked = {
        "arguments": arguments,
        "environment": dict(os.environ),
        "folder": os.getcwd(),
        "umask": umask,
    }
    connection = socket.socket(socket.AF_UNIX)
    files = array.array("i", [0, 1, 2])
    try:
        connection.connect(path)
        text = json.dumps(asked).encode() + b"\n"
        sent = connection.sendmsg([text], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, files)])
        connection.sendall(text[sent:])
        if connection.recv(1) != b"+":
            return None
    except OSError:
        return None
    code = int(connection.makefile().readline() or 1)
    if code < 0:
        os.kill(os.getpid(), -code)
    return code


code = by_server(sys.argv[1], sys.argv[3:])
if code is None:
    os.execv(sys.argv[2], sys.argv[2:])
os._exit(code)
