# Start-up files may have set what wins over the target's credentials, or sent their endpoint through a proxy. A
# universal variable belongs to all of the user's shells: it stays, and the prompt shows it.
begin
    set -l removed
    for name in @REMOVE@
        test -n "$$name"; or continue
        set -eg $name
        test -z "$$name"; and set -a removed $name
    end
    set -q removed[1]
    and set -g __genkan_note "genkan: removed from this shell, because a start-up file set it and it would override the credentials: "(string join ', ' $removed)
    if test -n "$AWS_CONTAINER_CREDENTIALS_FULL_URI"
        for name in NO_PROXY no_proxy
            set -l list (string split , -- "$$name" | string trim)
            contains -- 127.0.0.1 $list; or test "$$name" = '*'
            or set -gx $name (string join , -- (string match -v '' $list) 127.0.0.1)
        end
    end
end
