# The hook of direnv, written small by hand: in the folder `project` AWS_PROFILE is set, elsewhere it isn't.
_direnv_hook() {
    local previous_exit_status=$?
    case "$PWD" in
        */project) [ -n "$DIRENV_DIR" ] || export AWS_PROFILE=mine DIRENV_DIR=project ;;
        *) [ -z "$DIRENV_DIR" ] || unset AWS_PROFILE DIRENV_DIR ;;
    esac
    return $previous_exit_status
}
