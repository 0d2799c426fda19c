# Start-up file of a bash that genkan opened: the user's own, then what follows here.
[ -f ~/.bashrc ] && . ~/.bashrc
