# Completion of genkan and @NAME@: each line of the answer is a word, a tab, and what it is.
def __genkan_completer(command, *ask):
    import re
    import subprocess

    from xonsh.built_ins import XSH
    from xonsh.completer import Completer
    from xonsh.completers.commands import complete_command
    from xonsh.completers.tools import RichCompletion, contextual_command_completer_for
    from xonsh.parsers.completion_context import CompletionContext

    def quoted(word):
        if re.fullmatch(r"[\w./:@%+,=-]+", word):
            return word
        # In quotes xonsh expands variables still.
        return f"@({word!r})" if "$" in word else repr(word)

    @contextual_command_completer_for(command)
    def complete(context):
        words = [word.value for word in context.args[: context.arg_index]]
        if not ask and "--" in words:
            # The command that exec runs completes as itself.
            after = words.index("--") + 1
            context = context._replace(args=context.args[after:], arg_index=context.arg_index - after)
            if context.arg_index == 0:
                return complete_command(context)
            return Completer().complete_from_context(CompletionContext(command=context))
        call = ["genkan", "complete", "xonsh", *ask, "--", *words, context.prefix]
        try:
            done = subprocess.run(
                call, env=XSH.env.detype(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
            )
        except (OSError, ValueError):
            return None
        found = {}
        for line in done.stdout.decode("utf-8", "replace").splitlines():
            word, _, text = line.partition("\t")
            closed = not word.endswith("/")
            candidate = RichCompletion(
                quoted(word),
                prefix_len=len(context.opening_quote) + len(context.prefix) + len(context.closing_quote) * context.is_after_closing_quote,
                display=word,
                description=text,
                append_closing_quote=False,
                append_space=closed,
            )
            found[candidate] = None
        return found.keys()

    return complete


def __genkan_complete(names):
    from xonsh.completers.completer import add_one_completer

    for name, ask in names:
        add_one_completer(f"genkan of {name}", __genkan_completer(name, *ask), "start")


__genkan_complete([("genkan", ())] + ([("@NAME@", ("--gk",))] if globals().get("__genkan_named") else []))
