# Start-up file of a xonsh that genkan opened: the user's own, then what follows here.
def __genkan_read_own():
    from xonsh.built_ins import XSH
    from xonsh.environ import xonshrc_context

    files, folders = XSH.env.get("XONSHRC"), XSH.env.get("XONSHRC_DIR")
    xonshrc_context(rcfiles=files, rcdirs=folders, execer=XSH.execer, ctx=XSH.ctx, env=XSH.env, login=False)


__genkan_read_own()
