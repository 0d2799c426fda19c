# genkan in xonsh: @NAME@ takes credentials into this shell.
# genkan prints what to change as JSON. A failure changes nothing here and is the exit code.
def __genkan_taker():
    import json
    import os
    import sys

    from xonsh.built_ins import XSH
    from xonsh.tools import unthreadable

    saved = {}

    @unthreadable
    def __genkan_take(words, stdin=None, stdout=None, stderr=None):
        code, text, error = __genkan_run("assume", "xonsh", "--called", "@NAME@", "--process", str(os.getpid()), *words)
        if error:
            print(error, file=sys.stderr)
        if code:
            return code
        change, env = json.loads(text), XSH.env
        for name in change["save"]:
            if name in env:
                saved[name] = env[name]
        for name in change["unset"]:
            if name in env:
                del env[name]
        for name, value in change["set"].items():
            env[name] = value
        for name in change["restore"]:
            if name in saved:
                env[name] = saved.pop(name)
        return 0

    return __genkan_take


# What a name means in this shell already. A name that means something else stays as it is; that is said once in a
# terminal.
def __genkan_meaning(name):
    import shutil

    from xonsh.built_ins import XSH

    if name in XSH.aliases:
        return "alias"
    if name in XSH.ctx:
        return "Python name"
    if shutil.which(name, path=XSH.env.detype().get("PATH", "")):
        return "program"
    return None


def __genkan_define():
    import sys

    from xonsh.built_ins import XSH

    kind = None if XSH.ctx.get("__genkan_named") == "@NAME@" else __genkan_meaning("@NAME@")
    if kind is None:
        XSH.aliases["@NAME@"] = __genkan_taker()
        if "GENKAN_NAMES_TAKEN" in XSH.env:
            del XSH.env["GENKAN_NAMES_TAKEN"]
        XSH.ctx["__genkan_named"] = "@NAME@"
        return "@NAME@"
    if XSH.env.get("GENKAN_NAMES_TAKEN") != f"@NAME@={kind}":
        XSH.env["GENKAN_NAMES_TAKEN"] = f"@NAME@={kind}"
        if XSH.env.get("XONSH_INTERACTIVE"):
            print(
                f"genkan: `@NAME@` is an existing {kind}, so genkan did not replace it; "
                "choose another name with `genkan init xonsh --name NAME`",
                file=sys.stderr,
            )
    return None


__genkan_named = __genkan_define()
