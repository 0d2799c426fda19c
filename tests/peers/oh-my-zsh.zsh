# What the start of oh-my-zsh with its git plugin does to a shell, written small by hand: options, completion, history,
# aliases (global ones too), a theme with a prompt that is expanded, and hooks.
setopt prompt_subst interactive_comments auto_cd auto_pushd multios long_list_jobs
setopt extended_history hist_expire_dups_first hist_ignore_dups hist_ignore_space hist_verify share_history
HISTFILE="$HOME/.zsh_history" HISTSIZE=50000 SAVEHIST=10000
autoload -Uz compinit add-zsh-hook
compinit -u -d "$HOME/.zcompdump"
alias -g ...='../..' ....='../../..'
alias -- -='cd -'
alias _='sudo ' md='mkdir -p' l='ls -lah' grep='grep --color=auto'
# Global aliases of the common-aliases plugin.
alias -g H='| head' T='| tail' G='| grep' NE='2> /dev/null' P='2>&1| cat'
alias g='git' gst='git status' gk='\gitk --all --branches &!' gke='\gitk --all $(git log -g --pretty=%h) &!'
function git_prompt_info { print -rn -- "%{$fg_bold[blue]%}git:(main)%{$reset_color%} "; }
function _omz_async_request { typeset -g _omz_async=done; }
autoload -U colors && colors
add-zsh-hook precmd _omz_async_request
function zle-line-init { echoti smkx 2>/dev/null; }
function zle-line-finish { echoti rmkx 2>/dev/null; }
zle -N zle-line-init
zle -N zle-line-finish
PROMPT='%(?:%{$fg_bold[green]%}%1{➜%} :%{$fg_bold[red]%}%1{➜%} ) %{$fg[cyan]%}%c%{$reset_color%} $(git_prompt_info)'
