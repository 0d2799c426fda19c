# The prompt says where we are, in front of the user's own. A theme may set it later: before each prompt ours is put in
# front of it. The title of the window says where production is, and when the sign-in ends soon.
def __genkan_mark():
    from xonsh.built_ins import XSH
    from xonsh.events import events

    def marked(name, field):
        own = XSH.env.get(name)
        if callable(own):
            if getattr(own, "genkan", False):
                return

            def wrapped():
                return field + own()

            wrapped.genkan = True
            XSH.env[name] = wrapped
        elif isinstance(own, str) and field not in own:
            XSH.env[name] = field + own

    def place_mark(**_):
        marked("PROMPT", "{genkan}")
        marked("TITLE", "{genkan_title}")

    events.on_pre_prompt_format(place_mark)
    events.on_pre_prompt(place_mark)
    place_mark()


__genkan_mark()
