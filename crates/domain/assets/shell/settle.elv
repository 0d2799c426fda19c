# Start-up files may have set what wins over the target's credentials, or sent their endpoint through a proxy.
use str
fn __genkan_settle {
    var removed = []
    for name [@REMOVE@] {
        if (and (has-env $name) (not-eq (get-env $name) '')) {
            unset-env $name
            set removed = (conj $removed $name)
        }
    }
    if (> (count $removed) 0) {
        echo 'genkan: removed from this shell, because a start-up file set it and it would override the credentials: '(str:join ', ' $removed) >&2
    }
    if (not (has-env AWS_CONTAINER_CREDENTIALS_FULL_URI)) { return }
    for name [NO_PROXY no_proxy] {
        var list = ''
        if (has-env $name) { set list = (str:replace ' ' '' (get-env $name)) }
        if (not (or (eq $list '*') (has-value [(str:split , $list)] 127.0.0.1))) {
            var all = []
            for item [(str:split , $list) 127.0.0.1] {
                if (not-eq $item '') { set all = (conj $all $item) }
            }
            set-env $name (str:join , $all)
        }
    }
}
__genkan_settle
