# The prompt says where we are. The variables are expanded when the prompt is drawn; what they hold is never run.
__genkan_prompt_hook() {
    local last=$?
    __genkan_look
    case "$PS1" in
        *'${__genkan_where}'*) ;;
        *) PS1='\[\e[36m\]${__genkan_where}\[\e[0m\]${__genkan_left}'"$PS1" ;;
    esac
    return "$last"
}
# A prompt theme may set PS1 anew each time: ours goes back in front, so it comes last.
case "$(declare -p PROMPT_COMMAND 2>/dev/null)" in
    *__genkan_prompt_hook*) ;;
    'declare -a'*) PROMPT_COMMAND+=(__genkan_prompt_hook) ;;
    *) PROMPT_COMMAND="${PROMPT_COMMAND:+${PROMPT_COMMAND%;}; }__genkan_prompt_hook" ;;
esac
