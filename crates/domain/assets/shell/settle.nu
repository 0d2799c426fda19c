# Start-up files may have set what wins over the target's credentials, or sent their endpoint through a proxy.
do --env {
    let removed = ([@REMOVE@] | where {|name| ($env | get --optional $name | default "") != "" })
    if ($removed | is-not-empty) {
        hide-env --ignore-errors ...$removed
        print --stderr $"genkan: removed from this shell, because a start-up file set it and it would override the credentials: ($removed | str join ', ')"
    }
    if ($env.AWS_CONTAINER_CREDENTIALS_FULL_URI? | default "") != "" {
        for name in [NO_PROXY no_proxy] {
            let list = ($env | get --optional $name | default "" | split row "," | str trim | where $it != "")
            if "127.0.0.1" not-in $list and $list != ["*"] {
                load-env { $name: ($list | append "127.0.0.1" | str join ",") }
            }
        }
    }
}
