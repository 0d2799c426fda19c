# Where this shell is, for a prompt: [account/permission set], with PROD in front where that is production, and the time
# that the credentials last. What names hold is shown and never run.
def __genkan_clean []: string -> string {
    str replace --all --regex '[\p{Cc}\u{ad}\u{61c}\u{200b}\u{200e}\u{200f}\u{2028}-\u{202e}\u{2060}-\u{2069}\u{feff}]' '?'
}
# What was set since and makes this shell work as something else than the prompt says.
def __genkan_conflict []: nothing -> string {
    let key = ($env.AWS_ACCESS_KEY_ID? | default "")
    if $key != ($env.GENKAN_ACCESS_KEY_ID? | default "") {
        return (if $key == "" { " no credentials" } else { " overridden by AWS_ACCESS_KEY_ID" })
    }
    # SDKs differ in whether keys or a profile win.
    let verb = (if $key == "" { "overridden by" } else { "conflicts with" })
    for name in [AWS_PROFILE AWS_DEFAULT_PROFILE] {
        let value = ($env | get --optional $name | default "")
        if $value != "" { return $" ($verb) ($name + "=" + $value | __genkan_clean)" }
    }
    if $key != "" { return "" }
    for name in [AWS_WEB_IDENTITY_TOKEN_FILE AWS_CONTAINER_CREDENTIALS_RELATIVE_URI] {
        if ($env | get --optional $name | default "") != "" { return $" overridden by ($name)" }
    }
    if ($env.AWS_CONTAINER_CREDENTIALS_FULL_URI? | default "") == "" { " no credentials" } else { "" }
}
# Where credentials are renewed, the last quarter of an hour of the sign-in is shown. From then on genkan is asked whether
# it was renewed.
def __genkan_ends []: nothing -> string {
    if ($env.AWS_CREDENTIAL_EXPIRATION? | default "") != "" { return "" }
    try {
        let now = (date now | format date "%s" | into int)
        let left = (($env.GENKAN_SESSION_ENDS | into int) - $now)
        let left = if $left > 900 { $left } else {
            try { (^genkan prompt --sign-in-ends | complete | get stdout | str trim | into int) - $now } catch { $left }
        }
        if $left > 0 and $left <= 900 { $"sign-in ends in ($left // 60)m" } else { "" }
    } catch { "" }
}
export def genkan_prompt []: nothing -> string {
    let account = ($env.GENKAN_ACCOUNT_NAME? | default "")
    if ($account | is-empty) { return "" }
    let word = (if ($env.GENKAN_PRODUCTION? | default "") == "" { "" } else { "PROD " })
    # The name of a chained role, without the way to it and its path.
    let name = ($env.GENKAN_PERMISSION_SET? | default '' | split row ' via ' | first | split row '/' | last)
    let place = ($"[($word)($account)/($name)]" | __genkan_clean)
    let conflict = __genkan_conflict
    if $conflict != "" { return $"($place)($conflict) " }
    let left = (try {
        let left = ((($env.AWS_CREDENTIAL_EXPIRATION | into datetime) - (date now)) / 1min | math floor)
        if $left < 0 { " expired" } else if $left < 100 { $" ($left)m" } else { $" ($left // 60)h($left mod 60)m" }
    } catch { let ends = __genkan_ends; if $ends == "" { "" } else { $" ($ends)" } })
    $"($place)($left) "
}
