# Start-up files may have set what wins over the target's credentials, or sent their endpoint through a proxy.
() {
    local name list removed=""
    for name in @REMOVE@; do
        [[ -n "${(P)name-}" ]] || continue
        unset "$name" 2>/dev/null && removed="$removed${removed:+, }$name"
    done
    [[ -z "$removed" ]] || typeset -g __genkan_note="genkan: removed from this shell, because a start-up file set it and it would override the credentials: $removed"
    [[ -n "${AWS_CONTAINER_CREDENTIALS_FULL_URI-}" ]] || return 0
    for name in NO_PROXY no_proxy; do
        list="${(P)name-}"
        case ",${list// /}," in
            (*,127.0.0.1,* | ,\*,) ;;
            (*) export "$name=${list:+$list,}127.0.0.1" ;;
        esac
    done
}
