"""Runs Python programs in children of one process that has imported what boto3 and the AWS CLI are built on, for most of
their imports' processor time. Not these themselves: they look at the environment while they are imported, and the AWS CLI
has a botocore of its own. Programs, libraries, arguments, environments, folders and files are the same as without this
process. It listens at the path that it is given, and ends with whoever holds its standard input."""
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

MODULES = """
argparse certifi colorama concurrent.futures configparser ctypes dataclasses dateutil.parser dateutil.tz difflib
docutils.core docutils.writers.manpage email.parser encodings.idna getpass gzip html.parser http.client jmespath
multiprocessing.managers optparse platform pprint sqlite3 subprocess urllib.request urllib3 urllib3.contrib uuid
xml.etree.ElementTree
"""


def receive(connection):
    """What is asked for, and the standard input, output and error of who asks."""
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
        exec(compile(rest[0], "<string>", "exec"), {"__name__": "__main__"})
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
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


def become(asked, files):
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
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
            stream.flush()
        except OSError:
            code = code or 120
    os._exit(code)


def serve(connection):
    """One program: from here on this is a process of its own, which waits for the program or for who asked to go away."""
    asked, files = receive(connection)
    connection.sendall(b"+")
    ended, held = os.pipe()
    program = os.fork()
    if program == 0:
        connection.close()
        os.close(ended)
        become(asked, files)
    for file in (*files, held):
        os.close(file)
    ready, _, _ = select.select([connection, ended], [], [])
    if connection in ready:
        os.kill(program, signal.SIGKILL)
    _, status = os.waitpid(program, 0)
    connection.sendall(b"%d\n" % os.waitstatus_to_exitcode(status))


def main(path):
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
    # What is here already is copied by no child that only counts references to it.
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
