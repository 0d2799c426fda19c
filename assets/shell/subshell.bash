# Start-up file of a bash that genkan opened: the person's own, then what follows here.
[ -f ~/.bashrc ] && . ~/.bashrc
