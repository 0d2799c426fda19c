# The prompt says where we are, in red where that is production. The title of the window says so, too, and when the
# sign-in ends soon. The text is kept in psvar, so that nothing in an account's name is taken for a prompt escape. A theme may replace PROMPT after us: then the last line gets the mark, and where that is lost too a line of its
# own says it. powerlevel10k takes no text but its segments, so it gets one.
typeset -g __genkan_mark="%(92V.%B.)%(93V.%(92V.%F{red}.%F{cyan}).)%90v%(93V.%f.)%(92V.%b.)%91v"
# Production is bold, and all is in colour, unless NO_COLOR or the terminal forbids it.
__genkan_find_style() {
    psvar[92]="${GENKAN_PRODUCTION-}"
    psvar[93]=1
    [[ -z "${NO_COLOR-}" ]] || psvar[93]=""
    if [[ "${TERM-}" == dumb ]]; then
        psvar[92]=""
        psvar[93]=""
    fi
}
__genkan_place_mark() {
    local mark="$__genkan_mark" newline=$'\n'
    [[ "$PROMPT" == *%90v* ]] && return
    if (( __genkan_level == 1 )) && [[ "$PROMPT" == *$newline* ]]; then
        PROMPT="${PROMPT%$newline*}$newline$mark${PROMPT##*$newline}"
    else
        PROMPT="$mark$PROMPT"
    fi
}
# Runs before any theme: PROMPT is still what was drawn.
__genkan_check_mark() {
    emulate -L zsh
    if (( $+functions[p10k] )) && [[ "${POWERLEVEL9K_LEFT_PROMPT_ELEMENTS[(r)genkan]-}" != genkan ]]; then
        (( $+POWERLEVEL9K_LEFT_PROMPT_ELEMENTS )) || typeset -ga POWERLEVEL9K_LEFT_PROMPT_ELEMENTS=(context dir vcs)
        POWERLEVEL9K_LEFT_PROMPT_ELEMENTS=(genkan $POWERLEVEL9K_LEFT_PROMPT_ELEMENTS)
        __genkan_seen=1
        return 0
    fi
    # A function of the user's runs before all hooks.
    (( $+functions[precmd] )) && return 0
    [[ "$PROMPT" == *%90v* ]] && __genkan_seen=1
    [[ -z "$__genkan_where" || -n "$__genkan_seen" ]] || (( __genkan_level >= 2 )) || (( __genkan_level += 1 ))
    return 0
}
# A segment of powerlevel10k, which calls this for each prompt.
prompt_genkan() {
    __genkan_look
    [[ -n "$__genkan_where" ]] || return 0
    typeset -g __genkan_seen=1
    local text="${__genkan_where//\%/%%}${${__genkan_left% }//\%/%%}"
    local -a color
    color=(-f ${${GENKAN_PRODUCTION:+red}:-cyan})
    [[ -z "${NO_COLOR-}" && "${TERM-}" != dumb ]] || color=()
    [[ -z "${GENKAN_PRODUCTION-}" || "${TERM-}" == dumb ]] || text="%B$text%b"
    p10k segment $color -t "$text"
}
# The terminal keeps the title before it, where it can. In a subshell genkan saved it before this shell began, and brings
# it back at the end. Themes set titles too, also when a command begins.
__genkan_set_title() {
    emulate -L zsh
    # These terminals have no title.
    [[ "${TERM:-dumb}" == (dumb|linux) ]] && return 0
    local name="${__genkan_where[2,-2]}" ends="" title=""
    [[ "$__genkan_left" == " sign-in ends "* ]] && ends="${__genkan_left[2,-2]}"
    if [[ -n "${GENKAN_PRODUCTION-}" && -n "$name" ]]; then
        title="$name${ends:+, $ends}"
    elif [[ -n "$ends" ]]; then
        title="$ends, $name"
    fi
    if [[ -n "$title" ]]; then
        [[ -n "$__genkan_titled$__genkan_subshell" ]] || print -n "\e[22;2t" >/dev/tty 2>/dev/null
        typeset -g __genkan_titled=1
        print -rn -- $'\e]2;'"$title"$'\a' >/dev/tty 2>/dev/null
    elif [[ -n "$__genkan_titled" ]]; then
        print -n "\e[23;2t" >/dev/tty 2>/dev/null
        typeset -g __genkan_titled="" __genkan_subshell=""
    fi
    return 0
}
__genkan_prompt_hook() {
    emulate -L zsh
    if [[ -n "${__genkan_note-}" ]]; then
        print -r -u2 -- "$__genkan_note"
        __genkan_note=""
    fi
    __genkan_look
    psvar[90]="$__genkan_where"
    psvar[91]="$__genkan_left"
    __genkan_find_style
    __genkan_set_title
    __genkan_seen=""
    if [[ -z "$__genkan_where" ]]; then
        __genkan_seen=1
    elif (( __genkan_level >= 2 )); then
        print -P "$__genkan_mark"
        __genkan_seen=1
    elif (( ! $+functions[p10k] )); then
        __genkan_place_mark
    fi
    # Themes that came later may be behind us.
    if [[ "$precmd_functions[-1]" != __genkan_prompt_hook ]] && (( ! $+functions[p10k] )); then
        precmd_functions=("${(@)precmd_functions:#__genkan_prompt_hook}" __genkan_prompt_hook)
    fi
    return 0
}
typeset -g __genkan_where="" __genkan_left="" __genkan_seen=1 __genkan_titled="${GENKAN_PRODUCTION-}" __genkan_subshell="@SUBSHELL@"
typeset -gi __genkan_level=0
autoload -Uz add-zsh-hook
add-zsh-hook precmd __genkan_prompt_hook
add-zsh-hook preexec __genkan_set_title
precmd_functions=(__genkan_check_mark "${(@)precmd_functions:#__genkan_check_mark}")
