"""Runs Python programs in forks of one process that has imported what boto3 and the AWS CLI are built on, which saves most
of their import time. Not these two themselves: they look at the environment when they are imported, and the AWS CLI has a
botocore of its own. A program gets the client's arguments, environment, working directory, umask and standard streams. What
differs from an interpreter of its own: PWD is set, its process group and session are the server's, it has no other open
files of the client, all programs have one hash seed, and tracebacks begin with this file. It is killed a moment after its
client.

It listens at the path that it is given, and ends when its standard input does."""
import array
import atexit
import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import sys
import threading
import time
import traceback
import types

MODULES = """
argparse certifi colorama concurrent.futures configparser ctypes dataclasses dateutil.parser dateutil.tz difflib
docutils.core docutils.writers.manpage email.parser encodings.idna getpass gzip html.parser http.client jmespath
multiprocessing.managers optparse platform pprint sqlite3 subprocess urllib.request urllib3 urllib3.contrib uuid
xml.etree.ElementTree
"""


def receive(connection):
    """What the client asks for, and its standard input, output and error."""
    files = array.array("i")
    text, ancillary, _, _ = connection.recvmsg(1 << 20, socket.CMSG_LEN(3 * files.itemsize))
    for _, _, data in ancillary:
        files.frombytes(data)
    while not text.endswith(b"\n"):
        more = connection.recv(1 << 20)
        if not more:
            raise EOFError
        text += more
    return json.loads(text), list(files)


def run(arguments):
    """Does what `python ARGUMENTS…` does."""
    first, rest = arguments[0], arguments[1:]
    if first == "-c":
        sys.argv = ["-c", *rest[1:]]
        sys.path[0] = ""
        module = types.ModuleType("__main__")
        sys.modules["__main__"] = module
        exec(compile(rest[0], "<string>", "exec"), module.__dict__)
    else:
        sys.argv = arguments
        sys.path[0] = os.path.dirname(os.path.abspath(first))
        runpy.run_path(first, run_name="__main__")


def exit_code(arguments):
    try:
        run(arguments)
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            return (end.code or 0) & 0xFF
        print(end.code, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        traceback.print_exc()
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGINT)
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


def become_program(asked, files):
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ.clear()
    os.environ.update(asked["environment"])
    time.tzset()
    os.chdir(asked["folder"])
    os.umask(asked["umask"])
    code = exit_code(asked["arguments"])
    threading._shutdown()
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None and not stream.closed:
                stream.flush()
        except OSError:
            code = 120
    os._exit(code)


def serve(connection):
    """Serves one client: from here on this is a process of its own. It waits for the program to end or for the client to
    disconnect."""
    asked, files = receive(connection)
    connection.sendall(b"+")
    program = os.fork()
    if program == 0:
        try:
            connection.close()
            become_program(asked, files)
        except BaseException:
            traceback.print_exc()
        os._exit(1)
    for file in files:
        os.close(file)
    # Not a pipe that the program holds: what it forks would hold it, too.
    ended = os.pidfd_open(program)
    ready, _, _ = select.select([connection, ended], [], [])
    if ended not in ready:
        os.kill(program, signal.SIGKILL)
    _, status = os.waitpid(program, 0)
    connection.sendall(b"%d\n" % os.waitstatus_to_exitcode(status))


def main(path):
    # Ctrl-C means the tests, whose end is the end of this process's input.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for module in MODULES.split():
        importlib.import_module(module)
    os.umask(0o077)
    listener = socket.socket(socket.AF_UNIX)
    own = f"{path}.{os.getpid()}"
    listener.bind(own)
    listener.listen(64)
    os.rename(own, path)
    identity = os.stat(path)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    # The collector of a fork doesn't write to what is loaded, and so copy its pages.
    gc.collect()
    gc.freeze()
    print("ready", flush=True)
    while True:
        ready, _, _ = select.select([listener, 0], [], [])
        if 0 in ready:
            break
        connection, _ = listener.accept()
        if os.fork() == 0:
            try:
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                listener.close()
                serve(connection)
            except (OSError, EOFError):
                os._exit(1)
            os._exit(0)
        connection.close()
    if os.path.exists(path) and os.path.samestat(identity, os.stat(path)):
        os.unlink(path)
    os._exit(0)


main(sys.argv[1])
