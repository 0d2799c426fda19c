# What the start of oh-my-bash does to a shell, written small by hand: history, aliases, and a theme that sets PS1 before
# each prompt, in an array of commands.
HISTFILE="$HOME/.bash_history" HISTSIZE=500000
HISTCONTROL=erasedups:ignoreboth
shopt -s histappend cmdhist
alias cp='cp -iv' mv='mv -iv' ..='cd ../' g='git' gst='git status' gk='gitk --all --branches'
# Aliases that make nonsense of a script whose words they are.
alias local='echo alias-ran; false' printf='echo alias-ran' if='echo alias-ran; if'
_omb_theme_PROMPT_COMMAND() {
    PS1="\[\e[35m\]\t\[\e[0m\] \u@\h \W → "
}
PROMPT_COMMAND=('history -a' '_omb_theme_PROMPT_COMMAND')
