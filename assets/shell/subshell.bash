# Start-up file of a bash that genkan opened: the person's own, then the prompt says where we are.
# The variables are expanded when the prompt is drawn; what they hold is never run.
[ -f ~/.bashrc ] && . ~/.bashrc
__genkan_prompt() {
    case "$PS1" in
        *'${GENKAN_ACCOUNT_NAME}'*) ;;
        *) PS1='\[\e[36m\][${GENKAN_ACCOUNT_NAME}/${GENKAN_PERMISSION_SET}]\[\e[0m\] '"$PS1" ;;
    esac
}
__genkan_prompt
# A prompt theme may set PS1 anew each time: ours goes back in front.
PROMPT_COMMAND="${PROMPT_COMMAND:+${PROMPT_COMMAND%;}; }__genkan_prompt"
