# Start-up files may have set what wins over the target's credentials, or sent their endpoint through a proxy.
def __genkan_settle():
    import sys

    from xonsh.built_ins import XSH

    env, removed = XSH.env, []
    for name in "@REMOVE@".split():
        if name in env:
            if env[name]:
                removed.append(name)
            del env[name]
    if removed:
        print(
            "genkan: removed from this shell, because a start-up file set it and it would override the credentials: "
            + ", ".join(removed),
            file=sys.stderr,
        )
    if "AWS_CONTAINER_CREDENTIALS_FULL_URI" not in env:
        return
    for name in ("NO_PROXY", "no_proxy"):
        items = [item.strip() for item in str(env.get(name, "")).split(",") if item.strip()]
        if "127.0.0.1" not in items and items != ["*"]:
            env[name] = ",".join([*items, "127.0.0.1"])


__genkan_settle()
