# The prompt says where we are, in red where that is production. The title of the window says so, too, and when the
# sign-in ends soon. The variables are expanded when the prompt is drawn; what they hold is never run. The offset of the
# expansion notes that it was drawn: a theme may replace PS1 after us. Then the last line gets the mark, and where that
# is lost too a line of its own says it.
__genkan_place_mark() {
    local mark='\[${__genkan_begin}\]${__genkan_where:__genkan_seen=1,0}\[${__genkan_end}\]${__genkan_left}'
    case "$PS1" in *'${__genkan_where:'*) return 0 ;; esac
    case "$__genkan_level$PS1" in
        1*'\n'*) PS1="${PS1%'\n'*}"'\n'"$mark${PS1##*'\n'}" ;;
        1*$'\n'*) PS1="${PS1%$'\n'*}"$'\n'"$mark${PS1##*$'\n'}" ;;
        *) PS1="$mark$PS1" ;;
    esac
}
# The title is set behind the prompt, because prompts set titles too; the terminal keeps the title before it, where it
# can. In a subshell genkan saved it before this shell began, and brings it back at the end.
__genkan_place_title() {
    case "$PS1" in *'${__genkan_title:'*) ;; *) PS1="$PS1"'${__genkan_title:+\[\e]2;${__genkan_title}\a\]}' ;; esac
}
# The terminal's codes around the place: in colour, unless NO_COLOR or the terminal forbids it.
__genkan_find_style() {
    local style="${GENKAN_PRODUCTION:+1}"
    [ -n "${NO_COLOR-}" ] || style="${style:+1;31}"
    [ -n "${NO_COLOR-}$style" ] || style=36
    __genkan_begin='' __genkan_end=''
    if [ -n "$style" ] && [ "${TERM-}" != dumb ]; then
        printf -v __genkan_begin '\e[%sm' "$style"
        printf -v __genkan_end '\e[0m'
    fi
}
__genkan_find_title() {
    local name ends=''
    __genkan_title=''
    [ -n "$__genkan_where" ] || return 0
    name="${__genkan_where:1:${#__genkan_where}-2}"
    case "$__genkan_left" in
        ' sign-in ends '*) ends="${__genkan_left:1:${#__genkan_left}-2}" ;;
    esac
    if [ -n "${GENKAN_PRODUCTION-}" ]; then
        __genkan_title="$name${ends:+, $ends}"
    elif [ -n "$ends" ]; then
        __genkan_title="$ends, $name"
    fi
}
__genkan_set_title() {
    # These terminals have no title.
    case "${TERM-}" in '' | dumb | linux) __genkan_title=''; return 0 ;; esac
    __genkan_find_title
    if [ -n "$__genkan_title" ]; then
        if [ -z "$__genkan_titled$__genkan_subshell" ]; then printf '\e[22;2t' >/dev/tty 2>/dev/null; fi
        __genkan_titled=1
        __genkan_place_title
    elif [ -n "$__genkan_titled" ]; then
        printf '\e[23;2t' >/dev/tty 2>/dev/null
        __genkan_titled='' __genkan_subshell=''
    fi
}
# Themes that came later may have put their part of PROMPT_COMMAND behind ours. bash-preexec must stay last itself.
__genkan_come_last() {
    local all="${PROMPT_COMMAND[*]-}" item list
    case "$all" in
        *__genkan_prompt_hook | *__genkan_prompt_hook*__bp_*) return 1 ;;
    esac
    case "$(declare -p PROMPT_COMMAND 2>/dev/null)" in
        'declare -a'*)
            list=()
            for item in "${PROMPT_COMMAND[@]}"; do
                [ "$item" = __genkan_prompt_hook ] || list+=("$item")
            done
            PROMPT_COMMAND=(${list[@]+"${list[@]}"} __genkan_prompt_hook)
            ;;
        *)
            # A line of its own, because what is there may end with a semicolon.
            all="${all//$'\n'__genkan_prompt_hook/}"
            all="${all//__genkan_prompt_hook/:}"
            PROMPT_COMMAND="${all:+$all$'\n'}__genkan_prompt_hook"
            ;;
    esac
}
__genkan_prompt_hook() {
    local last=$?
    # A theme may keep the whole of an earlier PROMPT_COMMAND and run it before it sets PS1.
    if __genkan_come_last; then
        __genkan_seen=1
    elif [ -n "${FUNCNAME[1]-}" ]; then
        case "${PROMPT_COMMAND[*]-}" in *__genkan_prompt_hook) return "$last" ;; esac
    fi
    if [ -n "${__genkan_note-}" ]; then
        printf '%s\n' "$__genkan_note" >&2
        __genkan_note=''
    fi
    if [ -n "${__genkan_check_name-}" ] && builtin alias "$__genkan_check_name" >/dev/null 2>&1; then
        __genkan_leave "$__genkan_check_name" alias
    fi
    __genkan_check_name=''
    if [ -n "${__genkan_where-}" ] && [ -z "$__genkan_seen" ] && [ "$__genkan_level" -lt 2 ]; then
        __genkan_level=$((__genkan_level + 1))
    fi
    __genkan_look
    __genkan_find_style
    __genkan_set_title
    __genkan_seen=''
    if [ -z "$__genkan_where" ]; then
        __genkan_seen=1
    elif [ "$__genkan_level" -lt 2 ]; then
        __genkan_place_mark
    else
        printf '%s\n' "$__genkan_begin$__genkan_where$__genkan_end$__genkan_left"
        [ -z "$__genkan_title" ] || printf '\e]2;%s\a' "$__genkan_title"
        __genkan_seen=1
    fi
    return "$last"
}
__genkan_begin='' __genkan_end='' __genkan_title='' __genkan_titled="${GENKAN_PRODUCTION-}" __genkan_subshell='@SUBSHELL@'
__genkan_level=0 __genkan_seen=1 __genkan_check_name="${__genkan_named:+@NAME@}"
__genkan_come_last || :
