# A theme that always has the last word: it stays behind all hooks and sets PROMPT, whatever that was.
function _last_word {
    [[ "$precmd_functions[-1]" == _last_word ]] || precmd_functions=(${(@)precmd_functions:#_last_word} _last_word)
    PROMPT='last-word> '
}
precmd_functions+=(_last_word)
