# How powerlevel10k makes a prompt, written small by hand: before each prompt it puts itself behind all hooks, asks each
# element's function for its segments, and sets PROMPT, whatever that was.
setopt prompt_subst
typeset -ga POWERLEVEL9K_LEFT_PROMPT_ELEMENTS=(dir)
function p10k {
    [[ "$1" == segment ]] || return 0
    shift
    local OPTARG text colour=""
    local -i OPTIND
    while getopts 'c:s:b:f:i:t:re' opt; do
        case "$opt" in
            (f) colour="$OPTARG" ;;
            (t) text="$OPTARG" ;;
        esac
    done
    # Without a colour of its own it has the terminal's.
    _p9k_segments+="${colour:+%F{$colour\}}$text%f "
}
function prompt_dir { p10k segment -f blue -t '%~'; }
function _p9k_precmd {
    [[ "$precmd_functions[-1]" == _p9k_precmd ]] || precmd_functions=(${(@)precmd_functions:#_p9k_precmd} _p9k_precmd)
    typeset -g _p9k_segments=""
    local element
    for element in $POWERLEVEL9K_LEFT_PROMPT_ELEMENTS; do
        (( $+functions[prompt_$element] )) && prompt_$element
    done
    PROMPT='${_p9k_segments}'$'\n''❯ '
}
typeset -ga precmd_functions=($precmd_functions _p9k_precmd)
