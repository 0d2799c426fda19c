# Where this shell is, for a prompt: {genkan} in $PROMPT, or `genkan_prompt`. What names hold is shown and never run.
# Outside of genkan no program is started.
def __genkan_run(*words, **options):
    import os
    import subprocess

    from xonsh.built_ins import XSH

    try:
        done = subprocess.run(["genkan", *words], stdout=subprocess.PIPE, env=XSH.env.detype(), **options)
    except OSError as error:
        return 127, "", f"genkan: {os.strerror(error.errno or 2)}"
    return done.returncode, done.stdout.decode("utf-8", "replace"), None


def __genkan_fields():
    import json
    import subprocess
    import time

    from xonsh.built_ins import XSH

    latest = {"seen": None, "place": None}

    def place():
        # Asked again when a minute has passed, or what it says may have changed, as a sign-in that ends soon may be renewed.
        variables = XSH.env.detype()
        if not variables.get("GENKAN_ACCOUNT_NAME"):
            return None
        shown = {name: value for name, value in variables.items() if name.startswith(("AWS_", "GENKAN_"))}
        seen = (shown, int(time.time()) // 60)
        if latest["seen"] != seen or (latest["place"] or {}).get("warning"):
            code, text, _ = __genkan_run("prompt", "--format", "json", stderr=subprocess.DEVNULL)
            latest["seen"], latest["place"] = seen, json.loads(text) if code == 0 else None
        return latest["place"]

    def literal(text):
        return text.replace("{", "{{").replace("}", "}}")

    def mark():
        here = place()
        if not here:
            return ""
        variables = XSH.env.detype()
        # In colour, unless NO_COLOR or the terminal forbids it.
        if variables.get("TERM") == "dumb":
            begin = ""
        elif variables.get("NO_COLOR"):
            begin = "{BOLD_DEFAULT}" if here["production"] else ""
        else:
            begin = "{BOLD_RED}" if here["production"] else "{CYAN}"
        plain = "{RESET}" if begin else ""
        end = f" {literal(here['end'])}" if here["end"] else ""
        return f"{begin}[{literal(here['name'])}]{plain}{end} "

    def title():
        here = place()
        return f"{here['title']}  " if here and here["title"] else ""

    XSH.env["PROMPT_FIELDS"]["genkan"] = mark
    XSH.env["PROMPT_FIELDS"]["genkan_title"] = title
    if "genkan_prompt" not in XSH.aliases:
        XSH.aliases["genkan_prompt"] = ["genkan", "prompt"]


__genkan_fields()
