# The prompt says where we are. The text stands in psvar, so that nothing in an account's name is taken for a prompt
# escape.
__genkan_prompt_hook() {
    __genkan_look
    psvar[90]="$__genkan_where"
    psvar[91]="$__genkan_left"
    [[ "$PROMPT" == *'%90v'* ]] || PROMPT="%F{cyan}%90v%f%91v$PROMPT"
}
autoload -Uz add-zsh-hook
add-zsh-hook precmd __genkan_prompt_hook
